"""The shapes of version 1. Money in paise, quantities in base units (pieces, grams, millilitres)."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.accounts.services import normalise_phone
from marketplace.api.proposal_shapes import ProposalSerializer
from marketplace.core.errors import DomainError
from marketplace.core.languages import offered
from orders.models import Order, OrderEvent, OrderLine
from payments.settlement.models import Settlement
from stores.inventory.models import Batch, Listing
from stores.shops.models import PINCODE, Store


class StoreSerializer(serializers.ModelSerializer[Store]):
    is_open = serializers.SerializerMethodField()
    distance = serializers.SerializerMethodField(
        help_text="Metres from the place asked for; null when it cannot be measured."
    )

    class Meta:
        model = Store
        fields = [
            "id", "slug", "name", "name_hi", "legal_name", "phone", "line1", "locality", "city",
            "state", "pincode", "latitude", "longitude", "is_open", "accepting_orders", "hours",
            "holidays", "offers_delivery", "offers_pickup", "delivery_radius", "delivery_pincodes",
            "minimum_order", "delivery_fee", "free_delivery_from", "accept_minutes", "return_days",
            "tax_status", "gstin", "fssai", "distance",
        ]  # fmt: skip
        read_only_fields = fields

    def get_is_open(self, store: Store) -> bool:
        return store.is_open()

    def get_distance(self, store: Store) -> int | None:
        distance = getattr(store, "distance", None)
        return None if distance is None else round(distance)


class SlotSerializer(serializers.Serializer[Any]):
    """A slot on one day; an order names it by `slot` and `slot_day`."""

    slot = serializers.UUIDField(source="slot.pk")
    slot_day = serializers.DateField(source="day")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    left = serializers.IntegerField(help_text="Orders that it still takes.")
    problem = serializers.CharField(
        source="problem.code",
        default=None,
        help_text="Why it cannot be had: slot_full, slot_too_late or slot_closed; else null.",
    )


class StoreQuery(serializers.Serializer[Any]):
    pincode = serializers.RegexField(PINCODE, required=False)
    lat = serializers.FloatField(required=False, min_value=-90, max_value=90)
    lon = serializers.FloatField(required=False, min_value=-180, max_value=180)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("lat" in attrs) != ("lon" in attrs):
            raise serializers.ValidationError({"lon": ["lat and lon belong together."]})
        return attrs


class UnitPriceSerializer(serializers.Serializer[Any]):
    """The price to compare by: `price` paise for `per` of `unit`, a kilogram being 1000 g."""

    price = serializers.IntegerField()
    per = serializers.IntegerField()
    unit = serializers.CharField()


class ListingSerializer(serializers.ModelSerializer[Listing]):
    name = serializers.CharField(source="product.name")
    name_hi = serializers.CharField(source="product.name_hi")
    brand = serializers.CharField(source="product.brand.name", default="")
    pack_quantity = serializers.IntegerField(source="product.pack_quantity", allow_null=True)
    pack_unit = serializers.CharField(source="product.pack_unit")
    unit = serializers.CharField(
        source="product.base_unit", help_text="What quantities count: pc, g or ml."
    )
    ean = serializers.CharField(source="product.ean")
    hsn = serializers.CharField(source="product.hsn")
    veg = serializers.CharField(source="product.veg")
    country_of_origin = serializers.CharField(source="product.country_of_origin")
    category = serializers.CharField(source="category.slug")
    available = serializers.IntegerField(
        allow_null=True, help_text="Base units for sale; null when the shop does not count them."
    )

    unit_price = serializers.SerializerMethodField()

    class Meta:
        model = Listing
        fields = [
            "id", "name", "name_hi", "brand", "category", "pack_quantity", "pack_unit", "unit",
            "ean", "hsn", "veg", "country_of_origin", "price", "per", "unit_price", "mrp",
            "minimum", "step", "policy", "available", "on_hand", "held", "expired", "next_expiry",
            "keeps_batches", "reorder_level", "shown", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(UnitPriceSerializer)
    def get_unit_price(self, listing: Listing) -> dict[str, Any]:
        return dict(zip(("price", "per", "unit"), listing.unit_price, strict=True))


class ListingChange(serializers.Serializer[Any]):
    """A new price, MRP or counted stock; what is left out stays. A stock figure is a count."""

    price = serializers.IntegerField(required=False, min_value=1, max_value=10**10)
    mrp = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=10**10)
    stock = serializers.IntegerField(required=False, min_value=0, max_value=10**10)
    shown = serializers.BooleanField(required=False)
    reorder_level = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=2**31 - 1,
        help_text="The shop is told when this much or less is left to sell; null never tells.",
    )
    reason = serializers.CharField(required=False, max_length=200, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.keys() & {"price", "mrp", "stock", "shown", "reorder_level"}:
            raise serializers.ValidationError(_("Name price, mrp, stock, shown or reorder_level."))
        if "mrp" in attrs and "price" not in attrs:
            raise serializers.ValidationError({"price": [_("A new MRP needs its price.")]})
        if "stock" in attrs and not attrs["reason"]:
            raise serializers.ValidationError({"reason": [_("Say why the stock changes.")]})
        return attrs


class BatchSerializer(serializers.ModelSerializer[Batch]):
    """Goods that came in together, of which something is left; the first is packed first."""

    class Meta:
        model = Batch
        fields = ["id", "code", "expires_on", "mrp", "on_hand", "expired", "received_at"]
        read_only_fields = fields


class Receipt(serializers.Serializer[Any]):
    """Goods that came in, with what is printed on them."""

    id = serializers.UUIDField(
        help_text="Your own id of this delivery: sent again, it changes nothing; with another "
        "quantity or label it is refused (422)."
    )
    quantity = serializers.IntegerField(min_value=1, max_value=10**10)
    code = serializers.CharField(required=False, max_length=40, default="", allow_blank=True)
    expires_on = serializers.DateField(
        required=False, default=None, allow_null=True, help_text="The last day of sale."
    )
    mrp = serializers.IntegerField(
        required=False, default=None, allow_null=True, min_value=1, max_value=10**10
    )
    reason = serializers.CharField(required=False, max_length=200, default="", allow_blank=True)


class WantedLine(serializers.Serializer[Any]):
    listing = serializers.UUIDField()
    quantity = serializers.IntegerField(min_value=1, max_value=10**6)


class ContactBody(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    phone = serializers.CharField(max_length=20)
    language = serializers.ChoiceField(choices=[code for code, _name in offered()], default="hi")

    def validate_phone(self, value: str) -> str:
        try:
            return normalise_phone(value)
        except DomainError as error:
            raise serializers.ValidationError(str(error)) from error


class AddressBody(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=500)
    pincode = serializers.RegexField(PINCODE)
    latitude = serializers.FloatField(required=False, min_value=-90, max_value=90)
    longitude = serializers.FloatField(required=False, min_value=-180, max_value=180)


class NewOrder(serializers.Serializer[Any]):
    store = serializers.UUIDField()
    lines: Any = serializers.ListSerializer(child=WantedLine(), allow_empty=False, max_length=100)
    fulfilment = serializers.ChoiceField(choices=Order.Fulfilment.values)
    # A khata is a matter between the shop and a customer whom it knows: bought on in the shop's own
    # storefront or at its counter.
    payment_method = serializers.ChoiceField(
        choices=[Order.PaymentMethod.UPI.value, Order.PaymentMethod.CASH.value]
    )
    contact = ContactBody()
    address = AddressBody(required=False)
    expected_total = serializers.IntegerField(
        required=False, min_value=0, help_text="The total the customer saw, in paise."
    )
    note = serializers.CharField(required=False, max_length=300, default="", allow_blank=True)
    if_unavailable = serializers.ChoiceField(
        choices=Order.IfUnavailable.values,
        default=Order.IfUnavailable.CALL.value,
        help_text="What the shop does about goods it turns out not to have.",
    )
    slot = serializers.UUIDField(
        required=False, help_text="One of the shop's delivery slots, on the day `slot_day`."
    )
    slot_day = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("slot" in attrs) != ("slot_day" in attrs):
            raise serializers.ValidationError({"slot_day": ["slot and slot_day belong together."]})
        if attrs["fulfilment"] == Order.Fulfilment.DELIVERY and "address" not in attrs:
            raise serializers.ValidationError({"address": [_("A delivery needs an address.")]})
        return attrs


class LineSerializer(serializers.ModelSerializer[OrderLine]):
    listing = serializers.UUIDField(source="listing_id")
    replaces = serializers.UUIDField(
        source="replaces_id", allow_null=True, help_text="The listing it stands in for."
    )

    class Meta:
        model = OrderLine
        fields = [
            "n", "listing", "name", "name_hi", "pack_quantity", "pack_unit", "unit", "by_weight",
            "state", "ordered", "quantity", "packed", "returned", "replaces", "price", "per", "mrp",
            "amount", "hsn", "gst_bps", "taxable", "cgst", "sgst",
        ]  # fmt: skip
        read_only_fields = fields


class EventSerializer(serializers.ModelSerializer[OrderEvent]):
    class Meta:
        model = OrderEvent
        fields = ["version", "before", "after", "actor", "reason", "at"]
        read_only_fields = fields


class PaymentSerializer(serializers.Serializer[Any]):
    """How the customer pays: `intent` opens a UPI app, or is shown as a QR code."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    amount = serializers.IntegerField()
    intent = serializers.CharField()
    expires_at = serializers.DateTimeField()


