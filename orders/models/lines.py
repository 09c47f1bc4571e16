from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.ids import uuid7
from marketplace.core.money import charge, cumulative_share
from marketplace.core.quantity import Unit
from orders.models.orders import Order
from stores.inventory.models import Listing
from stores.inventory.pricing import compare_price, unit_price_words
from stores.shops.models import Store


class OrderLine(models.Model):
    """A product as it is sold: `price` paise buy `per` base units; `amount` includes its tax.

    Base units: `ordered` were asked for at first (none where the line came in later), `quantity`
    is to be supplied now, `packed` is what went into the bag, `returned` came back. The bill is
    for `packed` once the order is packed (while it is picked, what lies in the bag so far), until
    then for `quantity`; a line that is out costs nothing.
    """

    class State(models.TextChoices):
        WANTED = "wanted", _("to pick")
        PICKED = "picked", _("picked")
        REMOVED = "removed", _("left out")
        REPLACED = "replaced", _("replaced")

    OUT = (State.REMOVED, State.REPLACED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    n = models.PositiveSmallIntegerField()
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="+")
    name = models.CharField(max_length=240)
    name_hi = models.CharField(max_length=240, blank=True)
    pack_quantity = models.PositiveIntegerField(null=True)
    pack_unit = models.CharField(max_length=2, choices=Unit, blank=True)
    unit = models.CharField(max_length=2, choices=Unit)
    # sold loose, so what goes into the bag is weighed and that weight is billed
    by_weight = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.WANTED)
    ordered = models.PositiveIntegerField()
    quantity = models.PositiveIntegerField()
    packed = models.PositiveIntegerField(null=True)
    returned = models.PositiveIntegerField(default=0)
    # the listing that this line stands in for
    replaces = models.ForeignKey(Listing, models.PROTECT, null=True, related_name="+")
    price = models.BigIntegerField()
    per = models.PositiveIntegerField()
    mrp = models.BigIntegerField(null=True)
    amount = models.BigIntegerField()
    hsn = models.CharField(max_length=8, blank=True)
    gst_bps = models.PositiveIntegerField(default=0)
    taxable = models.BigIntegerField()
    cgst = models.BigIntegerField()
    sgst = models.BigIntegerField()

    class Meta:
        ordering = ["n"]
        constraints = [
            models.UniqueConstraint(fields=["order", "n"], name="order_line_number_once"),
            models.CheckConstraint(
                condition=Q(amount=F("taxable") + F("cgst") + F("sgst"), cgst=F("sgst")),
                name="order_line_tax_adds_up",
            ),
            models.UniqueConstraint(
                fields=["store", "order", "listing"], name="order_line_once_per_listing"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_line_not_empty"),
            models.CheckConstraint(
                condition=~Q(state__in=["removed", "replaced"]) | Q(amount=0, packed=None),
                name="order_line_out_costs_nothing",
            ),
            models.CheckConstraint(
                condition=Q(state="picked", packed__isnull=False)
                | ~Q(state="picked") & Q(packed=None),
                name="order_line_picked_is_packed",
            ),
            models.CheckConstraint(
                condition=Q(returned=0) | Q(returned__lte=F("packed")),
                name="order_line_returned_at_most_packed",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def out(self) -> bool:
        """Whether the line has been left out of the order, or something else stands in for it."""
        return self.state in self.OUT

    @property
    def unit_price_words(self) -> str:
        """`₹96/kg`: the price to compare by, as it was agreed."""
        content, unit = (
            (self.pack_quantity, self.pack_unit)
            if self.pack_quantity and not self.by_weight
            else (self.per, self.unit)
        )
        return unit_price_words(*compare_price(price=self.price, content=content, unit=unit))

    def share(self, whole: int, units: int) -> int:
        """How much of the line's `whole` paise belongs to the first `units` that were packed."""
        return cumulative_share(whole=whole, part=units, of=self.packed or 1)

    @property
    def billed(self) -> int:
        """Base units that the bill is for."""
        return 0 if self.out else self.quantity if self.packed is None else self.packed

    @property
    def charged(self) -> int:
        """Base units that `amount` is for: a weight on the scale counts once the order is packed."""
        wanted = charge(price=self.price, per=self.per, quantity=self.quantity)
        return self.quantity if not self.out and self.amount == wanted else self.billed
