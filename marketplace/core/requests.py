"""What a view is handed, for the type checker: the middleware's additions to a request."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class Visit(HttpRequest):
    htmx: HtmxDetails