class OrderSummary(serializers.ModelSerializer[Order]):
    store = serializers.UUIDField(source="store_id")
    number = serializers.CharField()

    class Meta:
        model = Order
        fields = [
            "id", "number", "store", "state", "version", "via", "fulfilment", "payment_method",
            "contact_name", "contact_phone", "address", "pincode", "latitude", "longitude", "note",
            "if_unavailable", "slot_starts_at", "slot_ends_at", "accept_by",
            "items_total", "delivery_fee", "rounding", "total", "captured", "refunded",
            "placed_at", "delivered_at", "due_at",
        ]  # fmt: skip
        read_only_fields = fields


class OrderSerializer(OrderSummary):
    lines = LineSerializer(many=True)
    events = EventSerializer(many=True)
    payment = serializers.SerializerMethodField()
    proposals = ProposalSerializer(many=True)

    class Meta(OrderSummary.Meta):
        fields = [*OrderSummary.Meta.fields, "lines", "events", "payment", "proposals"]
        read_only_fields = fields

    @extend_schema_field(PaymentSerializer(allow_null=True))
    def get_payment(self, order: Order) -> dict[str, Any] | None:
        attempt = self.context.get("attempt")
        return None if attempt is None else dict(PaymentSerializer(attempt).data)


class Reason(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class WeighedLine(serializers.Serializer[Any]):
    listing = serializers.UUIDField()
    quantity = serializers.IntegerField(
        min_value=1, max_value=10**6, help_text="What was weighed, in base units."
    )


class Weights(serializers.Serializer[Any]):
    """Each line sold by weight that has not been ticked with its weight; packets need none."""

    weights: Any = serializers.ListSerializer(child=WeighedLine(), required=False, max_length=100)

    def validate_weights(self, value: list[dict[str, Any]]) -> dict[UUID, int]:
        weights = {line["listing"]: line["quantity"] for line in value}
        if len(weights) != len(value):
            raise serializers.ValidationError(_("One weight per listing."))
        return weights


class MissingLine(serializers.Serializer[Any]):
    listing = serializers.UUIDField()
    available = serializers.IntegerField(
        default=0, min_value=0, max_value=10**6, help_text="What there is of it, in base units."
    )
    stop_selling = serializers.BooleanField(
        default=False, help_text="Whether nothing of it is left to sell to others either."
    )


class DeliveryProof(serializers.Serializer[Any]):
    code = serializers.CharField(
        required=False,
        max_length=8,
        help_text="The customer's four digits; without them the partner answers for the delivery.",
    )


class SettlementSerializer(serializers.ModelSerializer[Settlement]):
    store = serializers.UUIDField(source="store_id")

    class Meta:
        model = Settlement
        fields = ["id", "store", "business_date", "seq", "net", "state", "utr", "created_at",
                  "paid_at"]  # fmt: skip
        read_only_fields = fields


class AmountsSerializer(serializers.Serializer[Any]):
    """Paise as the shop sees them: earned is positive, taken off is negative; `net` is their sum."""

    gross = serializers.IntegerField()
    commission = serializers.IntegerField()
    gst_on_commission = serializers.IntegerField()
    tds = serializers.IntegerField()
    tcs = serializers.IntegerField()
    delivery_fee = serializers.IntegerField()
    rounding = serializers.IntegerField()
    cash_set_off = serializers.IntegerField()
    refunds = serializers.IntegerField()
    disputes = serializers.IntegerField()
    khata = serializers.IntegerField()
    counter_qr = serializers.IntegerField()
    other = serializers.IntegerField()
    net = serializers.IntegerField()


class StatementRowSerializer(serializers.Serializer[Any]):
    business_date = serializers.DateField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    reference = serializers.UUIDField(allow_null=True, help_text="The order, mostly.")
    amounts = AmountsSerializer()


class StatementSerializer(serializers.Serializer[Any]):
    settlement = SettlementSerializer()
    rows = StatementRowSerializer(many=True)
    totals = AmountsSerializer()
