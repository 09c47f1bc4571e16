"""The ways a message can reach somebody. A channel knows its address and how to deliver, no more."""

from typing import Protocol

from marketplace.notifications.channels.email import Email
from marketplace.notifications.channels.in_app import InApp
from marketplace.notifications.channels.phone import Phone
from marketplace.notifications.gateways import Parcel
from marketplace.notifications.models import Message
from marketplace.notifications.recipients import Recipient


class Channel(Protocol):
    def address(self, recipient: Recipient) -> str:
        """Where this recipient is reached, or nothing."""

    def deliver(self, parcel: Parcel) -> str:
        """Send; returns a reference. Raises gateways.Refused or gateways.Unreachable."""


CHANNELS: dict[str, Channel] = {
    Message.Channel.IN_APP: InApp(),
    Message.Channel.EMAIL: Email(),
    Message.Channel.SMS: Phone(),
    Message.Channel.WHATSAPP: Phone(),
}
