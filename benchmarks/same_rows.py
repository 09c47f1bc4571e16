"""The rows of one cash order of five lines as pgbench writes them, straight into PostgreSQL.

Shops and listings have ids that pgbench can compute. `check` holds the script to what the product
writes: the same number of rows in the same tables, with the same columns filled.
"""

import psycopg

STORES, LISTINGS, LINES = 20, 200, 5
PLENTY = 1_000_000_000
BUYER = "pgbench"

SCRIPT = """\\set store random(1, {stores})
\\set first random(1, {listings} - {lines} + 1)
SELECT uuidv7() AS order_id \\gset
BEGIN;
SELECT id FROM shops_store WHERE id = {store};
SELECT id FROM inventory_listing WHERE store_id = {store} AND id IN ({ids})
    ORDER BY id FOR NO KEY UPDATE;
UPDATE inventory_listing SET held = held + 1 WHERE store_id = {store} AND id IN ({ids});
INSERT INTO inventory_hold (id, store_id, listing_id, reference, quantity, state, created_at)
    VALUES {holds};
INSERT INTO orders_order (id, store_id, code, actor, idempotency_key, request_hash, via, state,
    version, due_at, accept_by, fulfilment, payment_method, contact_name, contact_phone, language,
    address, pincode, latitude, longitude, note, if_unavailable, items_total, delivery_fee,
    fee_taxable, rounding, total, agreed_total, captured, refunded, commission_bps,
    commission_gst_bps, tcs_bps, tds_bps, return_days, code_tries, placed_at)
    VALUES ((:order_id)::uuid, {store}, substr(encode(uuid_send(gen_random_uuid()), 'base64'), 1, 9), '{buyer}',
    (:order_id)::uuid::text, repeat('0', 64), 'api', 'confirmed', 1, now() + interval '450 s',
    now() + interval '900 s', 'delivery', 'cash', 'Asha', '+919810012345', 'hi', '4 Hailey Road',
    '110001', 28.62054, 77.21282, '', 'call', 50000, 0, 0, 0, 50000, 50000, 0, 0, 300, 1800, 50,
    10, 0, 0, now());
INSERT INTO orders_orderline (id, store_id, order_id, n, listing_id, name, name_hi, pack_quantity,
    pack_unit, unit, by_weight, state, ordered, quantity, returned, price, per, mrp, amount, hsn,
    gst_bps, taxable, cgst, sgst) VALUES {rows};
INSERT INTO orders_orderevent (id, store_id, order_id, version, before, after, actor, reason, at)
    VALUES (uuidv7(), {store}, (:order_id)::uuid, 1, '', 'confirmed', '{buyer}', '', now());
INSERT INTO core_outboxentry (id, store_id, event, consumer, payload, due_at, attempts, last_error,
    created_at) VALUES {entries};
COMMIT;
"""

# How the rows of one order are found, table by table.
WRITTEN = {
    "orders_order": "id = %(id)s",
    "orders_orderline": "order_id = %(id)s",
    "orders_orderevent": "order_id = %(id)s",
    "inventory_hold": "reference = %(id)s",
    "core_outboxentry": "payload ->> 'order_id' = %(id)s::text",
}


def store_id(n: int) -> str:
    return f"{n:032d}"


def listing_id(store: int, n: int) -> str:
    return f"{store * 1000 + n:032d}"


def script() -> str:
    """For `pgbench --file`; needs Django's apps, to know who consumes the order's event."""
    from marketplace.core.outbox import consumers_of

    store = "(lpad(:store::text, 32, '0'))::uuid"
    listings = [
        f"(lpad((:store * 1000 + :first + {n})::text, 32, '0'))::uuid" for n in range(LINES)
    ]
    holds = ", ".join(
        f"(uuidv7(), {store}, {listing}, (:order_id)::uuid, 1, 'open', now())"
        for listing in listings
    )
    rows = ", ".join(
        f"(uuidv7(), {store}, (:order_id)::uuid, {n}, {listing},"
        " 'Atta 00000000-0000-0000-0000-000000000000', '', 5000, 'g', 'pc', false, 'wanted', 1, 1,"
        " 0, 10000, 1, 11000, 10000, '1101', 500, 9524, 238, 238)"
        for n, listing in enumerate(listings, start=1)
    )
    payload = (
        "jsonb_build_object('order_id', (:order_id)::uuid::text,"
        f" 'store_id', {store}::text, 'version', 1)"
    )
    entries = ", ".join(
        f"(uuidv7(), {store}, 'order.confirmed', '{name}', {payload}, now(), 0, '', now())"
        for name in consumers_of("order.confirmed")
    )
    return SCRIPT.format(
        stores=STORES,
        listings=LISTINGS,
        lines=LINES,
        buyer=BUYER,
        store=store,
        ids=", ".join(listings),
        holds=holds,
        rows=rows,
        entries=entries,
    )


def check(connection: psycopg.Connection) -> None:
    """Raises RuntimeError where the newest order of pgbench and of the product differ in kind."""
    newest = "SELECT id FROM orders_order WHERE actor {} %s ORDER BY id DESC LIMIT 1"
    kinds = []
    for operator in ("=", "<>"):
        row = connection.execute(newest.format(operator), [BUYER]).fetchone()
        if row is None:
            raise RuntimeError("Nothing was bought.")
        kinds.append(
            {
                table: connection.execute(
                    f"SELECT count(*), array_agg(DISTINCT key ORDER BY key) FROM {table} AS row,"
                    f" jsonb_each(to_jsonb(row)) WHERE value <> 'null' AND {of_order}",
                    {"id": row[0]},
                ).fetchone()
                for table, of_order in WRITTEN.items()
            }
        )
    if kinds[0] != kinds[1]:
        raise RuntimeError(f"pgbench writes {kinds[0]}, the product {kinds[1]}")
