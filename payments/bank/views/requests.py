"""Reading requests strictly and answering errors in one shape."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from payments.bank.services import Refused
from payments.bank.upi import BadLink

View = Callable[..., HttpResponse]


def error(status: int, code: str, message: str, field: str = "") -> JsonResponse:
    told = {"code": code, "message": message} | ({"field": field} if field else {})
    return JsonResponse({"error": told}, status=status)


def answers_errors(view: View) -> View:
    """Turn BadLink into 400 and Refused into its status, as JSON."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except BadLink as bad:
            return error(400, "invalid", bad.message, bad.field)
        except Refused as refused:
            return error(refused.status, refused.code, refused.message)

    return wrapped


def is_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json"


def json_body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError as bad:
        raise BadLink("body", "should be JSON") from bad
    if not isinstance(body, dict):
        raise BadLink("body", "should be a JSON object")
    return body


def text(body: Mapping[str, Any], field: str, *, longest: int, default: str | None = None) -> str:
    value = body.get(field, default)
    if value in (None, "") and default is None:
        raise BadLink(field, "is missing")
    if not isinstance(value, str) or "\x00" in value:
        raise BadLink(field, "should be text")
    if len(value) > longest:
        raise BadLink(field, f"should be at most {longest} characters")
    return value


def whole(
    body: Mapping[str, Any],
    field: str,
    *,
    least: int = 1,
    most: int = 10**13,
    default: int | None = None,
) -> int:
    """A whole number; True, 1.0 and "1" are not."""
    value = body.get(field, default)
    if type(value) is not int or not least <= value <= most:
        raise BadLink(field, f"should be a whole number from {least} to {most}")
    return value
