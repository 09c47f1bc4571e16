"""What a khata refuses."""

from django.utils.translation import gettext_lazy as _

from marketplace.core.errors import DomainError


class KhataOpen(DomainError):
    """The number has an open khata in this shop; nothing has changed."""

    code = "khata_open"
    message = _("%(phone)s has a khata already: %(name)s.")


class KhataClosed(DomainError):
    """Nothing is written in a closed khata."""

    code = "khata_closed"
    message = _("This khata is closed.")


class OverLimit(DomainError):
    """More would be owed than the shop gives; nothing has been written."""

    code = "over_limit"
    message = _("%(name)s owes %(owed)s of at most %(limit)s: only %(left)s more on khata.")


class OverLimitWithOrders(OverLimit):
    """The same, where part of the credit is promised to orders on their way."""

    message = _(
        "%(name)s owes %(owed)s and has ordered for %(promised)s, of at most %(limit)s:"
        " only %(left)s more on khata."
    )


class PaidTooMuch(DomainError):
    """More would be paid back than is owed; nothing has been written."""

    code = "paid_too_much"
    message = _("Only %(owed)s is owed.")


class CannotUndo(DomainError):
    """The line is a sale, or has been struck out before; nothing has been written."""

    code = "cannot_undo"
    message = _("This line cannot be struck out.")


class StillOwed(DomainError):
    """A khata on which something is owed is not closed."""

    code = "still_owed"
    message = _("%(owed)s is still owed.")


class OrderOnItsWay(DomainError):
    """A khata on which goods are ordered is not closed."""

    code = "order_on_its_way"
    message = _("Goods for %(promised)s are on order on this khata.")


class NothingOwed(DomainError):
    """Nobody is reminded of nothing."""

    code = "nothing_owed"
    message = _("Nothing is owed on this khata.")


class RemindedLately(DomainError):
    """The customer was asked in the last days; nothing has been sent."""

    code = "reminded_lately"
    message = _("This customer has been reminded already in the last three days.")
