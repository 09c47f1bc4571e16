"""All that Nukkad holds about a person, as a ZIP: for programs as JSON, for people as a page.

{"made_at", "person": {...}, "numbers": [...], "addresses": [...], "consents": [], "baskets": [...],
 "orders": [{..., "lines", "history", "bills", "returns", "payments"}],
 "complaints": [{..., "goods", "events"}],
 "khatas": [{..., "entries", "counter_sales", "payments"}], "messages": [...]}

Money in paise, quantities in the unit of the item, times in UTC. It is written as it is read, some
orders at a time, so that it takes as much memory for ten orders as for ten thousand.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.template.loader import render_to_string
from django.utils.translation import get_language

from marketplace.accounts.models import Address, Identity, Person
from marketplace.core.clock import now
from orders.personal import records
from orders.personal.holdings import contacts_of, messages_of
from orders.personal.records import Record

ORDERS_AT_ONCE = 100
IN_MEMORY = 1_000_000
# A character for private use, which no page contains.
MIDDLE = "\ue000"


def make_archive(person: Person) -> IO[bytes]:
    """The ZIP, at its beginning; what does not fit into memory is in a file that nobody else can open
    and that is gone when it is closed."""
    made = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed by whoever sends it)
    with (
        SpooledTemporaryFile(IN_MEMORY) as page,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        with archive.open("nukkad.json", "w", force_zip64=True) as data:
            _write(person, data, page)
        page.seek(0)
        with archive.open("nukkad.html", "w", force_zip64=True) as shown:
            while part := page.read(64 * 1024):
                shown.write(part)
    made.seek(0)
    return made


def _write(person: Person, data: IO[bytes], page: IO[bytes]) -> None:
    identities = Identity.objects.filter(person=person).order_by("pk")
    phones = [each.value for each in identities if each.kind == "phone" and each.verified_at]
    about = {
        "made_at": now(),
        "person": records.person(person),
        "numbers": [records.identity(each) for each in identities],
        "addresses": [
            records.address(each) for each in Address.objects.filter(person=person).order_by("pk")
        ],
        # nothing that we do rests on a consent that was asked for and written down
        "consents": [],
        "baskets": records.baskets(person),
    }
    letters = messages_of(person, phones, contacts_of(person.pk)).iterator(1000)
    lists: list[tuple[str, Iterator[Record]]] = [
        ("orders", records.orders(person, at_once=ORDERS_AT_ONCE)),
        ("complaints", records.complaints(person.pk)),
        ("khatas", records.khatas(phones)),
        ("messages", (records.message(each) for each in letters)),
    ]
    shown = {**about, "language": get_language(), "middle": MIDDLE}
    head, foot = render_to_string("my_data/page.html", shown).split(MIDDLE)
    page.write(head.encode())
    data.write(_as_json(about)[:-1])
    for name, found in lists:
        data.write(f', "{name}": ['.encode())
        _write_list(name, found, data, page)
        data.write(b"]")
    data.write(b"}")
    page.write(foot.encode())


def _write_list(name: str, found: Iterable[Record], data: IO[bytes], page: IO[bytes]) -> None:
    between = b""
    for first, some in enumerate(_in_parts(found)):
        page.write(
            render_to_string(f"my_data/{name}.html", {name: some, "first": not first}).encode()
        )
        for record in some:
            data.write(between + _as_json(record))
            between = b",\n"


def _in_parts(found: Iterable[Record]) -> Iterator[list[Record]]:
    part: list[Record] = []
    for record in found:
        part.append(record)
        if len(part) == ORDERS_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _as_json(record: Any) -> bytes:
    return json.dumps(record, ensure_ascii=False, default=_in_json).encode()


def _in_json(value: Any) -> str:
    """Times and dates as ISO 8601, ids as text."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
