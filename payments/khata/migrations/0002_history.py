from django.db import migrations

from marketplace.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("khata", "0001_initial")]

    operations = [*append_only("khata_khataentry")]
