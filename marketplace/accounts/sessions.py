"""Who uses a browser: Django's sessions and sign-in, with one statement less on every page."""

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, login
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.sessions.backends import db
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from marketplace.accounts.models import Person, Session


class SessionStore(db.SessionStore):
    """Knows `person`, who signed in here, as soon as anything of the session has been read."""

    person: Person | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        # Django reads the row here alone, and the stubs leave it out
        found: Session | None = super()._get_session_from_db()  # type: ignore[misc]
        self.person = found.person if found else None
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        session: Any = super().create_model_instance(data)
        session.person_id = data.get(SESSION_KEY)
        return session


class SignedIn(AuthenticationMiddleware):
    """`request.user` is the person whom the session was read with; in every case but the plain one
    Django looks, and decides."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        user: Any = SimpleLazyObject(lambda: _plainly(request) or get_user(request))
        request.user = user


def _plainly(request: HttpRequest) -> Person | None:
    """The active person whose own backend and present password the session names."""
    session: Any = request.session
    backend, key = session.get(BACKEND_SESSION_KEY), session.get(SESSION_KEY)
    person: Person | None = session.person
    if person is None or not person.is_active or str(person.pk) != key:
        return None
    if backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    signed = constant_time_compare(
        session.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash()
    )
    return person if signed else None


def sign_in(request: HttpRequest, person: Person) -> None:
    """Make this browser the person's, under a new session key; what a guest had in it stays."""
    login(request, person, backend="marketplace.accounts.backends.PersonBackend")
