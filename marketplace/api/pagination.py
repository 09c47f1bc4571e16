from typing import Any
from uuid import UUID

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """Pages by (time-ordered id): stable while rows arrive, and as quick on page 1,000 as on page 1."""

    ordering = "-id"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"

    def decode_cursor(self, request: Request) -> Any:
        """The place in the list, or None; a cursor that we did not make is not found."""
        cursor = super().decode_cursor(request)
        try:
            if cursor is not None and cursor.position is not None:
                UUID(str(cursor.position))
        except ValueError as error:
            raise NotFound(self.invalid_cursor_message) from error
        return cursor


class OldestFirst(NewestFirst):
    ordering = "id"
