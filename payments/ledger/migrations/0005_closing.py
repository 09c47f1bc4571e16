"""Closing a day and sealing what stores posted on it; the posting function looks at what is closed.

A posting holds a shared advisory lock on its store until it commits, sealing an exclusive one
(20741 names these locks among others). So a sealed day has every posting that will ever be dated
to it: one that came later has seen the closing and moved on to the next day. Each leg says its day,
so that an account is read by day from one index.
"""

from importlib import import_module

import marketplace.core.ids
from django.db import migrations, models

from marketplace.core.append_only import append_only

BEFORE = import_module("payments.ledger.migrations.0002_posting")

# A column that says of old rows what their transactions say already: no fact changes, so the guard
# of history stands aside for this one statement.
FILL = """
ALTER TABLE ledger_leg DISABLE TRIGGER ledger_leg_append_only;
UPDATE ledger_leg SET business_date = ledger_txn.business_date
FROM ledger_txn WHERE ledger_txn.store_id = ledger_leg.store_id AND ledger_txn.id = ledger_leg.txn_id;
ALTER TABLE ledger_leg ENABLE TRIGGER ledger_leg_append_only;
"""

POST = """
CREATE OR REPLACE FUNCTION public.ledger_post(
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
    on_day date;
BEGIN
    -- Whoever looks before the lock and never again would not see what is closed.
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'the ledger wants READ COMMITTED' USING ERRCODE = 'NK000';
    END IF;
    IF cardinality(p_accounts) IS DISTINCT FROM cardinality(p_amounts) THEN
        RAISE EXCEPTION 'as many accounts as amounts' USING ERRCODE = 'NK000';
    END IF;
    FOR i IN 1 .. cardinality(p_amounts) LOOP
        -- a lakh crore rupees; sums of many such still fit into a bigint
        IF abs(p_amounts[i]) > 100000000000000 THEN
            RAISE EXCEPTION 'the amount % cannot be', p_amounts[i] USING ERRCODE = 'NK000';
        END IF;
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

    -- Whoever seals this store's days waits for us, and from then on we see what is closed.
    PERFORM pg_advisory_xact_lock_shared(20741, uuid_hash(p_store));
    SELECT greatest(p_business_date, max(day) + 1) INTO on_day FROM public.ledger_closing;

    INSERT INTO public.ledger_txn (id, store_id, idempotency_key, request_hash, kind,
        business_date, effective_at, posted_at, reference, reverses, leg_count)
    VALUES (p_id, p_store, p_key, hash, p_kind,
        on_day, p_effective_at, clock_timestamp(), p_reference, p_reverses,
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
        INSERT INTO public.ledger_leg (id, store_id, txn_id, n, business_date, account, party_id, amount)
        SELECT uuidv7(), p_store, p_id, n, on_day, account, party_id, amount
        FROM unnest(p_accounts, p_parties, p_amounts)
            WITH ORDINALITY AS given (account, party_id, amount, n)
        RETURNING id, account, amount
    )
    INSERT INTO public.ledger_unsettledleg (leg_id, store_id, business_date, amount)
    SELECT id, p_store, on_day, amount FROM legs
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

# In the database, since a day closed by mistake could never be opened again.
CLOSE = """
CREATE FUNCTION public.ledger_close(p_day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_day >= (clock_timestamp() AT TIME ZONE 'Asia/Kolkata')::date THEN
        RAISE EXCEPTION 'the day % is not over', p_day USING ERRCODE = 'NK000';
    END IF;
    INSERT INTO public.ledger_closing (day, closed_at) VALUES (p_day, clock_timestamp())
    ON CONFLICT DO NOTHING;
END $$;
"""

# The settings fix how dates and times are written.
DIGEST = """
CREATE FUNCTION public.ledger_digest(p_store uuid, p_day date, p_previous bytea) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC' SET datestyle = 'ISO' SET bytea_output = 'hex' AS $$
    SELECT sha256(p_previous || convert_to(
        concat_ws(E'\\n', p_store, p_day, string_agg(posted, E'\\n' ORDER BY id)), 'UTF8'))
    FROM (
        SELECT t.id, concat_ws(E'\\n',
            ROW(t.id, t.idempotency_key, t.request_hash, t.kind, t.business_date, t.effective_at,
                t.posted_at, t.reference, t.reverses, t.leg_count),
            (SELECT string_agg(ROW(l.id, l.n, l.account, l.party_id, l.amount)::text, E'\\n'
                               ORDER BY l.n)
             FROM public.ledger_leg l WHERE l.store_id = p_store AND l.txn_id = t.id)) AS posted
        FROM public.ledger_txn t WHERE t.store_id = p_store AND t.business_date = p_day
    ) AS day
$$;
"""

SEAL = """
CREATE FUNCTION public.ledger_seal_store(p_store uuid, p_upto date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last record;
    on_day date;
    moved record;
    before bigint;
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
        FOR moved IN
            SELECT account, party_id,
                coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS debits,
                coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS credits
            FROM public.ledger_leg WHERE store_id = p_store AND business_date = on_day
            GROUP BY account, party_id ORDER BY account, party_id
        LOOP
            SELECT balance INTO before FROM public.ledger_daybalance
            WHERE store_id = p_store AND account = moved.account AND day < on_day
              AND party_id IS NOT DISTINCT FROM moved.party_id
            ORDER BY day DESC LIMIT 1;
            INSERT INTO public.ledger_daybalance
                (id, store_id, day, account, party_id, debits, credits, balance)
            VALUES (uuidv7(), p_store, on_day, moved.account, moved.party_id, moved.debits,
                moved.credits, coalesce(before, 0) + moved.debits - moved.credits);
        END LOOP;
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

# Stores are sealed one by one, so a day's sum over all of them waits until no posting that began
# before the closing can still be on its way: a day is far longer than any transaction may take.
ROLL_UP = """
CREATE FUNCTION public.ledger_roll_up(p_day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before date;
    stood record;
BEGIN
    -- Whoever looks before the lock and never again would not see what is closed.
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'the ledger wants READ COMMITTED' USING ERRCODE = 'NK000';
    END IF;
    SELECT max(day) INTO before FROM public.ledger_platformbalance;
    IF before >= p_day
       OR NOT EXISTS (SELECT FROM public.ledger_closing
                      WHERE day = p_day AND closed_at < clock_timestamp() - interval '1 day')
       OR EXISTS (SELECT FROM public.ledger_txn t
                  WHERE business_date > coalesce(before, '-infinity') AND business_date <= p_day
                    AND NOT EXISTS (SELECT FROM public.ledger_seal
                                    WHERE store_id = t.store_id AND day = t.business_date))
    THEN
        RETURN false;
    END IF;
    FOR stood IN
        SELECT account, sum(amount) AS balance FROM (
            SELECT account, balance FROM public.ledger_platformbalance WHERE day = before
            UNION ALL
            SELECT account, debits - credits FROM public.ledger_daybalance
            WHERE day > coalesce(before, '-infinity') AND day <= p_day
        ) AS all_stores (account, amount)
        GROUP BY account
    LOOP
        INSERT INTO public.ledger_platformbalance (id, day, account, balance)
        VALUES (uuidv7(), p_day, stood.account, stood.balance)
        ON CONFLICT DO NOTHING;
    END LOOP;
    RETURN true;
END $$;
"""

TABLES = "ledger_closing, ledger_seal, ledger_daybalance, ledger_platformbalance"
FUNCTIONS = (
    "public.ledger_close(date), public.ledger_seal_store(uuid, date), public.ledger_roll_up(date)"
)
GRANTS = f"""
REVOKE ALL ON FUNCTION {FUNCTIONS} FROM PUBLIC;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'nukkad_app') THEN
        REVOKE ALL ON {TABLES} FROM nukkad_app;
        GRANT SELECT ON {TABLES} TO nukkad_app;
        GRANT EXECUTE ON FUNCTION {FUNCTIONS} TO nukkad_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_goods_returned")]

    operations = [
        migrations.CreateModel(
            name='Closing',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False)),
                ('closed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'closing',
                'verbose_name_plural': 'closings',
            },
        ),
        migrations.CreateModel(
            name='DayBalance',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('store_id', models.UUIDField()),
                ('day', models.DateField()),
                ('account', models.CharField(choices=[('psp_clearing', 'money at the payment provider'), ('unapplied_receipts', 'receipts not yet applied'), ('customer_deposit', "customers' deposits"), ('payable', 'owed to the shop'), ('commission', 'commission'), ('gst_on_commission', 'GST on commission'), ('tcs_payable', 'TCS collected'), ('tds_payable', 'TDS withheld'), ('delivery_fee', 'delivery fees'), ('promo_expense', 'promotions paid by the platform'), ('refund_in_transit', 'refunds on their way'), ('dispute_hold', 'held for disputes'), ('payout_in_transit', 'payouts on their way'), ('bank', 'bank'), ('rounding', 'rounding of cash bills'), ('cash_with_store', 'cash held by the shop'), ('khata', 'khata: owed to the shop by a customer'), ('khata_contra', 'khata, contra')], max_length=20)),
                ('party_id', models.UUIDField(null=True)),
                ('debits', models.BigIntegerField()),
                ('credits', models.BigIntegerField()),
                ('balance', models.BigIntegerField()),
            ],
            options={
                'verbose_name': "day's balance",
                'verbose_name_plural': "days' balances",
            },
        ),
        migrations.CreateModel(
            name='PlatformBalance',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('account', models.CharField(choices=[('psp_clearing', 'money at the payment provider'), ('unapplied_receipts', 'receipts not yet applied'), ('customer_deposit', "customers' deposits"), ('payable', 'owed to the shop'), ('commission', 'commission'), ('gst_on_commission', 'GST on commission'), ('tcs_payable', 'TCS collected'), ('tds_payable', 'TDS withheld'), ('delivery_fee', 'delivery fees'), ('promo_expense', 'promotions paid by the platform'), ('refund_in_transit', 'refunds on their way'), ('dispute_hold', 'held for disputes'), ('payout_in_transit', 'payouts on their way'), ('bank', 'bank'), ('rounding', 'rounding of cash bills'), ('cash_with_store', 'cash held by the shop'), ('khata', 'khata: owed to the shop by a customer'), ('khata_contra', 'khata, contra')], max_length=20)),
                ('balance', models.BigIntegerField()),
            ],
            options={
                'verbose_name': 'platform balance',
                'verbose_name_plural': 'platform balances',
            },
        ),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('id', models.UUIDField(default=marketplace.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('store_id', models.UUIDField()),
                ('day', models.DateField()),
                ('txn_count', models.PositiveIntegerField()),
                ('previous', models.BinaryField(max_length=32)),
                ('digest', models.BinaryField(max_length=32)),
                ('sealed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'seal',
                'verbose_name_plural': 'seals',
            },
        ),
        migrations.RemoveIndex(
            model_name='leg',
            name='ledger_leg_balance',
        ),
        migrations.AddField(
            model_name='leg',
            name='business_date',
            field=models.DateField(null=True),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='leg',
            name='business_date',
            field=models.DateField(),
        ),
        migrations.AddIndex(
            model_name='leg',
            index=models.Index(fields=['store_id', 'account', 'business_date'], include=('party_id', 'amount'), name='ledger_leg_of_account'),
        ),
        migrations.AddIndex(
            model_name='txn',
            index=models.Index(fields=['business_date', 'store_id'], name='ledger_txn_by_day'),
        ),
        migrations.AddIndex(
            model_name='daybalance',
            index=models.Index(fields=['day', 'account'], include=('debits', 'credits'), name='ledger_day_balance_by_day'),
        ),
        migrations.AddConstraint(
            model_name='daybalance',
            constraint=models.UniqueConstraint(fields=('store_id', 'account', 'party_id', 'day'), name='ledger_day_balance_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='daybalance',
            constraint=models.CheckConstraint(condition=models.Q(('credits__gte', 0), ('debits__gte', 0), models.Q(('debits__gt', 0), ('credits__gt', 0), _connector='OR')), name='ledger_day_balance_moved'),
        ),
        migrations.AddConstraint(
            model_name='daybalance',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account__in', ('khata', 'khata_contra')), ('party_id__isnull', False)), models.Q(models.Q(('account__in', ('khata', 'khata_contra')), _negated=True), ('party_id', None)), _connector='OR'), name='ledger_day_balance_names_party'),
        ),
        migrations.AddConstraint(
            model_name='platformbalance',
            constraint=models.UniqueConstraint(fields=('day', 'account'), name='ledger_platform_balance_once'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.UniqueConstraint(fields=('store_id', 'day'), name='ledger_seal_once'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.CheckConstraint(condition=models.Q(('txn_count__gt', 0)), name='ledger_seal_of_something'),
        ),
        migrations.RunSQL(POST, BEFORE.POST.replace("CREATE", "CREATE OR REPLACE", 1)),
        migrations.RunSQL(CLOSE, "DROP FUNCTION public.ledger_close(date)"),
        migrations.RunSQL(DIGEST, "DROP FUNCTION public.ledger_digest(uuid, date, bytea)"),
        migrations.RunSQL(SEAL, "DROP FUNCTION public.ledger_seal_store(uuid, date)"),
        migrations.RunSQL(ROLL_UP, "DROP FUNCTION public.ledger_roll_up(date)"),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        *append_only("ledger_closing"),
        *append_only("ledger_seal"),
        *append_only("ledger_daybalance"),
        *append_only("ledger_platformbalance"),
    ]
