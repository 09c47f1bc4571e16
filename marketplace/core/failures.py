"""When a page cannot be made at all."""

import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

from marketplace.core.errors import Busy

RETRY_AFTER_SECONDS = 5


def failed(request: HttpRequest) -> HttpResponse:
    """The page for what went wrong: 503 while the database cannot serve or a row is locked, else 500."""
    # A view that has no words of its own for a locked row leaves it to us.
    if not isinstance(sys.exc_info()[1], OperationalError | Busy):
        return server_error(request)
    response = server_error(request, template_name="503.html")
    response.status_code = 503
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
