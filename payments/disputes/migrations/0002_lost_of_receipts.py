from django.db import migrations

# `disputed` counted what was lost as well, and nothing of disputes older than that column.
SPLIT = """
    UPDATE upi_receipt r SET disputed = d.open, lost = d.lost
    FROM (SELECT receipt_id,
                 coalesce(sum(amount) FILTER (WHERE state IN ('open', 'contested')), 0) AS open,
                 coalesce(sum(amount) FILTER (WHERE state = 'lost'), 0) AS lost
          FROM disputes_dispute GROUP BY 1) d
    WHERE d.receipt_id = r.id
"""
JOIN = "UPDATE upi_receipt SET disputed = disputed + lost WHERE lost > 0"


class Migration(migrations.Migration):
    dependencies = [
        ("disputes", "0001_initial"),
        ("upi", "0006_made_good"),
    ]

    operations = [migrations.RunSQL(SPLIT, JOIN)]
