from django.db import migrations

# As every posting: the store's shared lock first, then its balances. With the balances first, a
# settlement waited behind a seal, which waited for a posting, which waited for these balances.
LOCK_PAYABLE = """
CREATE OR REPLACE FUNCTION public.ledger_lock_payable(p_store uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(20741, uuid_hash(p_store));
    RETURN (
        SELECT coalesce(sum(amount), 0)::bigint FROM (
            SELECT amount FROM public.ledger_balance
            WHERE store_id = p_store AND account = 'payable' ORDER BY slot FOR NO KEY UPDATE
        ) AS held);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_closing")]

    operations = [migrations.RunSQL(LOCK_PAYABLE, migrations.RunSQL.noop)]
