from django.contrib.auth import login
from django.http import HttpRequest

from marketplace.accounts.models import Person


def sign_in(request: HttpRequest, person: Person) -> None:
    """Make this browser the person's, under a new session key; what a guest had in it stays."""
    login(request, person, backend="marketplace.accounts.backends.PersonBackend")
