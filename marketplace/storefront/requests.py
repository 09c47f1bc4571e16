"""What a view of the storefront is handed, for the type checker."""

from marketplace.accounts.models import Person
from marketplace.core.requests import Visit


class PersonsVisit(Visit):
    """Somebody who has signed in: the view says so with `login_required`."""

    user: Person
