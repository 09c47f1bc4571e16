from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from marketplace.accounts.models import Person


class PersonBackend(ModelBackend):
    """Finds the signed-in person again. Nobody signs in with a password: see services.py."""

    def authenticate(
        self, request: HttpRequest | None, username: Any = None, password: Any = None, **_: Any
    ) -> Person | None:
        return None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Platform staff may do all that the staff admin offers; nobody else may do any of it."""
        return bool(user_obj.is_active and user_obj.is_staff)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return self.has_perm(user_obj, app_label)
