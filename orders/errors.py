from django.utils.translation import gettext_lazy as _

from marketplace.core.errors import DomainError, InvalidInput


class UnknownOrder(DomainError):
    code = "unknown_order"
    message = _("There is no such order.")
    status = 404


class EmptyOrder(InvalidInput):
    code = "empty_order"
    message = _("The basket is empty.")


class UnknownStore(DomainError):
    code = "unknown_store"
    message = _("There is no such shop.")
    status = 404


class StoreClosed(DomainError):
    code = "store_closed"
    message = _("%(store)s is not taking orders now.")


class NotDelivered(DomainError):
    code = "not_delivered"
    message = _("%(store)s does not deliver to this address.")


class NoPickup(DomainError):
    code = "no_pickup"
    message = _("Orders cannot be collected from %(store)s.")


class NoSlot(DomainError):
    """The order cannot have the place in a slot that it asked for."""


class SlotUnknown(NoSlot):
    """The shop offers no such slot on that day: switched off, outside its hours, or too far ahead."""

    code = "unknown_slot"
    message = _("The shop does not offer this time. Please choose another one.")


class SlotClosed(NoSlot):
    """A holiday; `slot` is the time in words, here and below."""

    code = "slot_closed"
    message = _("%(slot)s: the shop is closed on that day. Please choose another time.")


class SlotTooLate(NoSlot):
    code = "slot_too_late"
    message = _("%(slot)s: it is too late to choose this time. Please take a later one.")


class SlotFull(NoSlot):
    code = "slot_full"
    message = _("%(slot)s: no place is left. Please choose another time.")


class BelowMinimum(DomainError):
    """`minimum` and `missing` are rupees in words, `missing_paise` a number."""

    code = "below_minimum"
    message = _("The smallest order here is %(minimum)s; add %(missing)s more.")


class BillTooHigh(DomainError):
    """More than can be paid at once; `total` and `most` are rupees in words."""

    code = "bill_too_high"
    message = _("%(total)s is more than can be paid at once: at most %(most)s.")


class TotalChanged(DomainError):
    """A price moved since the person saw the total; `total` and `expected` are paise."""

    code = "total_changed"
    message = _("Prices have changed since you looked. Please check the new total.")


class BasketChanged(DomainError):
    """What was to be bought is no longer in the basket: bought or taken out in another window."""

    code = "basket_changed"
    message = _("Your basket has changed in the meantime. Please look at it once more.")


class KeyReused(DomainError):
    """The idempotency key already named an order with another body."""

    code = "idempotency_key_reused"
    message = _("This request key was already used for a different order.")
    status = 422


class RequestInFlight(DomainError):
    """The same request was sent before and is still being worked on."""

    code = "request_in_flight"
    message = _("This is being done already. Please look again in a moment.")


class IllegalTransition(DomainError):
    """`state` is where the order stands, `wanted` where it was to go."""

    code = "illegal_transition"
    message = _("The order is already: %(state_words)s.")


class WrongDeliveryCode(DomainError):
    code = "wrong_delivery_code"
    message = _("That is not the customer's code.")
    status = 422


class TooManyTries(DomainError):
    """The four digits are not to be guessed; an owner or manager can still confirm delivery."""

    code = "too_many_tries"
    message = _("Too many wrong codes. Ask the shop's owner to confirm this delivery.")
    status = 429


class UnknownLine(DomainError):
    """Not a line of this order, or one that has been left out of it."""

    code = "unknown_line"
    message = _("The order has no such item.")
    status = 404


class NotWeighed(DomainError):
    """Goods by weight are billed for what they weigh; `lines` names those that nobody weighed."""

    code = "not_weighed"
    message = _("Still to be weighed: %(names)s.")


class UnlikelyWeight(DomainError):
    """A weight so far beyond what was ordered that it is taken for a slip of the finger."""

    code = "unlikely_weight"
    message = _(
        "%(weighed)s is far more than the %(ordered)s ordered. Please read the scale again."
    )


