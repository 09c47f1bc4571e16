from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def client_for() -> Callable[..., Any]:
    """`client_for(store, ...)`: a client whose key sees these shops; `scopes=` narrows it."""
    from rest_framework.test import APIClient

    from marketplace.api.services import issue_key

    def make(*stores: Any, **narrower: Any) -> APIClient:
        issued = issue_key(name="ERP", store_ids=[store.pk for store in stores], **narrower)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {issued.secret}")
        return client

    return make
