from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shops", "0001_initial")]

    operations = [
        # Which circles contain this point: an index on each circle's bounding box, in degrees. The
        # function says once how the box is made, so that the query and the index cannot differ.
        # 111,000 m is a little under a degree of latitude anywhere, so the box is never too small.
        migrations.RunSQL(
            """
            CREATE FUNCTION delivery_box(latitude float8, longitude float8, radius int4)
            RETURNS box LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
                SELECT box(
                    point(longitude - radius / (111000.0 * cos(radians(latitude))),
                          latitude - radius / 111000.0),
                    point(longitude + radius / (111000.0 * cos(radians(latitude))),
                          latitude + radius / 111000.0))
            $$;
            CREATE INDEX store_delivery_box ON shops_store
                USING gist (delivery_box(latitude, longitude, delivery_radius))
                WHERE status = 'active' AND delivery_radius > 0;
            """,
            reverse_sql="DROP INDEX store_delivery_box; DROP FUNCTION delivery_box;",
        )
    ]
