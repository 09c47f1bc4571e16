"""The posting function, the guards behind it, and who may do what.

The application role reads and executes; only this migration's owner can write the tables, and
not even the owner can change history. Names are qualified and the search path fixed, so that a
caller's schema cannot stand in for ours.
"""

from django.db import migrations

from marketplace.core.append_only import append_only

POST = """
CREATE FUNCTION public.ledger_post(
    p_store uuid, p_id uuid, p_key text, p_kind text,
    p_business_date date, p_effective_at timestamptz,
    p_reference uuid, p_reverses uuid,
    p_accounts text[], p_amounts bigint[], p_parties uuid[], p_settles uuid[]
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    total bigint := 0;
    payable bigint := 0;
    hash bytea;
    known record;
    taken record;
BEGIN
    IF cardinality(p_accounts) IS DISTINCT FROM cardinality(p_amounts) THEN
        RAISE EXCEPTION 'as many accounts as amounts' USING ERRCODE = 'NK000';
    END IF;
    FOR i IN 1 .. cardinality(p_amounts) LOOP
        total := total + p_amounts[i];
        IF p_accounts[i] = 'payable' THEN
            payable := payable + p_amounts[i];
        END IF;
    END LOOP;
    IF total IS DISTINCT FROM 0 THEN
        RAISE EXCEPTION 'the legs sum to %, not to zero', total USING ERRCODE = 'NK000';
    END IF;

    -- When it happened is not part of what happened: a retry after midnight is the same request.
    hash := sha256(convert_to(ROW(p_kind, p_reference, p_reverses, p_accounts, p_amounts,
                                  p_parties, p_settles)::text, 'UTF8'));

    INSERT INTO public.ledger_txn (id, store_id, idempotency_key, request_hash, kind,
        business_date, effective_at, posted_at, reference, reverses, leg_count)
    VALUES (p_id, p_store, p_key, hash, p_kind,
        p_business_date, p_effective_at, clock_timestamp(), p_reference, p_reverses,
        cardinality(p_accounts))
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT id, request_hash INTO known FROM public.ledger_txn
        WHERE store_id = p_store AND idempotency_key = p_key;
        IF known.request_hash = hash THEN
            RETURN known.id;
        ELSIF known.id IS NOT NULL THEN
            RAISE EXCEPTION 'key % has another body', p_key USING ERRCODE = 'NK001';
        ELSIF EXISTS (SELECT FROM public.ledger_txn
                      WHERE store_id = p_store AND reverses = p_reverses) THEN
            RAISE EXCEPTION '% is reversed already', p_reverses USING ERRCODE = 'NK002';
        END IF;
        RAISE EXCEPTION 'the id % is taken, or the key is not visible here', p_id
            USING ERRCODE = 'serialization_failure';
    END IF;

    IF p_reverses IS NOT NULL AND (
        NOT EXISTS (SELECT FROM public.ledger_txn WHERE store_id = p_store AND id = p_reverses)
        OR EXISTS (
            SELECT FROM (
                SELECT account, party_id, amount FROM public.ledger_leg
                WHERE store_id = p_store AND txn_id = p_reverses
                UNION ALL
                SELECT * FROM unnest(p_accounts, p_parties, p_amounts)
            ) AS both_ways (account, party_id, amount)
            GROUP BY account, party_id HAVING sum(amount) <> 0
        )
    ) THEN
        RAISE EXCEPTION 'not the reverse of %', p_reverses USING ERRCODE = 'NK000';
    END IF;

    WITH legs AS (
        INSERT INTO public.ledger_leg (id, store_id, txn_id, n, account, party_id, amount)
        SELECT uuidv7(), p_store, p_id, n, account, party_id, amount
        FROM unnest(p_accounts, p_parties, p_amounts)
            WITH ORDINALITY AS given (account, party_id, amount, n)
        RETURNING id, account, amount
    )
    INSERT INTO public.ledger_unsettledleg (leg_id, store_id, business_date, amount)
    SELECT id, p_store, p_business_date, amount FROM legs
    WHERE account = 'payable' AND p_settles IS NULL;

    IF p_settles IS NOT NULL THEN
        WITH gone AS (
            DELETE FROM public.ledger_unsettledleg
            WHERE store_id = p_store AND leg_id = ANY (p_settles)
            RETURNING amount
        )
        SELECT count(*) AS legs, coalesce(sum(amount), 0) AS amount INTO taken FROM gone;
        IF taken.legs <> cardinality(p_settles) OR taken.amount + payable <> 0 THEN
            RAISE EXCEPTION 'the sweep is not the sum of % unsettled legs', cardinality(p_settles)
                USING ERRCODE = 'NK003';
        END IF;
    END IF;

    -- Last, so that its row is held as briefly as can be. A row held by another posting is passed
    -- over for the store's next one: a busy store's postings do not queue behind each commit.
    IF payable <> 0 THEN
        UPDATE public.ledger_balance SET amount = amount + payable
        WHERE store_id = p_store AND account = 'payable' AND slot = (
            SELECT slot FROM public.ledger_balance
            WHERE store_id = p_store AND account = 'payable'
            ORDER BY slot LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
        );
        IF NOT FOUND THEN
            INSERT INTO public.ledger_balance AS stored (id, store_id, account, slot, amount)
            SELECT uuidv7(), p_store, 'payable', least(coalesce(max(slot) + 1, 0), 15), payable
            FROM public.ledger_balance WHERE store_id = p_store AND account = 'payable'
            ON CONFLICT (store_id, account, party_id, slot)
                DO UPDATE SET amount = stored.amount + excluded.amount;
        END IF;
    END IF;
    IF p_parties IS NOT NULL THEN
        INSERT INTO public.ledger_balance AS stored (id, store_id, account, party_id, slot, amount)
        SELECT uuidv7(), p_store, account, party_id, 0, sum(amount)
        FROM unnest(p_accounts, p_parties, p_amounts) AS given (account, party_id, amount)
        WHERE account = 'khata'
        GROUP BY account, party_id ORDER BY account, party_id
        ON CONFLICT (store_id, account, party_id, slot)
            DO UPDATE SET amount = stored.amount + excluded.amount;
    END IF;
    RETURN p_id;
END $$;
"""