class CostsMore(DomainError):
    """The bill would pass what the customer pays without being asked: by `over` rupees in words,
    `over_paise` as a number; `total` is the bill in paise."""

    code = "costs_more"
    message = _("That is %(over)s too much to bill without asking. Ask the customer or pack less.")


class TooLateToChange(DomainError):
    """Goods and bill change only between confirmation and packing; `state` is where it stands."""

    code = "too_late_to_change"
    message = _("The order can no longer be changed. It is: %(state_words)s.")


class WeighedAlready(DomainError):
    """Another hand has put it on the scale meanwhile; `weighed` is in words."""

    code = "weighed_already"
    message = _("It has been weighed already: %(weighed)s. Take the tick back to weigh it again.")


class OrderChanged(DomainError):
    """Somebody else changed the order since the person looked at it."""

    code = "order_changed"
    message = _("The order has changed since you looked. Please look again.")


class NothingChanges(DomainError):
    code = "nothing_changes"
    message = _("The order is like that already.")


class NothingLeft(DomainError):
    code = "nothing_left"
    message = _("Nothing would be left of the order. Call the whole order off instead.")


class BeingAsked(DomainError):
    """A proposal is open: what the customer says yes to must still be so when they say it."""

    code = "being_asked"
    message = _("The customer is being asked about this. Wait for the answer, or take it back.")


class NotReturnable(DomainError):
    """Only what was delivered can come back; `state` is where the order stands."""

    code = "not_returnable"
    message = _("Only delivered goods can be returned. The order is: %(state_words)s.")


class ReturnWindowOver(DomainError):
    """`last_day` (ISO date) was the last on which this shop took the order's goods back."""

    code = "return_window_over"
    message = _("These goods could be returned until %(last_day_words)s.")


class EmptyReturn(InvalidInput):
    code = "empty_return"
    message = _("Choose what you want to return, and how much.")


class TooMuchReturned(InvalidInput):
    """More than is left of a line; `left` is in words, `line` its id."""

    code = "too_much_returned"
    message = _("Of %(name)s, at most %(left)s can be returned.")


class NothingTaken(InvalidInput):
    """A return of which the shop would take nothing; that is to decline it."""

    code = "nothing_taken"
    message = _("To take nothing back, decline the return.")


class ReturnAlreadyOpen(DomainError):
    code = "return_already_open"
    message = _("A return of this order is already waiting for the shop.")


class UnknownReturn(DomainError):
    code = "unknown_return"
    message = _("There is no such return.")
    status = 404


class ReturnDecided(DomainError):
    """The shop has decided, or the customer has withdrawn it; `state` says which."""

    code = "return_decided"
    message = _("This return is already: %(state_words)s.")


class NotRestockable(InvalidInput):
    """Damaged or expired goods are thrown away, never sold again."""

    code = "not_restockable"
    message = _("Goods returned as damaged or expired cannot go back on the shelf.")


class UnknownProposal(DomainError):
    code = "unknown_proposal"
    message = _("There is no such offer.")
    status = 404


class ProposalClosed(DomainError):
    """`state` is how it ended: applied, declined, lapsed, withdrawn; or agreed, and to be paid."""

    code = "proposal_closed"
    message = _("This has been settled already: %(state_words)s.")


class NothingToAsk(DomainError):
    code = "nothing_to_ask"
    message = _("This needs no word from the customer.")


class PaymentPending(DomainError):
    """Two extra payments at once could not be told apart; `extra` is the one waited for, in paise."""

    code = "payment_pending"
    message = _("Another change of this order is waiting for its payment.")


class NotPaidFor(DomainError):
    """A prepaid bill would be higher than what the customer has paid, by `extra` paise."""

    code = "not_paid_for"
    message = _("The customer has not paid for that yet.")


class HeldForOrders(DomainError):
    """What is to be sold over the counter is set aside; `lines` names the orders by listing."""

    code = "held_for_orders"
    message = _("Set aside for orders: %(names)s.")
