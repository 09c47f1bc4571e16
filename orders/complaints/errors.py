from django.utils.translation import gettext_lazy as _

from marketplace.core.errors import DomainError, InvalidInput


class UnknownComplaint(DomainError):
    code = "unknown_complaint"
    message = _("There is no such complaint.")
    status = 404


class NothingSaid(InvalidInput):
    """`field` is where the words are missing."""

    code = "nothing_said"
    message = _("Please write what it is about.")


class TooLong(InvalidInput):
    """`most` is how many characters there may be."""

    code = "too_long"
    message = _("Please write at most %(most)s characters.")


class NotComplainable(DomainError):
    """The order is not paid for yet: it can be given up for nothing."""

    code = "not_complainable"
    message = _("Nothing can be reported of an order that is not paid yet.")


class TooManyComplaints(DomainError):
    """`number` is the ticket of one that is not settled yet."""

    code = "too_many_complaints"
    message = _("%(number)s is not settled yet: please write there what else is wrong.")
    status = 429


class EnoughForToday(DomainError):
    code = "enough_for_today"
    message = _(
        "You have made many complaints today. Please write in one of them, or call the grievance officer."
    )
    status = 429


class TooManyWords(DomainError):
    code = "too_many_words"
    message = _("This complaint is as long as can be. Please call the grievance officer.")
    status = 429


class ComplaintMoved(DomainError):
    """What was wanted does not go with how the complaint stands; `state` says how that is."""

    code = "complaint_moved"
    message = _("This complaint is already: %(state_words)s.")


class TooLateToOpen(DomainError):
    """`until` is the end of the month, in words."""

    code = "too_late_to_open"
    message = _("This complaint could be opened again until %(until)s.")
