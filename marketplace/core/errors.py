"""Domain errors carry a code; each door turns them into words and a status."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A rule of the trade was broken; nothing has been changed.

    `code` is stable and public (API); `message` is translatable and filled from `params`.
    """

    code: str = "refused"
    message: str | Promise = _("That cannot be done.")
    status: int = 409

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.code, params)

    def __str__(self) -> str:
        return str(self.message) % self.params


class InvalidInput(DomainError):
    """A value that cannot be right, whoever asks; `field` names it."""

    code = "invalid"
    message = _("%(field)s: %(why)s")
    status = 400


def characters(fewest: int, most: int) -> str:
    """Why a text is refused for its length."""
    return gettext("%(fewest)d–%(most)d characters") % {"fewest": fewest, "most": most}


class NotAllowed(DomainError):
    """The person may not do this."""

    code = "not_allowed"
    message = _("You are not allowed to do that.")
    status = 403


class Busy(DomainError):
    """Somebody else holds the lock; trying again in a moment will work."""

    code = "busy"
    message = _("The shop is busy just now. Please try again in a moment.")
    status = 503


class Unavailable(DomainError):
    """The database does not answer; what was asked may be asked again as it is."""

    code = "unavailable"
    message = _("We cannot serve this just now. Please try again in a moment.")
    status = 503
