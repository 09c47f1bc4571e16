from django.db import migrations, models

# Orders placed before follow the terms that their shop has now.
FROM_THE_SHOP = """
    UPDATE orders_order SET return_days = store.return_days
    FROM shops_store AS store WHERE store.id = orders_order.store_id
"""
# The customers' own edits of which the payment is still awaited keep the order's fee.
OWN_EDITS = """
    UPDATE orders_proposal AS proposal SET delivery_fee = bought.delivery_fee
    FROM orders_order AS bought
    WHERE bought.id = proposal.order_id AND proposal.kind = 'edit'
        AND proposal.made_by IN (bought.actor, 'person:' || bought.person_id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0005_shelf_index"),
        ("orders", "0007_what_was_packed"),
        ("shops", "0007_timer_limits"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="return_days",
            field=models.PositiveSmallIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.RunSQL(FROM_THE_SHOP, migrations.RunSQL.noop),
        migrations.AddField(
            model_name="proposal",
            name="delivery_fee",
            field=models.BigIntegerField(null=True),
        ),
        migrations.RunSQL(OWN_EDITS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("delivery_fee", None),
                    models.Q(("delivery_fee__gte", 0), ("kind", "edit")),
                    _connector="OR",
                ),
                name="proposal_fee_of_own_edit",
            ),
        ),
    ]
