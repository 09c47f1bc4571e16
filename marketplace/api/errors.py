"""One shape for every error: `{"error": {"code", "message", "fields", "details"}}`."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from marketplace.core.errors import DomainError, InvalidInput, Unavailable

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 2


def to_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Words and a status for what went wrong; an unexpected error stays a 500."""
    set_rollback()
    if isinstance(error, OperationalError):
        # The database cannot be reached, or a lock could not be had: another time it will do.
        logger.error("%s: %s", type(error).__name__, error)
        error = Unavailable()
    if isinstance(error, DomainError):
        fields = {error.params["field"]: [str(error)]} if _names_field(error) else {}
        details = {key: _plain(value) for key, value in error.params.items() if key != "field"}
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if error.status == 503 else {}
        return _response(error.code, str(error), error.status, fields, details, headers)
    if isinstance(error, Http404):
        return _response("not_found", _("There is nothing here."), status.HTTP_404_NOT_FOUND)
    if isinstance(error, PermissionDenied):
        return _response("not_allowed", _("Not allowed."), status.HTTP_403_FORBIDDEN)
    if isinstance(error, exceptions.ValidationError):
        return _response(
            "invalid", _("The request has mistakes."), error.status_code, _fields(error.detail)
        )
    if isinstance(error, exceptions.APIException):
        headers = {}
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait) + 1)
        if challenge := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = challenge
        code = error.get_codes() if isinstance(error.get_codes(), str) else error.default_code
        return _response(str(code), str(error.detail), error.status_code, headers=headers)
    return None


def _response(
    code: str,
    message: str,
    status_code: int,
    fields: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    body = {"code": code, "message": message, "fields": fields or {}, "details": details or {}}
    return Response({"error": body}, status=status_code, headers=headers)


def _names_field(error: DomainError) -> bool:
    return isinstance(error, InvalidInput) and "field" in error.params


def _fields(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """DRF's nested complaints as one flat map: `lines.0.quantity`."""
    if isinstance(detail, dict):
        parts = {f"{prefix}.{key}" if prefix else str(key): value for key, value in detail.items()}
    elif any(isinstance(item, dict) for item in detail):
        parts = {f"{prefix}.{n}": item for n, item in enumerate(detail) if item}
    else:
        return {prefix or "non_field_errors": [_printable(item) for item in detail]}
    flat: dict[str, list[str]] = {}
    for key, value in parts.items():
        flat |= _fields(value, key)
    return flat


def _printable(complaint: object) -> str:
    """A complaint may quote what was sent, even half a surrogate pair, which no answer can carry."""
    return str(complaint).encode(errors="replace").decode()


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | list | dict | None) else str(value)
