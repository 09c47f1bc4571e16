import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.core.models import OutboxEntry
from marketplace.core.rows import insert, load, select_list, write_together
from stores.shops.models import DeliverySlot, Store
from tests.factories import make_store

pytestmark = pytest.mark.django_db


def fields(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_what_is_inserted_is_read_back_as_it_was():
    store = Store(**fields(make_store(holidays=["2026-11-26"], name_hi='गुप्ता "किराना" \\u0041 %s')))
    store.pk, store.slug = Store().pk, "another"
    entry = OutboxEntry(event="e", consumer="c", payload={"ein": ["ä", 1, None, {"deep": True}]})
    assert write_together(insert([store]), insert([entry])) == [1, 1]
    written = Store.objects.get(pk=store.pk)
    store.holidays = written.holidays
    assert (fields(store), str(written.holidays[0])) == (fields(written), "2026-11-26")
    assert fields(OutboxEntry.objects.get()) == fields(entry)
    entry.save()
    assert OutboxEntry.objects.count() == 1, "it knows that it has been written"


def test_a_row_is_loaded_as_the_orm_does():
    store = make_store(holidays=["2026-11-26"])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {select_list(Store, 's')} FROM shops_store AS s")
        loaded = load(Store, cursor.fetchone())
        cursor.execute(f"SELECT {select_list(Store, 's', 'id', 'name')} FROM shops_store AS s")
        part = load(Store, cursor.fetchone(), "id", "name")
    assert fields(loaded) == fields(Store.objects.get(pk=store.pk))
    with CaptureQueriesContext(connection) as queries:
        assert (part.name, part.pincode) == (store.name, "110001")
    assert len(queries) == 1, "what was not asked for is read when it is needed"


def test_several_writes_are_one_statement_and_count_their_rows():
    store = make_store()
    slots = [
        DeliverySlot(store_id=store.pk, weekday=n, starts="09:00", ends="10:00", capacity=1)
        for n in range(3)
    ]
    with CaptureQueriesContext(connection) as queries:
        touched = write_together(
            insert(slots), insert([OutboxEntry(event="e", consumer="c", payload={})])
        )
    assert (touched, len(queries)) == ([3, 1], 1)


def test_a_statement_may_hold_more_values_than_the_protocol_carries():
    names = [f"name {n}" for n in range(70_000)]
    assert not OutboxEntry.objects.filter(event__in=[*names, "it's 100 %"]).exists()
