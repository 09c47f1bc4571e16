import csv
from pathlib import Path

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

RATES = Path(__file__).resolve().parent.parent / "data" / "gst_rates.csv"
PACKINGS = {"packed": [True], "loose": [False], "any": [True, False]}


def load(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Enter the rates of what kirana shops sell; the notifications name them (CBIC)."""
    GstRate = apps.get_model("catalogue", "GstRate")
    with RATES.open(encoding="utf-8", newline="") as file:
        GstRate.objects.bulk_create(
            (
                GstRate(
                    hsn=row["hsn"],
                    packed=packed,
                    bps=int(row["percent"]) * 100,
                    valid_from=row["valid_from"],
                    notification=row["notification"],
                )
                for row in csv.DictReader(file)
                for packed in PACKINGS[row["packing"]]
            ),
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
