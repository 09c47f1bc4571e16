from django.db import migrations

# As before, but what stood before is found by the index for an account with a party and for one
# without: `IS NOT DISTINCT FROM` read every day of every khata of the shop.
SEAL = """
CREATE OR REPLACE FUNCTION public.ledger_seal_store(p_store uuid, p_upto date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last record;
    on_day date;
    chained bytea;
    sealed integer := 0;
BEGIN
    -- Whoever looks before the lock and never again would not see what is closed.
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'the ledger wants READ COMMITTED' USING ERRCODE = 'NK000';
    END IF;
    IF NOT EXISTS (SELECT FROM public.ledger_closing WHERE day >= p_upto) THEN
        RAISE EXCEPTION 'the day % is not closed', p_upto USING ERRCODE = 'NK000';
    END IF;
    PERFORM pg_advisory_xact_lock(20741, uuid_hash(p_store));
    SELECT day, digest INTO last FROM public.ledger_seal
    WHERE store_id = p_store ORDER BY day DESC LIMIT 1;
    chained := coalesce(last.digest, '');
    FOR on_day IN
        SELECT DISTINCT business_date FROM public.ledger_txn
        WHERE store_id = p_store AND business_date <= p_upto
          AND business_date > coalesce(last.day, '-infinity') ORDER BY 1
    LOOP
        INSERT INTO public.ledger_daybalance
            (id, store_id, day, account, party_id, debits, credits, balance)
        SELECT uuidv7(), p_store, on_day, account, party_id, debits, credits,
            coalesce(before.balance, 0) + debits - credits
        FROM (
            SELECT account, party_id,
                coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS debits,
                coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS credits
            FROM public.ledger_leg WHERE store_id = p_store AND business_date = on_day
            GROUP BY account, party_id
        ) AS moved
        LEFT JOIN LATERAL (
            (SELECT balance FROM public.ledger_daybalance AS stood
             WHERE stood.store_id = p_store AND stood.account = moved.account
               AND stood.party_id = moved.party_id AND stood.day < on_day
             ORDER BY stood.day DESC LIMIT 1)
            UNION ALL
            (SELECT balance FROM public.ledger_daybalance AS stood
             WHERE moved.party_id IS NULL AND stood.store_id = p_store
               AND stood.account = moved.account
               AND stood.party_id IS NULL AND stood.day < on_day
             ORDER BY stood.day DESC LIMIT 1)
        ) AS before ON true;
        INSERT INTO public.ledger_seal
            (id, store_id, day, txn_count, previous, digest, sealed_at)
        VALUES (uuidv7(), p_store, on_day,
            (SELECT count(*) FROM public.ledger_txn
             WHERE store_id = p_store AND business_date = on_day),
            chained, public.ledger_digest(p_store, on_day, chained), clock_timestamp())
        RETURNING digest INTO chained;
        sealed := sealed + 1;
    END LOOP;
    RETURN sealed;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0010_orders_on_khata")]

    operations = [migrations.RunSQL(SEAL, migrations.RunSQL.noop)]
