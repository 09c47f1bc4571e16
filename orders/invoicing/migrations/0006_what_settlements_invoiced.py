from django.db import migrations

# What each invoice of a settlement was for: every transaction of the settlement with commission in it.
INVOICED = """
INSERT INTO invoicing_invoicedcommission (txn_id, store_id, document_id)
SELECT DISTINCT swept.txn_id, document.store_id, document.id
FROM invoicing_document AS document
JOIN settlement_settlementitem AS item ON item.settlement_id = document.reference
JOIN ledger_leg AS swept ON swept.store_id = document.store_id AND swept.id = item.leg_id
JOIN ledger_leg AS taken ON taken.store_id = swept.store_id AND taken.txn_id = swept.txn_id
    AND taken.account IN ('commission', 'gst_on_commission')
WHERE document.kind = 'commission'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0005_invoiced_commission"),
        ("ledger", "0009_khata"),
        ("settlement", "0003_bank_holidays"),
    ]

    operations = [migrations.RunSQL(INVOICED, migrations.RunSQL.noop)]
