from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from marketplace.api.models import ApiKey, Scope
from marketplace.api.services import find_key


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer nk_...`"""

    def authenticate(self, request: Request) -> tuple[ApiKey, None] | None:
        word, _space, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if word.lower() != "bearer":
            return None
        key = find_key(secret.strip())
        if key is None:
            raise AuthenticationFailed(_("This API key is unknown or was revoked."), "unknown_key")
        return key, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="nukkad"'


class HasScope(BasePermission):
    """The view names the scope that each method needs in `scopes`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        key = request.user
        if not isinstance(key, ApiKey):
            return False
        scopes: dict[str, Scope] = view.scopes
        method = "GET" if request.method in {"HEAD", "OPTIONS"} else str(request.method)
        if method not in scopes:
            return True  # the method is refused anyway, as not allowed
        self.message = f"This key lacks the scope {scopes[method]}."
        return str(scopes[method]) in key.scopes


def key_of(request: Request) -> ApiKey:
    key = request.user
    assert isinstance(key, ApiKey)
    return key


def visible_stores(request: Request) -> list[UUID]:
    return key_of(request).store_ids


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "marketplace.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "nk_…"}
