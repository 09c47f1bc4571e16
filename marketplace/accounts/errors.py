from django.utils.translation import gettext_lazy as _

from marketplace.core.errors import DomainError, InvalidInput, NotAllowed


class InvalidPhone(InvalidInput):
    code = "invalid_phone"
    message = _("That is not a mobile number. Ten digits, please, such as 98765 43210.")


class TooManyCodes(DomainError):
    """`retry_after` is in seconds. Says nothing about whether the number is known."""

    code = "too_many_codes"
    message = _("Too many codes were asked for. Please try again in %(wait)s.")
    status = 429


class WrongCode(DomainError):
    """`left` more tries are open."""

    code = "wrong_code"
    message = _("That is not the code we sent.")
    status = 422


class CodeExpired(DomainError):
    """Too old, used, tried too often, or never asked for: it does not say which."""

    code = "code_expired"
    message = _("That code no longer works. Please ask for a new one.")
    status = 422


class AccountClosed(NotAllowed):
    code = "account_closed"
    message = _("This account has been closed. Please write to us.")


class UnknownAddress(DomainError):
    code = "unknown_address"
    message = _("There is no such address.")
    status = 404
