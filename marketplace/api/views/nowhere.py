from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView


@extend_schema(exclude=True)
class Nowhere(APIView):
    """Every address that is none of ours, a misspelt id among them, is refused in our one shape."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404
