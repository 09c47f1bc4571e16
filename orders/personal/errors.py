from django.utils.translation import gettext_lazy as _

from marketplace.core.errors import DomainError


class CannotErase(DomainError):
    """`blockers` has to end first."""

    code = "cannot_erase"
    message = _("Something is still open, so nothing has been erased.")
