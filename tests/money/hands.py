"""Who moves money: `Trader` is a hand of the races (tests/races/hands.py) with a payer's account at the
simulated bank and khatas in the shops."""

from collections.abc import Callable, Mapping
from uuid import UUID

from marketplace.core.clock import now
from marketplace.core.ids import short_code
from payments.khata.models import Khata
from payments.khata.services import open_khata
from payments.upi.models import ShopQr
from stores.inventory.models import Listing
from stores.inventory.services import set_price
from stores.shops.models import Store
from tests.money.desk import Desk
from tests.races.hands import Hand, Nothing
from tests.races.shops import SHOP, open_shops

KHATAS, LIMIT = 3, 5_000_00
# On top of whole rupees, so that every sum has something to round.
UNEVEN = 37
# How their addresses begin, so that the bank's file says what is of this run.
TRADERS = "trader-"
PURSE = 1_00_00_000_00


def open_books(shops: int) -> None:
    """Shops as the races have them, each with customers who buy on khata."""
    for number, store in enumerate(open_shops(shops)):
        # paid at another bank, so that every address is one
        Store.objects.filter(pk=store.pk).update(payout_vpa=f"kirana{number}@okbank")
        for listing in Listing.objects.of_store(store.pk):
            about = {"store_id": store.pk, "listing_id": listing.pk, "actor": SHOP}
            set_price(**about, price=listing.price + UNEVEN)
        code = short_code().replace("-", "").lower()
        ShopQr.objects.create(store_id=store.pk, vpa=f"nukkad.{code}@nkbank", opened_at=now())
        for customer in range(KHATAS):
            open_khata(
                store_id=store.pk,
                phone=f"98200{number:02d}{customer:03d}",
                name=f"Ravi {customer}",
                limit=LIMIT,
                actor=SHOP,
            )


class Trader(Hand):
    """One person at a time; another `seed` is another payer."""

    def __init__(
        self, seed: str, acts: Mapping[Callable[["Trader"], str | int], float], desk: Desk
    ) -> None:
        super().__init__(seed, acts)
        self.desk = desk
        self.payer = f"{TRADERS}{self.random.getrandbits(60):x}@nkbank"
        desk.post("/control/accounts", vpa=self.payer, amount=PURSE)
        self.shop_qrs = list(ShopQr.objects.order_by("vpa"))
        for shop_qr in self.shop_qrs:
            desk.open_alias(shop_qr.vpa)

    def order(self, *states: str) -> dict[str, UUID]:
        """As the shops have it now: half a dozen hands are too few to leave much out of date."""
        self._seen.clear()
        return super().order(*states)

    def khata(self) -> Khata:
        return self.random.choice(list(Khata.objects.of_store(self.store().pk)))

    def pay(self, uri: str, *, decline: bool = False) -> str:
        action = "decline" if decline else "approve"
        about = {"uri": uri, "payer_vpa": self.payer, "pin": "1234", "action": action}
        status, told = self.desk.post("/v1/pay", **about)
        return str(told.get("status", status))

    def paid(self, tr: str) -> list[str]:
        """The payments of a link that succeeded."""
        told = self.desk.get(f"/v1/payments?tr={tr}").get("payments", [])
        return [each["payment_id"] for each in told if each["status"] == "SUCCESS"]

    def key(self) -> str:
        return f"money-{self.random.getrandbits(80):x}"

    def some_of(self, amount: int) -> int:
        """All of it, or a part; in one of ten a little more than there is."""
        if not amount:
            raise Nothing
        return self.random.choice([amount, self.random.randint(1, amount)] * 5 + [amount + 100])
