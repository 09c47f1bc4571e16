import django.db.models.deletion
import django.db.models.expressions
import marketplace.core.clock
import marketplace.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0003_product_by_name'),
        ('inventory', '0002_history'),
        ('shops', '0006_fulfilment'),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(blank=True, max_length=40, verbose_name='batch number')),
                ('expires_on', models.DateField(blank=True, null=True, verbose_name='expires on')),
                ('mrp', models.BigIntegerField(blank=True, null=True, verbose_name='MRP')),
                ('on_hand', models.BigIntegerField(default=0)),
                ('expired', models.BooleanField(default=False)),
                ('received_at', models.DateTimeField(default=marketplace.core.clock.now)),
            ],
            options={
                'verbose_name': 'batch',
                'verbose_name_plural': 'batches',
            },
        ),
        migrations.CreateModel(
            name='StockDrift',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('figure', models.CharField(choices=[('held', 'set aside'), ('on_hand', 'on the shelf'), ('batches', 'in batches'), ('expired', 'expired')], max_length=8)),
                ('stored', models.BigIntegerField()),
                ('computed', models.BigIntegerField()),
                ('found_at', models.DateTimeField(default=marketplace.core.clock.now)),
                ('seen_at', models.DateTimeField(default=marketplace.core.clock.now)),
                ('cleared_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'stock drift',
                'verbose_name_plural': 'stock drift',
            },
        ),
        migrations.RemoveConstraint(
            model_name='listing',
            name='listing_never_oversold',
        ),
        migrations.AddField(
            model_name='listing',
            name='expired',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='listing',
            name='keeps_batches',
            field=models.BooleanField(default=False, verbose_name='keeps batches'),
        ),
        migrations.AddField(
            model_name='listing',
            name='next_expiry',
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.CheckConstraint(condition=models.Q(('expired__gte', 0)), name='listing_expired_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.CheckConstraint(condition=models.Q(('policy', 'on_shelf'), ('on_hand__gte', django.db.models.expressions.CombinedExpression(models.F('held'), '+', models.F('expired'))), _connector='OR'), name='listing_never_oversold'),
        ),
        migrations.AddField(
            model_name='batch',
            name='listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='batches', to='inventory.listing'),
        ),
        migrations.AddField(
            model_name='batch',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shops.store'),
        ),
        migrations.AddField(
            model_name='stockmovement',
            name='batch',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='inventory.batch'),
        ),
        migrations.AddField(
            model_name='stockdrift',
            name='listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inventory.listing'),
        ),
        migrations.AddField(
            model_name='stockdrift',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shops.store'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(models.F('store'), models.F('expires_on'), condition=models.Q(('on_hand__gt', 0)), name='batch_expiring'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(models.F('listing'), models.F('expires_on'), condition=models.Q(('on_hand__gt', 0)), name='batch_of_listing'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(fields=('store', 'listing', 'code', 'expires_on', 'mrp'), name='batch_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('on_hand__gte', 0)), name='batch_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('expired', False), ('expires_on__isnull', False), _connector='OR'), name='batch_expires_by_its_date'),
        ),
        migrations.AddIndex(
            model_name='stockdrift',
            index=models.Index(models.F('found_at'), condition=models.Q(('cleared_at', None)), name='drift_open'),
        ),
        migrations.AddConstraint(
            model_name='stockdrift',
            constraint=models.UniqueConstraint(condition=models.Q(('cleared_at', None)), fields=('store', 'listing', 'figure'), name='drift_open_once_per_figure'),
        ),
    ]
