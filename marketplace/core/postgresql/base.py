"""Django's PostgreSQL back end with what our load asks of it besides.

The settings name it: `marketplace.core.postgresql`.
"""

from select import POLLIN, poll
from typing import Any

from django.db.backends.postgresql import base
from psycopg import ClientCursor, Connection, Cursor

# The protocol counts the values of a statement in 16 bits.
MOST_VALUES = 65_535


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes no connection from the pool that died with its server: the request would fail with it.

    The pool's own check asks the server, one more way there and back for each request, a twelfth of
    what a bought order takes. Looking whether the server has hung up asks nobody.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        while True:
            connection: Connection[Any] = super().get_new_connection(conn_params)
            if not self.pool or not _hung_up(connection):
                return connection
            connection.close()
            self.pool.putconn(connection)  # which opens another in its place


class BindingCursor(base.ServerBindingCursor, Cursor[Any]):
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


def _hung_up(connection: Connection[Any]) -> bool:
    """Whether there is something to read where nothing was asked: the end of the stream."""
    waiting = poll()
    waiting.register(connection.fileno(), POLLIN)
    return bool(waiting.poll(0))
