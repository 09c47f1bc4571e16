"""When a page cannot be made at all."""

import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

RETRY_AFTER_SECONDS = 5


def failed(request: HttpRequest) -> HttpResponse:
    """The page for what went wrong: 503 while the database cannot serve, else 500."""
    response = server_error(request)
    if isinstance(sys.exc_info()[1], OperationalError):
        response.status_code = 503
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
