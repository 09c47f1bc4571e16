"""The shapes of what a customer is asked about an order, and of an order's edit."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework import serializers

from orders.models import Proposal, ProposalLine


class ProposalLineSerializer(serializers.ModelSerializer[ProposalLine]):
    listing = serializers.UUIDField(source="listing_id")
    replaces = serializers.UUIDField(
        source="replaces_id", allow_null=True, help_text="The listing it stands in for."
    )
    quantity = serializers.IntegerField(
        help_text="What the order would then hold of it, in base units; 0 takes it out."
    )

    class Meta:
        model = ProposalLine
        fields = ["listing", "replaces", "quantity", "price", "per", "amount"]
        read_only_fields = fields


class ProposalSerializer(serializers.ModelSerializer[Proposal]):
    """A change that waits for the customer's yes (open), or for their payment of `extra` (agreed)."""

    lines = ProposalLineSerializer(many=True)

    class Meta:
        model = Proposal
        fields = [
            "id", "kind", "state", "extra", "made_by", "answered_by", "created_at", "due_at",
            "closed_at", "lines",
        ]  # fmt: skip
        read_only_fields = fields


class Substitute(serializers.Serializer[Any]):
    instead_of = serializers.UUIDField(help_text="A listing of the order.")
    listing = serializers.UUIDField(help_text="The listing that is offered.")
    quantity = serializers.IntegerField(min_value=1, max_value=10**6)


class NewQuantity(serializers.Serializer[Any]):
    listing = serializers.UUIDField()
    quantity = serializers.IntegerField(
        min_value=0, max_value=10**6, help_text="In base units; 0 takes it out."
    )


class WeightsToAsk(serializers.Serializer[Any]):
    weights: Any = serializers.ListSerializer(
        child=NewQuantity(), allow_empty=False, max_length=100
    )

    def validate_weights(self, value: list[dict[str, Any]]) -> dict[UUID, int]:
        return by_listing(value)


class OrderEdit(serializers.Serializer[Any]):
    lines: Any = serializers.ListSerializer(child=NewQuantity(), allow_empty=False, max_length=100)
    expected_version = serializers.IntegerField(
        required=False, min_value=1, help_text="The version of the order that you saw."
    )
    expected_total = serializers.IntegerField(
        required=False, min_value=0, help_text="The new total the customer saw, in paise."
    )

    def validate_lines(self, value: list[dict[str, Any]]) -> dict[UUID, int]:
        return by_listing(value)


def by_listing(lines: list[dict[str, Any]]) -> dict[UUID, int]:
    """Base units by listing. Raises ValidationError where one is named twice."""
    quantities = {line["listing"]: line["quantity"] for line in lines}
    if len(quantities) != len(lines):
        raise serializers.ValidationError(_("One quantity per listing."))
    return quantities
