"""What goes on in the shops all day: every act, and how often."""

from collections.abc import Callable

from django.conf import settings

from marketplace.core import outbox
from orders.services import expiry, lapsing
from payments.upi import bank_client
from tests.races import khata_acts, order_acts, shelf_acts
from tests.races.hands import Hand


def prepare_process() -> None:
    """The bank knows of no payment but those that a hand tells of; timers take few orders at once."""
    bank_client.find_payments = lambda *, tr: []
    settings.BANK_URL = "http://127.0.0.1:9"
    expiry.BATCH = lapsing.BATCH = 5


def do_what_is_owed(hand: Hand) -> int:
    """As the relay and a worker do; refunds stay owed, since there is no bank to send them to."""
    entries = outbox.claim(limit=2)
    for entry in entries:
        outbox.deliver(entry)
    return len(entries)


# How often each act is done, in a hundred or so.
ACTS: dict[Callable[[Hand], str | int], float] = {
    order_acts.buy_for_cash: 18,
    order_acts.buy_by_upi: 8,
    order_acts.pay: 7,
    order_acts.hear_of_refund: 2,
    order_acts.run_out_of_time: 0.4,
    order_acts.chase: 0.3,
    order_acts.accept: 15,
    order_acts.reject: 1.5,
    order_acts.cancel: 4,
    order_acts.tick: 4,
    order_acts.untick: 1,
    order_acts.leave_out: 1,
    order_acts.pack: 7,
    order_acts.send_out: 7,
    order_acts.hand_over: 7,
    order_acts.fail_to_deliver: 0.7,
    order_acts.bring_back: 0.7,
    order_acts.ask_return: 1.2,
    order_acts.decide_return: 1,
    order_acts.sell_over_the_counter: 4,
    order_acts.propose_another: 1,
    order_acts.propose_more_weight: 0.3,
    order_acts.edit: 1,
    order_acts.answer: 2,
    order_acts.wait_in_vain: 0.2,
    khata_acts.buy_on_khata: 4,
    khata_acts.sell_on_khata: 1,
    khata_acts.pay_back: 3,
    khata_acts.change_limit: 0.2,
    shelf_acts.look_for_drift: 0.2,
    shelf_acts.receive: 9,
    shelf_acts.receive_batch: 0.5,
    shelf_acts.sweep: 0.05,
    shelf_acts.count: 1,
    shelf_acts.break_some: 1,
    shelf_acts.undo: 0.5,
    shelf_acts.price: 4,
    shelf_acts.show: 2,
    shelf_acts.say_there: 0.5,
    do_what_is_owed: 1,
}
