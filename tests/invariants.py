"""What must hold of stock, orders and money whenever nothing is under way: each as a query for what
breaks it. Numbers are those of docs/stock.md; the ledger's own come from payments.ledger.verify.
"""

from typing import Any

from payments.ledger.verify import INVARIANTS as OF_THE_LEDGER

BEFORE_PACKING = "('awaiting_payment', 'confirmed', 'accepted')"
AFTER_PACKING = "('packed', 'out_for_delivery', 'ready_for_pickup', 'undelivered', 'delivered')"
CALLED_OFF = "('cancelled', 'rejected', 'expired')"

OF_STOCK = {
    "1 on_hand is the sum of the movements": """
        SELECT 'listing ' || l.id || ', on hand ' || l.on_hand || ', moved ' || coalesce(m.moved, 0)
        FROM inventory_listing l
        LEFT JOIN (SELECT listing_id, sum(delta) AS moved FROM inventory_stockmovement GROUP BY 1) m
            ON m.listing_id = l.id
        WHERE l.on_hand <> coalesce(m.moved, 0)
    """,
    "2 held is the sum of the open holds": """
        SELECT 'listing ' || l.id || ', held ' || l.held || ', open holds ' || coalesce(h.open, 0)
        FROM inventory_listing l
        LEFT JOIN (SELECT listing_id, sum(quantity) AS open FROM inventory_hold
                   WHERE state = 'open' GROUP BY 1) h ON h.listing_id = l.id
        WHERE l.held <> coalesce(h.open, 0)
    """,
    "3 nothing is oversold": """
        SELECT 'listing ' || id || ', on hand ' || on_hand || ', held ' || held
        FROM inventory_listing
        WHERE held < 0 OR on_hand < 0 OR policy = 'counted' AND on_hand < held + expired
    """,
    "4 batches are part of what is on hand, and the expired ones are counted as such": """
        SELECT 'listing ' || l.id || ', on hand ' || l.on_hand || ', in batches ' || b.on_hand
            || ', expired ' || l.expired || ', in expired batches ' || b.expired
        FROM inventory_listing l
        JOIN (SELECT listing_id, sum(on_hand) AS on_hand,
                     coalesce(sum(on_hand) FILTER (WHERE expired), 0) AS expired,
                     min(expires_on) FILTER (WHERE NOT expired AND on_hand > 0) AS next
              FROM inventory_batch GROUP BY 1) b ON b.listing_id = l.id
        WHERE b.on_hand > l.on_hand OR b.expired <> l.expired
            OR b.next IS DISTINCT FROM l.next_expiry
    """,
    "5 every open hold is for an order that is not packed yet, or for a live proposal": """
        SELECT 'hold ' || h.id || ' for ' || h.reference || ' ' || coalesce(o.state, '')
        FROM inventory_hold h
        LEFT JOIN orders_order o ON o.id = h.reference AND o.store_id = h.store_id
        LEFT JOIN orders_proposal p ON p.id = h.reference AND p.store_id = h.store_id
        WHERE h.state = 'open'
            AND coalesce(o.state, '') NOT IN {before}
            AND coalesce(p.state, '') NOT IN ('open', 'agreed')
    """,
    "6 no order without stock: what is to be packed is held, or the shop is told that it is gone": """
        SELECT 'order ' || o.id || ', listing ' || n.listing_id || ', wants ' || n.quantity
            || ', holds ' || coalesce(h.quantity, 0)
        FROM orders_order o
        JOIN orders_orderline n ON n.order_id = o.id AND n.state NOT IN ('removed', 'replaced')
        LEFT JOIN inventory_hold h ON h.reference = o.id AND h.listing_id = n.listing_id
            AND h.state = 'open'
        WHERE o.state IN {before} AND h.quantity IS DISTINCT FROM n.quantity
            AND NOT (h.id IS NULL AND EXISTS (
                SELECT FROM orders_orderflag f WHERE f.order_id = o.id
                    AND f.listing_id = n.listing_id AND f.cleared_at IS NULL))
    """,
    "7 no stock lost: what left the shelf for an order is what it was packed with, less what came back": """
        SELECT 'order ' || o.id || ' ' || o.state || ', listing ' || n.listing_id
            || ', packed ' || coalesce(n.packed, 0) || ', moved ' || coalesce(m.moved, 0)
        FROM orders_order o
        JOIN orders_orderline n ON n.order_id = o.id
        JOIN inventory_listing l ON l.id = n.listing_id AND l.policy = 'counted'
        LEFT JOIN (SELECT reference, listing_id, sum(delta) AS moved
                   FROM inventory_stockmovement WHERE kind IN ('sale', 'return') GROUP BY 1, 2) m
            ON m.reference = o.id AND m.listing_id = n.listing_id
        LEFT JOIN (SELECT each.line_id, sum(each.quantity) AS quantity
                   FROM orders_returnline each JOIN orders_return r ON r.id = each.goods_return_id
                   WHERE r.state = 'taken' AND each.restock GROUP BY 1) back ON back.line_id = n.id
        WHERE coalesce(m.moved, 0) <> CASE
            WHEN o.state IN {after} AND n.state NOT IN ('removed', 'replaced')
            THEN coalesce(back.quantity, 0) - n.packed ELSE 0 END
    """,
    "8 what left the shelf over the counter is what was sold there": """
        SELECT 'sale ' || s.sale_id || ', listing ' || s.listing_id
        FROM (SELECT n.sale_id, n.listing_id, sum(n.quantity) AS sold
              FROM orders_countersaleline n JOIN inventory_listing l ON l.id = n.listing_id
              WHERE l.policy = 'counted' GROUP BY 1, 2) s
        LEFT JOIN (SELECT reference, listing_id, sum(delta) AS moved FROM inventory_stockmovement
                   WHERE kind = 'counter_sale' GROUP BY 1, 2) m
            ON m.reference = s.sale_id AND m.listing_id = s.listing_id
        WHERE coalesce(m.moved, 0) <> -s.sold
    """,
}
OF_ORDERS = {
    "9 one order per key": """
        SELECT store_id || ' ' || actor || ' ' || idempotency_key
        FROM orders_order GROUP BY store_id, actor, idempotency_key HAVING count(*) > 1
    """,
    "10 every change of an order is one event, and the last one is where it stands": """
        SELECT 'order ' || o.id || ', version ' || o.version || ' ' || o.state
        FROM orders_order o LEFT JOIN orders_orderevent e ON e.order_id = o.id
        GROUP BY o.id
        HAVING count(e.id) <> o.version OR max(e.version) <> o.version
            OR max(e.after) FILTER (WHERE e.version = o.version) <> o.state
    """,
    "11 the bill is the sum of its lines": """
        SELECT 'order ' || o.id || ', goods ' || o.items_total || ', lines ' || sum(n.amount)
        FROM orders_order o JOIN orders_orderline n ON n.order_id = o.id
        GROUP BY o.id HAVING o.items_total <> sum(n.amount)
    """,
    "12 a bill that is not prepaid is at most a tenth over what was agreed": """
        SELECT 'order ' || id || ', total ' || total || ', agreed ' || agreed_total
        FROM orders_order WHERE payment_method <> 'upi' AND total * 10 > agreed_total * 11
    """,
    "13 what an order has captured and owes back is what the bank's money says": """
        SELECT 'order ' || o.id || ' ' || o.state || ', captured ' || o.captured || ' of '
            || coalesce(r.came, 0) || ', refunded ' || o.refunded || ' of ' || coalesce(r.back, 0)
        FROM orders_order o
        LEFT JOIN (SELECT a.store_id, a.reference, sum(r.amount) AS came,
                          sum(r.refunded + coalesce(f.failed, 0)) AS back
                   FROM upi_receipt r JOIN upi_paymentattempt a ON a.id = r.attempt_id
                   LEFT JOIN (SELECT receipt_id, sum(amount) AS failed FROM upi_refund
                              WHERE state = 'failed' GROUP BY 1) f ON f.receipt_id = r.id
                   WHERE r.outcome = 'applied' AND a.purpose = 'order' GROUP BY 1, 2) r
            ON r.store_id = o.store_id AND r.reference = o.id
        WHERE o.captured <> coalesce(r.came, 0) OR o.refunded <> coalesce(r.back, 0)
    """,
    "14 a called-off order has given everything back": """
        SELECT 'order ' || id || ' ' || state || ', captured ' || captured || ', refunded ' || refunded
        FROM orders_order WHERE state IN {called_off} AND captured <> refunded
    """,
    "15 a prepaid order is paid, and after packing to the paisa": """
        SELECT 'order ' || o.id || ' ' || o.state || ', total ' || o.total || ', paid '
            || o.captured - o.refunded || ', returned ' || coalesce(r.amount, 0)
        FROM orders_order o
        LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM orders_return
                   WHERE state = 'taken' GROUP BY 1) r ON r.order_id = o.id
        WHERE o.payment_method = 'upi' AND (
            o.state IN ('confirmed', 'accepted') AND o.captured - o.refunded < o.total
            OR o.state IN {after}
                AND o.captured - o.refunded <> o.total - coalesce(r.amount, 0))
    """,
    "16 a proposal waits only while its order can still be changed": """
        SELECT 'proposal ' || p.id || ' ' || p.state || ' of an order ' || o.state
        FROM orders_proposal p JOIN orders_order o ON o.id = p.order_id
        WHERE p.state IN ('open', 'agreed') AND o.state NOT IN {before}
    """,
    "17 a slot counts the orders that have a place in it, at most its capacity": """
        SELECT 'slot ' || coalesce(t.slot_id, o.slot_id) || ' on ' || coalesce(t.day, o.day)
            || ', taken ' || coalesce(t.taken, 0) || ', orders ' || coalesce(o.orders, 0)
        FROM (SELECT d.slot_id, d.day, d.taken, s.capacity FROM shops_slotday d
              JOIN shops_deliveryslot s ON s.id = d.slot_id) t
        FULL JOIN (SELECT slot_id, (slot_starts_at AT TIME ZONE 'Asia/Kolkata')::date AS day,
                          count(*) AS orders
                   FROM orders_order WHERE slot_id IS NOT NULL AND state NOT IN {called_off}
                   GROUP BY 1, 2) o USING (slot_id, day)
        WHERE coalesce(t.taken, 0) <> coalesce(o.orders, 0) OR t.taken > t.capacity
    """,
    "22 an order that goes on has goods, or its customer is being asked": """
        SELECT 'order ' || o.id || ' ' || o.state
        FROM orders_order o
        WHERE o.state NOT IN {called_off}
          AND NOT EXISTS (SELECT FROM orders_orderline n
                          WHERE n.order_id = o.id AND n.state NOT IN ('removed', 'replaced'))
          AND NOT EXISTS (SELECT FROM orders_proposal p
                          WHERE p.order_id = o.id AND p.state IN ('open', 'agreed'))
    """,
}
OF_DOCUMENTS = {
    "23 what was packed has one document, for its bill": """
        SELECT 'order ' || o.id || ' ' || o.state || ', total ' || o.total || ', invoiced '
            || coalesce(d.total::text, 'nothing')
        FROM orders_order o
        LEFT JOIN invoicing_document d ON d.order_id = o.id AND d.kind <> 'credit_note'
        WHERE o.state IN {after} AND d.total IS DISTINCT FROM o.total
           OR o.state IN {before} AND d.id IS NOT NULL
    """,
    "24 what came back is credited: a return for its amount, a packed order called off whole": """
        SELECT 'order ' || o.id || ' ' || o.state
        FROM orders_order o JOIN invoicing_document d
            ON d.order_id = o.id AND d.kind <> 'credit_note'
        LEFT JOIN invoicing_document c ON c.reference = o.id
        WHERE (o.state IN {called_off}) <> (c.id IS NOT NULL) OR c.total <> d.total
        UNION ALL
        SELECT 'return ' || r.id || ' ' || r.state
        FROM orders_return r LEFT JOIN invoicing_document c ON c.reference = r.id
        WHERE (r.state = 'taken') <> (c.id IS NOT NULL) OR c.total <> r.amount
    """,
    "30 a counter sale has one bill, for its total": """
        SELECT 'counter sale ' || s.id || ', total ' || s.total || ', billed '
            || coalesce(d.total::text, 'nothing')
        FROM orders_countersale s LEFT JOIN invoicing_document d ON d.sale_id = s.id
        WHERE d.total IS DISTINCT FROM s.total
    """,
    "31 our invoices and credit notes are the commission of their transactions": """
        SELECT d.serial || ', total ' || d.total || ', commission ' || coalesce(-sum(l.amount), 0)
        FROM invoicing_document d
        LEFT JOIN invoicing_invoicedcommission i ON i.document_id = d.id
        LEFT JOIN ledger_leg l ON l.store_id = d.store_id AND l.txn_id = i.txn_id
            AND l.account IN ('commission', 'gst_on_commission')
        WHERE d.kind IN ('commission', 'commission_note')
        GROUP BY d.id
        HAVING coalesce(-sum(l.amount), 0)
            <> d.total * (CASE d.kind WHEN 'commission' THEN 1 ELSE -1 END)
    """,
    "25 numbers are used without a gap": """
        SELECT 'series ' || s.prefix || ', last ' || s.last || ', used ' || count(d.id)
        FROM invoicing_series s LEFT JOIN invoicing_document d ON d.series_id = s.id
        GROUP BY s.id HAVING count(d.id) <> s.last OR coalesce(max(d.number), 0) <> s.last
    """,
}
OF_THE_BANK = {
    "26 what the provider holds for us is what came, less what went, as corrected": """
        SELECT 'store ' || store_id || ', off by ' || sum(amount) FROM (
            SELECT store_id, amount FROM upi_receipt
            UNION ALL
            SELECT store_id, -amount FROM upi_refund WHERE state = 'done'
            UNION ALL
            SELECT store_id, -amount FROM settlement_payout WHERE state = 'confirmed'
            UNION ALL
            SELECT store_id, -amount FROM disputes_dispute WHERE state = 'lost'
            UNION ALL
            SELECT store_id, (CASE movement WHEN 'payment' THEN 1 ELSE -1 END)
                * (coalesce(theirs, 0) - coalesce(ours, 0))
            FROM upi_difference WHERE settled IN ('booked', 'shop')
            UNION ALL
            SELECT leg.store_id, -leg.amount FROM ledger_leg leg
            JOIN ledger_txn txn ON txn.store_id = leg.store_id AND txn.id = leg.txn_id
            WHERE leg.account = 'psp_clearing' AND txn.kind <> 'psp_settlement'
        ) AS moved GROUP BY store_id HAVING sum(amount) <> 0
    """,
    "27 what is kept back for disputes is what is still disputed": """
        SELECT 'store ' || store_id || ', off by ' || sum(amount) FROM (
            SELECT store_id, amount FROM disputes_dispute WHERE state IN ('open', 'contested')
            UNION ALL
            SELECT store_id, amount FROM ledger_leg WHERE account = 'dispute_hold'
        ) AS held GROUP BY store_id HAVING sum(amount) <> 0
    """,
    "29 a khata's lines are its legs and its balance, and each sale on khata is one of them": """
        SELECT 'khata ' || khata_id || ', off by ' || sum(amount) FROM (
            SELECT khata_id, amount FROM khata_khataentry
            UNION ALL
            SELECT party_id, -amount FROM ledger_leg WHERE account = 'khata'
        ) AS written GROUP BY khata_id HAVING sum(amount) <> 0
        UNION ALL
        SELECT 'khata ' || khata_id || ', off by ' || sum(amount) FROM (
            SELECT khata_id, amount FROM khata_khataentry
            UNION ALL
            SELECT party_id, -amount FROM ledger_balance WHERE account = 'khata'
        ) AS stored GROUP BY khata_id HAVING sum(amount) <> 0
        UNION ALL
        SELECT 'counter sale ' || s.id FROM orders_countersale s
        LEFT JOIN khata_khataentry e ON e.reference = s.id AND e.khata_id = s.khata_id
        WHERE s.paid_by = 'khata' AND e.amount IS DISTINCT FROM s.total
        UNION ALL
        SELECT 'order ' || o.id || ' ' || o.state || ' for ' || o.total FROM orders_order o
        LEFT JOIN khata_khatapromise p ON p.reference = o.id AND p.khata_id = o.khata_id
        LEFT JOIN khata_khataentry e
            ON e.reference = o.id AND e.khata_id = o.khata_id AND e.kind = 'order'
        WHERE o.payment_method = 'khata' AND (
            p.amount IS DISTINCT FROM
                CASE WHEN o.state NOT IN {called_off} AND o.state <> 'delivered' THEN o.total END
            OR e.amount IS DISTINCT FROM CASE WHEN o.state = 'delivered' THEN o.total END)
        UNION ALL
        SELECT 'promise ' || p.id FROM khata_khatapromise p
        WHERE NOT EXISTS (SELECT FROM orders_order o WHERE o.id = p.reference)
    """,
    "32 what lies unapplied counts for nothing, has not gone back, is not the shop's yet nor contested": """
        SELECT 'store ' || store_id || ', off by ' || sum(amount) FROM (
            SELECT store_id, amount - refunded - disputed - lost AS amount
            FROM upi_receipt WHERE outcome IN ('unapplied', 'returned')
            UNION ALL
            SELECT r.store_id, f.amount FROM upi_refund f JOIN upi_receipt r ON r.id = f.receipt_id
            WHERE f.state = 'made_good' AND r.outcome IN ('unapplied', 'returned')
            UNION ALL
            SELECT store_id, amount FROM ledger_leg WHERE account = 'unapplied_receipts'
        ) AS lying GROUP BY store_id HAVING sum(amount) <> 0
    """,
    "28 no more goes back of a payment than came": """
        SELECT 'receipt ' || r.id || ' of ' || r.amount
        FROM upi_receipt r
        LEFT JOIN (SELECT receipt_id, sum(amount) AS sum FROM upi_refund
                   WHERE state = 'done' GROUP BY 1) f ON f.receipt_id = r.id
        LEFT JOIN (SELECT receipt_id, sum(amount) AS sum FROM disputes_dispute
                   WHERE state = 'lost' GROUP BY 1) d ON d.receipt_id = r.id
        WHERE coalesce(f.sum, 0) + coalesce(d.sum, 0) > r.amount
        UNION ALL
        SELECT 'receipt ' || r.id || ', disputed ' || r.disputed || ' of ' || coalesce(d.open, 0)
            || ', lost ' || r.lost || ' of ' || coalesce(d.lost, 0)
        FROM upi_receipt r
        LEFT JOIN (SELECT receipt_id, sum(amount) FILTER (WHERE state IN ('open', 'contested')) AS open,
                          sum(amount) FILTER (WHERE state = 'lost') AS lost
                   FROM disputes_dispute GROUP BY 1) d ON d.receipt_id = r.id
        WHERE r.disputed <> coalesce(d.open, 0) OR r.lost <> coalesce(d.lost, 0)
    """,
    "33 a refund is made good by what was lost of its payment, once, and else waits for nothing lost": """
        SELECT 'receipt ' || r.id || ' of ' || r.amount || ', lost ' || r.lost || ', made good '
            || f.good || ', failed ' || f.failed
        FROM upi_receipt r
        JOIN (SELECT receipt_id, coalesce(sum(amount) FILTER (WHERE state = 'made_good'), 0) AS good,
                     coalesce(sum(amount) FILTER (WHERE state = 'failed'), 0) AS failed
              FROM upi_refund GROUP BY 1) f ON f.receipt_id = r.id
        WHERE f.good > r.lost OR r.refunded + f.failed > r.amount
           OR r.outcome <> 'kept' AND f.failed > 0 AND f.good < r.lost
        UNION ALL
        SELECT 'store ' || store_id || ', off by ' || sum(amount) FROM (
            SELECT store_id, amount FROM upi_refund
            WHERE state = 'made_good' AND source = 'customer_deposit'
            UNION ALL
            SELECT leg.store_id, leg.amount FROM ledger_leg leg
            JOIN ledger_txn txn ON txn.store_id = leg.store_id AND txn.id = leg.txn_id
            WHERE txn.kind = 'refund_made_good' AND leg.account = 'payable'
        ) AS given GROUP BY store_id HAVING sum(amount) <> 0
    """,
}
OF_EFFECTS = {
    "18 a receipt's refunds are what was sent back of it": """
        SELECT 'receipt ' || r.id || ', refunded ' || r.refunded || ', refunds ' || coalesce(f.sum, 0)
        FROM upi_receipt r
        LEFT JOIN (SELECT receipt_id, sum(amount) AS sum FROM upi_refund
                   WHERE state <> 'failed' GROUP BY 1) f ON f.receipt_id = r.id
        WHERE r.refunded <> coalesce(f.sum, 0)
    """,
    "19 one message per reader, channel and reason": """
        SELECT dedupe_key || ' ' || channel FROM notifications_message
        GROUP BY dedupe_key, channel HAVING count(*) > 1
    """,
    "20 no effect was given up": """
        SELECT event || ' for ' || consumer || ': ' || last_error
        FROM core_outboxentry WHERE dead_at IS NOT NULL
    """,
}
AT_REST = {
    "21 nothing is still owed": """
        SELECT event || ' for ' || consumer || ' after ' || attempts || ': ' || last_error
        FROM core_outboxentry
        WHERE done_at IS NULL AND (attempts > 0 OR due_at < now() + interval '1 minute')
    """,
}
SHOWN = 10


def broken_invariants(connection: Any, *, at_rest: bool = False) -> list[str]:
    """Every invariant that does not hold, with up to ten rows that show it; empty when all is well.

    `connection` is Django's or psycopg's. `at_rest` also asks that every effect has been done.
    """
    asked = OF_STOCK | OF_ORDERS | OF_DOCUMENTS | OF_THE_BANK | OF_EFFECTS | OF_THE_LEDGER
    asked |= AT_REST if at_rest else {}
    broken = []
    with connection.cursor() as cursor:
        for name, query in asked.items():
            for words, states in (
                ("{before}", BEFORE_PACKING),
                ("{after}", AFTER_PACKING),
                ("{called_off}", CALLED_OFF),
            ):
                query = query.replace(words, states)
            cursor.execute(query)
            broken += [f"{name}: {row[0]}" for row in cursor.fetchmany(SHOWN)]
    return broken
