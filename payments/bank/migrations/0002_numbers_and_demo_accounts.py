"""The running number behind RRN and UTR, the merchant's account, and a few demo payers."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MINT, SUSPENSE = "mint@nkbank", "suspense@nkbank"
# Address, name, kind, opening balance in paise, PIN.
OPENING = [
    ("nukkad@nkbank", "Nukkad", "merchant", 25_00_000_00, ""),
    ("asha@nkbank", "Asha Verma", "payer", 50_000_00, "1234"),
    ("ravi@nkbank", "Ravi Kumar", "payer", 2_50_000_00, "1234"),
    ("imran@nkbank", "Imran Sheikh", "payer", 12_400_50, "1234"),
    ("meena@nkbank", "Meena Joshi", "payer", 85_00, "1234"),
]


def open_accounts(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    account = apps.get_model("bank", "Account").objects
    transfer = apps.get_model("bank", "Transfer").objects
    account.create(vpa=SUSPENSE, name="In transit", kind="internal")
    account.create(
        vpa=MINT,
        name="Mint",
        kind="internal",
        balance=-sum(balance for _, _, _, balance, _ in OPENING),
    )
    for vpa, name, kind, balance, pin in OPENING:
        account.create(vpa=vpa, name=name, kind=kind, balance=balance, pin=pin)
        transfer.create(kind="deposit", debit_id=MINT, credit_id=vpa, amount=balance)


class Migration(migrations.Migration):
    dependencies = [("bank", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE bank_reference", "DROP SEQUENCE bank_reference"
        ),
        migrations.RunPython(open_accounts, migrations.RunPython.noop),
    ]
