from typing import ClassVar

from csp.constants import HEADER
from rest_framework.generics import GenericAPIView

from marketplace.api.authentication import HasScope, KeyAuthentication
from marketplace.api.models import Scope
from marketplace.api.throttles import PerKey

# What this answers is data, also for a browser that is made to open it.
NOTHING_RUNS = {HEADER: "default-src 'none'; frame-ancestors 'none'"}


class KeyView(GenericAPIView):
    # A view that a partner's key opens, if it has the scope of the method. A docstring here would
    # stand in the public reference, under every operation that has none of its own.

    authentication_classes = [KeyAuthentication]
    permission_classes = [HasScope]
    throttle_classes = [PerKey]
    scopes: ClassVar[dict[str, Scope]] = {}

    @property
    def default_response_headers(self) -> dict[str, str]:
        return super().default_response_headers | NOTHING_RUNS
