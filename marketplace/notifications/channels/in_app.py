from marketplace.notifications.gateways import Parcel
from marketplace.notifications.recipients import Recipient


class InApp:
    """The person finds it when signed in; the Message row itself is the delivery."""

    def address(self, recipient: Recipient) -> str:
        return str(recipient.person_id or "")

    def deliver(self, parcel: Parcel) -> str:
        return ""
