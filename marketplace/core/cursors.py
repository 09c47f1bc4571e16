from typing import Any

from django.db.backends.postgresql.base import ServerBindingCursor
from psycopg import ClientCursor, Cursor

# The protocol counts the values of a statement in 16 bits.
MOST_VALUES = 65_535


class BindingCursor(ServerBindingCursor, Cursor[Any]):
    """Sends values apart from the SQL, so that its plan can be kept; more than the protocol takes
    of them (rows written by the thousand) are put into the text instead.

    A search is planned each time: whether the index of words or the shop's own helps depends on how
    common the word is, and a plan for any word was eight times slower.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        if params is not None and len(params) > MOST_VALUES:
            query, params = ClientCursor(self._conn).mogrify(query, params), None
        if " LIKE " in str(query):
            options["prepare"] = False
        return super().execute(query, params, **options)
