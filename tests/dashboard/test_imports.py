import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from stores.inventory.importing import run_import
from stores.inventory.models import ImportRun, Listing
from tests.dashboard.shopkeeper import text
from tests.factories import make_store

pytestmark = pytest.mark.django_db

LIST = """name,brand,mrp,price,stock
Tata Salt 1 kg,Tata,28,27,40
Parle-G 800 g,Parle,100,110,5
"""


@pytest.fixture
def uploaded(manager):
    answer = manager.post("imports", {"file": SimpleUploadedFile("list.csv", LIST.encode())})
    run = ImportRun.objects.get()
    assert answer["Location"] == manager.url("import-run", run_id=run.pk)
    return run


def test_a_price_list_waits_runs_and_gives_back_what_is_wrong(manager, uploaded):
    page = manager.get("import-run", run_id=uploaded.pk)
    assert "Waiting to begin" in text(page)
    assert page["Refresh"] == "5"
    assert 'hx-trigger="every 2s"' in text(page)
    run_import(import_run_id=uploaded.pk)
    page = manager.get("import-run", run_id=uploaded.pk)
    assert "The import is finished." in text(page)
    assert "Refresh" not in page.headers
    assert "hx-trigger=" not in text(manager.get("import-run", htmx=True, run_id=uploaded.pk))
    failed = manager.get("import-failed-rows", run_id=uploaded.pk)
    assert failed["Content-Disposition"] == 'attachment; filename="list-errors.csv"'
    rows = b"".join(failed.streaming_content).decode("utf-8-sig")
    assert "Parle-G" in rows
    assert "Tata Salt" not in rows
    assert Listing.objects.get(store=manager.store).price == 2700


def test_an_empty_upload_is_refused(manager):
    for data in ({}, {"file": SimpleUploadedFile("list.csv", b"")}):
        answer = manager.post("imports", data)
        assert answer.status_code == 422
    assert not ImportRun.objects.exists()


def test_another_shop_sees_nothing_of_an_import(hire, uploaded):
    run_import(import_run_id=uploaded.pk)
    stranger = hire(make_store(), "owner")
    assert stranger.get("import-run", run_id=uploaded.pk).status_code == 404
    assert stranger.get("import-failed-rows", run_id=uploaded.pk).status_code == 404
    assert "list.csv" not in text(stranger.get("imports"))


def test_no_failed_rows_without_failures(manager, uploaded):
    assert manager.get("import-failed-rows", run_id=uploaded.pk).status_code == 404


def test_the_list_of_imports_costs_three_statements(manager, uploaded, django_assert_num_queries):
    with django_assert_num_queries(3):
        assert "list.csv" in text(manager.get("imports"))
