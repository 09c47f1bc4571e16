"""The four digits by which a customer confirms that the goods have come."""

import hmac
from hashlib import sha256

from django.conf import settings

from marketplace.core.measures import digits_in
from orders.models import Order

MOST_TRIES = 5


def delivery_code(order: Order) -> str:
    """Four digits derived from the order, stored nowhere; the customer reads them out at the door."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"delivery:" + order.pk.bytes, sha256).digest()
    return f"{int.from_bytes(digest[:4], 'big') % 10_000:04d}"


def code_matches(order: Order, code: str) -> bool:
    """Whether these are the digits, in constant time; Devanagari ones are read as such."""
    return hmac.compare_digest(delivery_code(order), digits_in(code))
