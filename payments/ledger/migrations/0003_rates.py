"""The rates in force in November 2026; a change of law is a new row and an end for the old one."""

from datetime import date

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SERVICES = "services of an intermediary, SAC 9985: Notification 11/2017-Central Tax (Rate)"
TDS_SECTION = "194-O, Income-tax Act 1961 (renumbered by the Income-tax Act 2025)"

RATES = [
    ("gst_on_commission", 1800, date(2017, 7, 1), "9, CGST Act 2017", SERVICES),
    ("tds", 10, date(2024, 10, 1), TDS_SECTION, "Finance (No. 2) Act 2024: 0.1 % of gross"),
    ("tds_without_pan", 500, date(2020, 10, 1), TDS_SECTION, "section 206AA proviso: 5 %"),
    (
        "tcs",
        50,
        date(2024, 7, 10),
        "52, CGST Act 2017",
        "Notification 15/2024-Central Tax: 0.25 + 0.25 % (IGST 0.5 %) of net taxable supplies",
    ),
    (
        "tcs_unregistered",
        0,
        date(2023, 10, 1),
        "52, CGST Act 2017",
        "Notifications 34/2023 and 37/2023-Central Tax: none, intra-state supplies only",
    ),
]


def add_rates(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Rate = apps.get_model("ledger", "Rate")
    Rate.objects.bulk_create(
        Rate(name=name, bps=bps, valid_from=valid_from, section=section, source=source)
        for name, bps, valid_from, section, source in RATES
    )


def remove_rates(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("ledger", "Rate").objects.filter(
        name__in=[name for name, *_rest in RATES]
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_posting")]

    operations = [migrations.RunPython(add_rates, remove_rates)]
