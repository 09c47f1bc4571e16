from typing import ClassVar

from rest_framework.generics import GenericAPIView

from marketplace.api.authentication import HasScope, KeyAuthentication
from marketplace.api.models import Scope
from marketplace.api.throttles import PerKey


class KeyView(GenericAPIView):
    # A view that a partner's key opens, if it has the scope of the method. A docstring here would
    # stand in the public reference, under every operation that has none of its own.

    authentication_classes = [KeyAuthentication]
    permission_classes = [HasScope]
    throttle_classes = [PerKey]
    scopes: ClassVar[dict[str, Scope]] = {}
