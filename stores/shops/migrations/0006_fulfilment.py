import django.db.models.deletion
import marketplace.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shops', '0005_validators'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeliverySlot',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('weekday', models.PositiveSmallIntegerField(verbose_name='weekday')),
                ('starts', models.TimeField(verbose_name='from')),
                ('ends', models.TimeField(verbose_name='to')),
                ('capacity', models.PositiveSmallIntegerField(verbose_name='orders at most')),
                ('cut_off', models.PositiveSmallIntegerField(default=60, verbose_name='minutes of notice')),
                ('active', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['weekday', 'starts'],
            },
        ),
        migrations.CreateModel(
            name='SlotDay',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('taken', models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name='store',
            name='accept_minutes',
            field=models.PositiveSmallIntegerField(default=15, verbose_name='minutes to accept an order'),
        ),
        migrations.AddField(
            model_name='store',
            name='return_days',
            field=models.PositiveSmallIntegerField(default=2, verbose_name='days to return goods'),
        ),
        migrations.AddConstraint(
            model_name='store',
            constraint=models.CheckConstraint(condition=models.Q(('accept_minutes__gte', 2), ('accept_minutes__lte', 240), ('return_days__lte', 60)), name='store_timers_sensible'),
        ),
        migrations.AddField(
            model_name='deliveryslot',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='slots', to='shops.store'),
        ),
        migrations.AddField(
            model_name='slotday',
            name='slot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='days', to='shops.deliveryslot'),
        ),
        migrations.AddField(
            model_name='slotday',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shops.store'),
        ),
        migrations.AddConstraint(
            model_name='deliveryslot',
            constraint=models.UniqueConstraint(condition=models.Q(('active', True)), fields=('store', 'weekday', 'starts'), name='slot_once_per_start'),
        ),
        migrations.AddConstraint(
            model_name='deliveryslot',
            constraint=models.CheckConstraint(condition=models.Q(('capacity__gt', 0), ('starts__lt', models.F('ends')), ('weekday__lte', 6)), name='slot_makes_sense'),
        ),
        migrations.AddConstraint(
            model_name='slotday',
            constraint=models.UniqueConstraint(fields=('store', 'slot', 'day'), name='slot_day_once'),
        ),
        migrations.AddConstraint(
            model_name='slotday',
            constraint=models.CheckConstraint(condition=models.Q(('taken__gte', 0)), name='slot_day_not_negative'),
        ),
    ]
