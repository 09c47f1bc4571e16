from django.db import migrations

from marketplace.core.append_only import forgettable

NOBODY = '''{"buyer": {"name": "", "phone": "", "address": ""}}'''


class Migration(migrations.Migration):
    """A shop's documents lose their buyers when they need not be kept any more: 72 months after the
    annual return of their year was due, on 31 December after its March (CGST Act s.36, s.44)."""

    dependencies = [("invoicing", "0007_credited_on"), ("accounts", "0003_erased")]

    operations = [
        *forgettable(
            "invoicing_document",
            column="content",
            blank=f"OLD.content || '{NOBODY}'::jsonb",
            rows="""old.store_id = subject
                AND old.kind NOT IN ('commission', 'commission_note')
                AND old.issued_on < make_date(
                    extract(year FROM now() AT TIME ZONE 'Asia/Kolkata')::int - 7, 4, 1)""",
        )
    ]
