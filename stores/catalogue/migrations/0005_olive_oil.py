from datetime import date

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def enter_rate(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Olive oil, which nobody here presses (09/2025-Central Tax (Rate), Schedule I)."""
    rates = apps.get_model("catalogue", "GstRate")
    for packed in (True, False):
        rates.objects.get_or_create(
            hsn="1509",
            packed=packed,
            valid_from=date(2025, 9, 22),
            defaults={"bps": 500, "notification": "09/2025-Central Tax (Rate)"},
        )


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0004_search_terms")]

    operations = [migrations.RunPython(enter_rate, migrations.RunPython.noop)]
