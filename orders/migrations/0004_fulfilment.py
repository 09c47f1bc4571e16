import django.db.models.deletion
import django.db.models.expressions
import marketplace.core.clock
import marketplace.core.ids
from django.db import migrations, models

from marketplace.core.append_only import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0003_fulfilment'),
        ('orders', '0003_flags'),
        ('shops', '0006_fulfilment'),
    ]

    operations = [
        migrations.CreateModel(
            name='CounterSale',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('actor', models.CharField(max_length=60)),
                ('idempotency_key', models.CharField(max_length=80)),
                ('request_hash', models.CharField(max_length=64)),
                ('paid_by', models.CharField(choices=[('cash', 'cash'), ('upi', "the shop's own UPI")], max_length=4)),
                ('items_total', models.BigIntegerField()),
                ('rounding', models.BigIntegerField(default=0)),
                ('total', models.BigIntegerField()),
                ('at', models.DateTimeField(default=marketplace.core.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='CounterSaleLine',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('n', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=240)),
                ('name_hi', models.CharField(blank=True, max_length=240)),
                ('unit', models.CharField(choices=[('pc', 'piece'), ('g', 'gram'), ('ml', 'millilitre')], max_length=2)),
                ('quantity', models.PositiveIntegerField()),
                ('price', models.BigIntegerField()),
                ('per', models.PositiveIntegerField()),
                ('amount', models.BigIntegerField()),
                ('hsn', models.CharField(blank=True, max_length=8)),
                ('gst_bps', models.PositiveIntegerField(default=0)),
                ('taxable', models.BigIntegerField()),
                ('cgst', models.BigIntegerField()),
                ('sgst', models.BigIntegerField()),
            ],
            options={
                'ordering': ['n'],
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('substitute', 'another item instead'), ('weight', 'weighs more than ordered'), ('edit', 'change of the order')], max_length=10)),
                ('state', models.CharField(choices=[('open', 'waits for the customer'), ('agreed', 'waits for the payment'), ('applied', 'done'), ('declined', 'declined'), ('lapsed', 'not answered in time'), ('withdrawn', 'withdrawn')], default='open', max_length=9)),
                ('extra', models.BigIntegerField(default=0)),
                ('made_by', models.CharField(max_length=60)),
                ('answered_by', models.CharField(blank=True, max_length=60)),
                ('created_at', models.DateTimeField(default=marketplace.core.clock.now)),
                ('due_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='ProposalLine',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('quantity', models.PositiveIntegerField()),
                ('price', models.BigIntegerField()),
                ('per', models.PositiveIntegerField()),
                ('amount', models.BigIntegerField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Return',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('asked', 'asked for'), ('taken', 'taken back'), ('declined', 'declined'), ('withdrawn', 'withdrawn')], default='asked', max_length=9)),
                ('reason', models.CharField(choices=[('damaged', 'damaged or leaking'), ('expired', 'expired or spoilt'), ('wrong_item', 'not what was ordered'), ('poor_quality', 'poor quality'), ('not_needed', 'no longer needed')], max_length=12)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('answer', models.CharField(blank=True, max_length=300)),
                ('amount', models.BigIntegerField(default=0)),
                ('asked_by', models.CharField(max_length=60)),
                ('decided_by', models.CharField(blank=True, max_length=60)),
                ('created_at', models.DateTimeField(default=marketplace.core.clock.now)),
                ('decided_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='ReturnLine',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('quantity', models.PositiveIntegerField()),
                ('amount', models.BigIntegerField(default=0)),
                ('restock', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='order',
            name='accept_by',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='agreed_total',
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='order',
            name='if_unavailable',
            field=models.CharField(choices=[('replace', 'offer me something similar'), ('remove', 'leave it out'), ('call', 'call me')], default='call', max_length=7),
        ),
        migrations.AddField(
            model_name='order',
            name='slot',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='shops.deliveryslot'),
        ),
        migrations.AddField(
            model_name='order',
            name='slot_ends_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='slot_starts_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='orderline',
            name='by_weight',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='orderline',
            name='ordered',
            field=models.PositiveIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='orderline',
            name='packed',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='orderline',
            name='replaces',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.listing'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='returned',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='orderline',
            name='state',
            field=models.CharField(choices=[('wanted', 'to pick'), ('picked', 'picked'), ('removed', 'left out'), ('replaced', 'replaced')], default='wanted', max_length=8),
        ),
        migrations.AlterField(
            model_name='order',
            name='state',
            field=models.CharField(choices=[('awaiting_payment', 'awaiting payment'), ('confirmed', 'confirmed'), ('accepted', 'accepted'), ('packed', 'packed'), ('out_for_delivery', 'out for delivery'), ('ready_for_pickup', 'ready to collect'), ('undelivered', 'could not be delivered'), ('delivered', 'delivered'), ('cancelled', 'cancelled'), ('rejected', 'declined by the shop'), ('expired', 'not paid in time')], max_length=20),
        ),
        migrations.AlterField(
            model_name='orderevent',
            name='after',
            field=models.CharField(choices=[('awaiting_payment', 'awaiting payment'), ('confirmed', 'confirmed'), ('accepted', 'accepted'), ('packed', 'packed'), ('out_for_delivery', 'out for delivery'), ('ready_for_pickup', 'ready to collect'), ('undelivered', 'could not be delivered'), ('delivered', 'delivered'), ('cancelled', 'cancelled'), ('rejected', 'declined by the shop'), ('expired', 'not paid in time')], max_length=20),
        ),
        migrations.AlterField(
            model_name='orderevent',
            name='before',
            field=models.CharField(blank=True, choices=[('awaiting_payment', 'awaiting payment'), ('confirmed', 'confirmed'), ('accepted', 'accepted'), ('packed', 'packed'), ('out_for_delivery', 'out for delivery'), ('ready_for_pickup', 'ready to collect'), ('undelivered', 'could not be delivered'), ('delivered', 'delivered'), ('cancelled', 'cancelled'), ('rejected', 'declined by the shop'), ('expired', 'not paid in time')], max_length=20),
        ),
        # orders that were there before: what was asked for is what was agreed and, once packed, given
        migrations.RunSQL(
            """
            UPDATE orders_order SET agreed_total = total;
            UPDATE orders_orderline AS line SET
                ordered = line.quantity,
                by_weight = NOT product.packed AND line.unit IN ('g', 'ml')
            FROM inventory_listing AS listing
                JOIN catalogue_product AS product ON product.id = listing.product_id
            WHERE listing.id = line.listing_id;
            UPDATE orders_orderline AS line SET state = 'picked', packed = line.quantity
            FROM orders_order
            WHERE orders_order.id = line.order_id AND orders_order.state IN
                ('packed', 'out_for_delivery', 'ready_for_pickup', 'delivered');
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.UniqueConstraint(fields=('store', 'order', 'listing'), name='order_line_once_per_listing'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['removed', 'replaced']), _negated=True), models.Q(('amount', 0), ('packed', None)), _connector='OR'), name='order_line_out_costs_nothing'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('returned', 0), ('returned__lte', models.F('packed')), _connector='OR'), name='order_line_returned_at_most_packed'),
        ),
        migrations.AddField(
            model_name='countersale',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='shops.store'),
        ),
        migrations.AddField(
            model_name='countersaleline',
            name='listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.listing'),
        ),
        migrations.AddField(
            model_name='countersaleline',
            name='sale',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='orders.countersale'),
        ),
        migrations.AddField(
            model_name='countersaleline',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='shops.store'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proposals', to='orders.order'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='shops.store'),
        ),
        migrations.AddField(
            model_name='proposalline',
            name='listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.listing'),
        ),
        migrations.AddField(
            model_name='proposalline',
            name='proposal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='orders.proposal'),
        ),
        migrations.AddField(
            model_name='proposalline',
            name='replaces',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.listing'),
        ),
        migrations.AddField(
            model_name='proposalline',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='shops.store'),
        ),
        migrations.AddField(
            model_name='return',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='returns', to='orders.order'),
        ),
        migrations.AddField(
            model_name='return',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='shops.store'),
        ),
        migrations.AddField(
            model_name='returnline',
            name='goods_return',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='orders.return'),
        ),
        migrations.AddField(
            model_name='returnline',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='returnline',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='shops.store'),
        ),
        migrations.AddIndex(
            model_name='countersale',
            index=models.Index(models.F('store'), models.OrderBy(models.F('id'), descending=True), name='counter_sale_latest'),
        ),
        migrations.AddConstraint(
            model_name='countersale',
            constraint=models.UniqueConstraint(fields=('store', 'actor', 'idempotency_key'), name='counter_sale_once_per_key'),
        ),
        migrations.AddConstraint(
            model_name='countersale',
            constraint=models.CheckConstraint(condition=models.Q(('total', django.db.models.expressions.CombinedExpression(models.F('items_total'), '+', models.F('rounding'))), ('total__gte', 0)), name='counter_sale_total_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='countersaleline',
            constraint=models.UniqueConstraint(fields=('sale', 'n'), name='counter_sale_line_number_once'),
        ),
        migrations.AddConstraint(
            model_name='countersaleline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='counter_sale_line_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='countersaleline',
            constraint=models.CheckConstraint(condition=models.Q(('amount', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('taxable'), '+', models.F('cgst')), '+', models.F('sgst'))), ('cgst', models.F('sgst'))), name='counter_sale_line_tax_adds_up'),
        ),
        migrations.AddIndex(
            model_name='proposal',
            index=models.Index(models.F('order'), name='proposal_of_order'),
        ),
        migrations.AddIndex(
            model_name='proposal',
            index=models.Index(models.F('due_at'), condition=models.Q(('state__in', ['open', 'agreed'])), name='proposal_due'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'agreed')), fields=('store', 'order'), name='proposal_one_awaits_payment'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('extra__gte', 0)), name='proposal_extra_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='proposalline',
            constraint=models.UniqueConstraint(fields=('proposal', 'listing'), name='proposal_line_once'),
        ),
        migrations.AddConstraint(
            model_name='proposalline',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='proposal_line_amount_not_negative'),
        ),
        migrations.AddIndex(
            model_name='return',
            index=models.Index(models.F('order'), name='return_of_order'),
        ),
        migrations.AddIndex(
            model_name='return',
            index=models.Index(models.F('store'), models.F('id'), condition=models.Q(('state', 'asked')), name='return_open'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('store', 'order'), name='return_one_open'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='return_amount_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='returnline',
            constraint=models.UniqueConstraint(fields=('goods_return', 'line'), name='return_line_once'),
        ),
        migrations.AddConstraint(
            model_name='returnline',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('quantity__gt', 0)), name='return_line_not_empty'),
        ),
        *append_only("orders_countersale"),
        *append_only("orders_countersaleline"),
    ]
