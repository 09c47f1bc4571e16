"""What no page has to look at any more."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase

NUL = "\x00"
# Bytes of a request: the longest price list has 20 MB, a photo ten.
MOST = 24 * 1024 * 1024


def refuse_too_much(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Answer 413 to what is longer than anything we ask for, before any of it is read."""

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length[:20]) > MOST:
            return HttpResponse(status=413)
        return get_response(request)

    return middleware


def refuse_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 400 to fields and cookies with a NUL in them: nobody types one, and PostgreSQL keeps none in
    a text."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if (
            "%00" in request.META.get("QUERY_STRING", "")
            or any(NUL in value for value in request.COOKIES.values())
            or (
                request.method == "POST"
                and any(NUL in value for values in request.POST.lists() for value in values[1])
            )
        ):
            raise SuspiciousOperation("a NUL in a field")
        return get_response(request)

    return middleware


class PagePolicy(CSPMiddleware):
    """The policy of pages; an answer that brings its own keeps it, and nothing is put together."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if HEADER in response.headers:
            return response
        return super().process_response(request, response)
