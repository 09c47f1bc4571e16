from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0004_search_terms"),
        ("inventory", "0007_picture"),
        ("shops", "0007_timer_limits"),
    ]

    operations = [
        migrations.AddField(
            model_name="listing",
            name="imported_from",
            field=models.CharField(blank=True, default="", editable=False, max_length=2),
        ),
        migrations.RunSQL(
            """
            UPDATE inventory_listing AS listing SET imported_from = product.country_of_origin
            FROM catalogue_product AS product
            WHERE product.id = listing.product_id AND product.country_of_origin <> 'IN'
            """,
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(
                models.F("store"),
                models.F("imported_from"),
                models.OrderBy(models.F("rank"), descending=True),
                models.F("id"),
                condition=models.Q(("shown", True), models.Q(("imported_from", ""), _negated=True)),
                name="listing_imported",
            ),
        ),
    ]
