"""What a customer is asked about their order, ready to be read: goods, price, difference, time left."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

from django.db.models import Prefetch

from orders.models import Order, OrderLine, Proposal, ProposalLine
from orders.services.billing import paid
from orders.services.changes import Lines, held_now, listings_to_sell, preview
from orders.services.consent import changes_of
from stores.inventory.pricing import compare_price, unit_price_words


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """One listing of the question: base units before and after, and paise as it would be billed;
    `instead` is the line of the order whose place it takes."""

    line: ProposalLine
    before: int
    after: int
    instead: OrderLine | None = None

    @property
    def taken_out(self) -> bool:
        return not self.after

    @property
    def unit_price_words(self) -> str:
        """The price to compare by, as it is offered."""
        product = self.line.listing.product
        return unit_price_words(
            *compare_price(
                price=self.line.price,
                content=product.pack_quantity or self.line.per,
                unit=product.pack_unit or product.base_unit,
            )
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """A live proposal. Paise: the bill as it would be, how that differs, what UPI would add now."""

    proposal: Proposal
    lines: list[OfferedLine]
    # whether nothing is left of the order without a yes
    all_or_nothing: bool
    total: int
    extra: int

    @property
    def difference(self) -> int:
        return self.total - self.proposal.order.total

    @property
    def cheaper_by(self) -> int:
        return max(-self.difference, 0)

    @property
    def dearer_by(self) -> int:
        return max(self.difference, 0)

    @property
    def agreed(self) -> bool:
        """Said yes to already: only the payment is missing."""
        return self.proposal.state == Proposal.State.AGREED

    @property
    def offered(self) -> list[OfferedLine]:
        """What there would be; of goods on the scale only those that weigh something else."""
        return [
            each
            for each in self.lines
            if not each.taken_out and not (each.line.weighed and each.before == each.after)
        ]

    @property
    def taken_out(self) -> list[OfferedLine]:
        return [each for each in self.lines if each.taken_out]


def live_offers(order: Order, order_lines: Sequence[OrderLine]) -> list[Offer]:
    """What waits for the customer of this order, all of whose lines are given, oldest first."""
    asked = ProposalLine.objects.select_related("replaces__product")
    found = list(
        order.proposals.live().prefetch_related(
            Prefetch("lines", asked),
            Prefetch("lines__listing", listings_to_sell(order.store_id).select_related("category")),
        )
    )
    lines = {line.listing_id: line for line in order_lines}
    offers = []
    for proposal in found:
        proposal.order = order
        would_be, _lines = preview(
            order,
            changes_of(proposal),
            fee=proposal.delivery_fee,
            lines={key: copy(line) for key, line in lines.items()},
            listings={line.listing_id: line.listing for line in proposal.lines.all()},
        )
        offers.append(
            Offer(
                proposal,
                [
                    OfferedLine(
                        line,
                        held_now(lines, line.listing_id),
                        line.quantity,
                        lines.get(line.replaces_id) if line.replaces_id else None,
                    )
                    for line in proposal.lines.all()
                ],
                all_or_nothing=_is_all(proposal, lines),
                total=would_be.total,
                extra=proposal.extra
                or (max(would_be.total - paid(order), 0) if order.prepaid else 0),
            )
        )
    return offers


def _is_all(proposal: Proposal, lines: Lines) -> bool:
    """Whether a no, or no answer, leaves nothing of the order to bring: then it is called off."""
    replaced = {line.replaces_id for line in proposal.lines.all()} - {None}
    return bool(replaced) and all(line.out or key in replaced for key, line in lines.items())
