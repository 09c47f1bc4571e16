"""Which pages there are: the addresses that links lead to, one for each page and kind of question."""

import html
import re
from collections.abc import Iterable
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from django.urls import Resolver404, resolve

LINK = re.compile(r'href="([^"#]+)')


def walk(client: httpx.Client, namespace: str, starts: Iterable[str]) -> dict[str, str]:
    """Addresses with their view's name: all of `starts`, and of what they lead to one of each kind.

    A kind is a view and which questions it is asked (`?after=`, `?q=`): the next page of a list is
    another than its first. What answers with anything but HTML is no page.
    """
    found: dict[str, str] = {}
    kinds: set[tuple[str, frozenset[str]]] = set()
    waiting = list(starts)
    given = set(waiting)
    while waiting:
        address = waiting.pop(0)
        kind = kind_of(address, namespace)
        if kind is None or (kind in kinds and address not in given) or address in found:
            continue
        answer = client.get(address)
        # 202: a file that is still being made, and opens by itself
        if not is_html(answer) or answer.is_redirect or answer.status_code == 202:
            continue
        kinds.add(kind)
        found[address] = kind[0]
        waiting += (urljoin(address, html.unescape(link)) for link in LINK.findall(answer.text))
    return found


def is_html(answer: httpx.Response) -> bool:
    return str(answer.headers.get("content-type", "")).startswith("text/html")


def kind_of(address: str, namespace: str) -> tuple[str, frozenset[str]] | None:
    parts = urlsplit(address)
    try:
        view = resolve(parts.path)
    except Resolver404:
        return None
    if parts.netloc or view.namespace != namespace:
        return None
    return str(view.url_name), frozenset(parse_qs(parts.query))
