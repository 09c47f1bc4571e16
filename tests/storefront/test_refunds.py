"""The order's page says where the customer's money is."""

from orders import services
from payments.upi.models import Receipt, Refund
from payments.upi.services import apply_bank_event
from tests.upi.words import balances, dispute_word, refund_word


def test_what_the_bank_has_paid_back_is_not_said_to_be_on_its_way(customer, buy, store):
    order = buy("upi")
    receipt = Receipt.objects.get()
    apply_bank_event(word=dispute_word(receipt, "OPEN", receipt.amount))
    services.cancel(store_id=store.pk, order_id=order.pk, actor=order.actor, reason="late")
    refund = Refund.objects.get()
    for _ in range(4):
        apply_bank_event(word=refund_word(refund, "FAILED"))
        refund.refresh_from_db()
    address = f"/orders/{order.pk}/"
    assert "₹521 is on its way back to your UPI account." in customer.get(address).content.decode()
    apply_bank_event(word=dispute_word(receipt, "LOST", receipt.amount))
    assert balances(store.pk) == {}
    page = customer.get(address).content.decode()
    assert "₹521 has been paid back to you by your bank." in page
    assert "on its way" not in page
    customer.cookies["django_language"] = "hi"
    assert "₹521 आपके बैंक ने आपको लौटा दिए हैं।" in customer.get(address).content.decode()
