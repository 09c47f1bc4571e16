"""What a view of the storefront is handed, for the type checker."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from marketplace.accounts.models import Person


class Visit(HttpRequest):
    htmx: HtmxDetails


class PersonsVisit(Visit):
    """Somebody who has signed in: the view says so with `login_required`."""

    user: Person
