import csv
import gzip
from pathlib import Path

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

DIRECTORY = Path(__file__).resolve().parent.parent / "data" / "pincodes.csv.gz"
# offices further apart than 25 km (`spread`) have no one point to measure from
MEASURABLE = {"ok", "single"}


def load(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with (
        gzip.open(DIRECTORY, "rt", encoding="utf-8", newline="") as file,
        schema_editor.connection.cursor() as cursor,
        cursor.copy(
            "COPY shops_pincode (code, place, district, state, latitude, longitude, measurable)"
            " FROM STDIN"
        ) as copy,
    ):
        for row in csv.DictReader(file):
            copy.write_row(
                (
                    row["pincode"],
                    row["place"],
                    row["district"],
                    row["state"],
                    row["lat"] or None,
                    row["lon"] or None,
                    row["coord_quality"] in MEASURABLE,
                )
            )


def unload(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("shops", "Pincode").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("shops", "0002_delivery_area")]

    operations = [migrations.RunPython(load, unload)]
