"""Rows for closed days; each leg says its day, so that an account is read by day from one index."""

import marketplace.core.ids
from django.db import migrations, models


# A column that says of old rows what their transactions say already: no fact changes, so the guard
# of history stands aside for this one statement.
FILL = """
ALTER TABLE ledger_leg DISABLE TRIGGER ledger_leg_append_only;
UPDATE ledger_leg SET business_date = ledger_txn.business_date
FROM ledger_txn WHERE ledger_txn.store_id = ledger_leg.store_id AND ledger_txn.id = ledger_leg.txn_id;
ALTER TABLE ledger_leg ENABLE TRIGGER ledger_leg_append_only;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0004_goods_returned'),
    ]

    operations = [
        migrations.CreateModel(
            name='Closing',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False)),
                ('closed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'closing',
                'verbose_name_plural': 'closings',
            },
        ),
        migrations.CreateModel(
            name='DayBalance',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('store_id', models.UUIDField()),
                ('day', models.DateField()),
                ('account', models.CharField(choices=[('psp_clearing', 'money at the payment provider'), ('unapplied_receipts', 'receipts not yet applied'), ('customer_deposit', "customers' deposits"), ('payable', 'owed to the shop'), ('commission', 'commission'), ('gst_on_commission', 'GST on commission'), ('tcs_payable', 'TCS collected'), ('tds_payable', 'TDS withheld'), ('delivery_fee', 'delivery fees'), ('promo_expense', 'promotions paid by the platform'), ('refund_in_transit', 'refunds on their way'), ('dispute_hold', 'held for disputes'), ('payout_in_transit', 'payouts on their way'), ('bank', 'bank'), ('rounding', 'rounding of cash bills'), ('cash_with_store', 'cash held by the shop'), ('khata', 'khata: owed to the shop by a customer'), ('khata_contra', 'khata, contra')], max_length=20)),
                ('party_id', models.UUIDField(null=True)),
                ('debits', models.BigIntegerField()),
                ('credits', models.BigIntegerField()),
                ('balance', models.BigIntegerField()),
            ],
            options={
                'verbose_name': "day's balance",
                'verbose_name_plural': "days' balances",
            },
        ),
        migrations.CreateModel(
            name='PlatformBalance',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('account', models.CharField(choices=[('psp_clearing', 'money at the payment provider'), ('unapplied_receipts', 'receipts not yet applied'), ('customer_deposit', "customers' deposits"), ('payable', 'owed to the shop'), ('commission', 'commission'), ('gst_on_commission', 'GST on commission'), ('tcs_payable', 'TCS collected'), ('tds_payable', 'TDS withheld'), ('delivery_fee', 'delivery fees'), ('promo_expense', 'promotions paid by the platform'), ('refund_in_transit', 'refunds on their way'), ('dispute_hold', 'held for disputes'), ('payout_in_transit', 'payouts on their way'), ('bank', 'bank'), ('rounding', 'rounding of cash bills'), ('cash_with_store', 'cash held by the shop'), ('khata', 'khata: owed to the shop by a customer'), ('khata_contra', 'khata, contra')], max_length=20)),
                ('balance', models.BigIntegerField()),
            ],
            options={
                'verbose_name': 'platform balance',
                'verbose_name_plural': 'platform balances',
            },
        ),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('store_id', models.UUIDField()),
                ('day', models.DateField()),
                ('txn_count', models.PositiveIntegerField()),
                ('previous', models.BinaryField(max_length=32)),
                ('digest', models.BinaryField(max_length=32)),
                ('sealed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'seal',
                'verbose_name_plural': 'seals',
            },
        ),
        migrations.RemoveIndex(
            model_name='leg',
            name='ledger_leg_balance',
        ),
        migrations.AddField(
            model_name='leg',
            name='business_date',
            field=models.DateField(null=True),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='leg',
            name='business_date',
            field=models.DateField(),
        ),
        migrations.AddIndex(
            model_name='leg',
            index=models.Index(fields=['store_id', 'account', 'business_date'], include=('party_id', 'amount'), name='ledger_leg_of_account'),
        ),
        migrations.AddIndex(
            model_name='txn',
            index=models.Index(fields=['business_date', 'store_id'], name='ledger_txn_by_day'),
        ),
        migrations.AddIndex(
            model_name='daybalance',
            index=models.Index(fields=['day', 'account'], include=('debits', 'credits'), name='ledger_day_balance_by_day'),
        ),
        migrations.AddConstraint(
            model_name='daybalance',
            constraint=models.UniqueConstraint(fields=('store_id', 'account', 'party_id', 'day'), name='ledger_day_balance_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='daybalance',
            constraint=models.CheckConstraint(condition=models.Q(('credits__gte', 0), ('debits__gte', 0), models.Q(('debits__gt', 0), ('credits__gt', 0), _connector='OR')), name='ledger_day_balance_moved'),
        ),
        migrations.AddConstraint(
            model_name='daybalance',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account__in', ('khata', 'khata_contra')), ('party_id__isnull', False)), models.Q(models.Q(('account__in', ('khata', 'khata_contra')), _negated=True), ('party_id', None)), _connector='OR'), name='ledger_day_balance_names_party'),
        ),
        migrations.AddConstraint(
            model_name='platformbalance',
            constraint=models.UniqueConstraint(fields=('day', 'account'), name='ledger_platform_balance_once'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.UniqueConstraint(fields=('store_id', 'day'), name='ledger_seal_once'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.CheckConstraint(condition=models.Q(('txn_count__gt', 0)), name='ledger_seal_of_something'),
        ),
    ]
