from django.db import migrations

from marketplace.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]

    operations = [
        *append_only("inventory_stockmovement"),
        *append_only("inventory_pricechange"),
    ]
