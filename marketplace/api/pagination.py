from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Pages by (time-ordered id): stable while rows arrive, and as quick on page 1,000 as on page 1."""

    ordering = "-id"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"


class OldestFirst(NewestFirst):
    ordering = "id"
