from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularRedocView

# Redoc sets styles from its script and searches in a worker made from a blob.
_REDOC = {"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"]}


@method_decorator(csp_update(_REDOC), name="dispatch")
class Docs(SpectacularRedocView):
    """The reference, served from our own files: it works without the internet."""

    url_name = "api:schema"
    template_name = "api/docs.html"
