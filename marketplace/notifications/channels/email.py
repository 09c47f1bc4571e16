import smtplib

from django.core.mail import EmailMessage

from marketplace.notifications.gateways import Parcel, Refused, Unreachable
from marketplace.notifications.recipients import Recipient


class Email:
    """E-mail through Django; the first sentence is the subject."""

    def address(self, recipient: Recipient) -> str:
        return recipient.email

    def deliver(self, parcel: Parcel) -> str:
        # Mail servers drop or thread doubles by the message's own id.
        message_id = f"<{parcel.key}@nukkad>"
        message = EmailMessage(
            subject=subject(parcel.text),
            body=parcel.text,
            to=[parcel.to],
            headers={"Message-ID": message_id},
        )
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as error:
            raise Refused(str(error)[:200]) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(type(error).__name__) from error
        return message_id


def subject(text: str) -> str:
    first = text.split("\n")[0]
    for stop in (". ", "। ", ": "):
        first = first.split(stop)[0]
    return first.rstrip(".।")[:120]
