from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import Person
from stores.shops.models import Store


@dataclass(frozen=True)
class Shopkeeper:
    """Somebody signed in, and the addresses of one shop's screens."""

    client: Client
    person: Person
    store: Store

    def url(self, screen: str, **names: object) -> str:
        return reverse(f"dashboard:{screen}", kwargs={"store_id": self.store.pk, **names})

    def get(self, screen: str, query: str = "", *, htmx: bool = False, **names: object) -> Any:
        headers = {"HX-Request": "true"} if htmx else {}
        return self.client.get(self.url(screen, **names) + query, headers=headers)

    def post(
        self,
        screen: str,
        data: dict[str, Any] | None = None,
        *,
        htmx: bool = False,
        follow: bool = False,
        **names: object,
    ) -> Any:
        headers = {"HX-Request": "true"} if htmx else {}
        return self.client.post(
            self.url(screen, **names), data or {}, headers=headers, follow=follow
        )


def text(answer: HttpResponse) -> str:
    return answer.content.decode()
