from django.db import migrations

from marketplace.core.append_only import forgettable


class Migration(migrations.Migration):
    """What was said about a complaint is in people's own words."""

    dependencies = [("complaints", "0001_initial"), ("accounts", "0003_erased")]

    operations = [
        *forgettable(
            "complaints_complaintevent",
            column="text",
            blank="CASE WHEN OLD.text = '' THEN '' ELSE '…' END",
            rows="""old.complaint_id IN (SELECT id FROM complaints_complaint
                                         WHERE person_id = subject)
                AND EXISTS (SELECT FROM accounts_person
                            WHERE id = subject AND erased_at IS NOT NULL)""",
        )
    ]
