from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shops", "0003_pincodes")]

    operations = [
        # The haversine formula on a sphere of 6,371 km, said once for filters and distances shown.
        migrations.RunSQL(
            """
            CREATE FUNCTION metres_between(lat1 float8, lon1 float8, lat2 float8, lon2 float8)
            RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
                SELECT 12742000.0 * asin(sqrt(least(1.0,
                    sin(radians(lat2 - lat1) / 2) ^ 2
                    + cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ^ 2)))
            $$;
            """,
            reverse_sql="DROP FUNCTION metres_between;",
        ),
        # The nearest shops to a place that nobody serves.
        migrations.RunSQL(
            """
            CREATE INDEX store_nearest ON shops_store
                USING gist (point(longitude, latitude)) WHERE status = 'active';
            """,
            reverse_sql="DROP INDEX store_nearest;",
        ),
    ]
