from django.db import migrations

from marketplace.core.append_only import forgettable


class Migration(migrations.Migration):
    """A shop notes beside a line what it likes, names too; a khata without a number is nobody's."""

    dependencies = [("khata", "0004_reminders")]

    operations = [
        *forgettable(
            "khata_khataentry",
            column="note",
            blank="''",
            rows="""old.khata_id = subject
                AND EXISTS (SELECT FROM khata_khata
                            WHERE id = subject AND phone = '' AND closed_at IS NOT NULL)""",
        )
    ]