LOCK_PAYABLE = """
CREATE FUNCTION public.ledger_lock_payable(p_store uuid) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(amount), 0)::bigint FROM (
        SELECT amount FROM public.ledger_balance
        WHERE store_id = p_store AND account = 'payable' ORDER BY slot FOR NO KEY UPDATE
    ) AS held
$$;
"""

# Behind the function, for whoever writes as the owner: a transaction's legs come all at once,
# numbered 1 to leg_count and summing to zero, so none can be added to it afterwards.
GUARDS = """
CREATE FUNCTION public.ledger_leg_complete() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added GROUP BY store_id, txn_id
        HAVING sum(amount) <> 0 OR min(n) <> 1 OR max(n) <> count(*)
            OR count(*) IS DISTINCT FROM (
                SELECT leg_count FROM public.ledger_txn
                WHERE id = added.txn_id AND store_id = added.store_id)
    ) THEN
        RAISE EXCEPTION 'the legs of a transaction come together and sum to zero'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_leg_complete AFTER INSERT ON public.ledger_leg
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_leg_complete();

CREATE FUNCTION public.ledger_txn_not_legless() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.ledger_leg WHERE store_id = NEW.store_id AND txn_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'transaction % has no legs', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_txn_not_legless AFTER INSERT ON public.ledger_txn
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION public.ledger_txn_not_legless();
"""

SIGNATURE = (
    "public.ledger_post(uuid, uuid, text, text, date, timestamptz, uuid, uuid,"
    " text[], bigint[], uuid[], uuid[])"
)
GRANTS = f"""
REVOKE ALL ON FUNCTION {SIGNATURE}, public.ledger_lock_payable(uuid) FROM PUBLIC;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'nukkad_app') THEN
        REVOKE ALL ON ledger_txn, ledger_leg, ledger_balance, ledger_unsettledleg FROM nukkad_app;
        GRANT SELECT ON ledger_txn, ledger_leg, ledger_balance, ledger_unsettledleg TO nukkad_app;
        GRANT EXECUTE ON FUNCTION {SIGNATURE}, public.ledger_lock_payable(uuid) TO nukkad_app;
    END IF;
END $$;
"""

# Balances and the queue are rewritten with every posting: room on the page keeps updates in place.
STORAGE = "ALTER TABLE ledger_balance SET (fillfactor = 50)"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.RunSQL(POST, f"DROP FUNCTION {SIGNATURE}"),
        migrations.RunSQL(LOCK_PAYABLE, "DROP FUNCTION public.ledger_lock_payable(uuid)"),
        migrations.RunSQL(
            GUARDS,
            "DROP FUNCTION public.ledger_leg_complete() CASCADE;"
            "DROP FUNCTION public.ledger_txn_not_legless() CASCADE",
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        *append_only("ledger_txn"),
        *append_only("ledger_leg"),
    ]
