from django.db import migrations

from marketplace.core.append_only import forgettable


class Migration(migrations.Migration):
    """Why an order was called off or came back undelivered is in people's own words."""

    dependencies = [("orders", "0011_delivery_fee_taxed"), ("accounts", "0003_erased")]

    operations = [
        *forgettable(
            "orders_orderevent",
            column="reason",
            blank="''",
            rows="""old.order_id IN (SELECT id FROM orders_order WHERE person_id = subject)
                AND EXISTS (SELECT FROM accounts_person
                            WHERE id = subject AND erased_at IS NOT NULL)
                AND old.after IN ('cancelled', 'rejected', 'undelivered')
                AND old.actor NOT IN ('system', 'bank')""",
        )
    ]
