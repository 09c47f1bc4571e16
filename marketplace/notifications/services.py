"""A dumb sender: it renders a text and gets it out once. Who is told what is decided elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.template import Context, TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import translation

from marketplace.core.clock import now
from marketplace.notifications.channels import CHANNELS
from marketplace.notifications.gateways import Parcel, Refused, Unreachable
from marketplace.notifications.models import Message
from marketplace.notifications.recipients import Recipient

HOLD = timedelta(seconds=60)
MASK = "••••••"


class NotSent(Exception):
    """Some channel could not send just now; calling `send` again tries only what is missing."""


def send(
    *,
    recipient: Recipient,
    template: str,
    context: Mapping[str, Any],
    dedupe_key: str,
    channels: Sequence[str] = (Message.Channel.IN_APP, Message.Channel.SMS),
    secrets: Mapping[str, str] | None = None,
) -> list[Message]:
    """Tell `recipient` over every channel that reaches them, each once per `dedupe_key`.

    `template` names `templates/notices/<template>.<language>.txt`; `secrets` are further values
    for the text that is sent, masked in the row that is kept (unless messages are simulated).
    Talks to the outside world, so it must not be called inside a transaction that holds locks.
    Raises NotSent after having tried every channel; a channel that refuses for good is recorded
    in its row and not tried again.
    """
    secrets = secrets or {}
    language = written_in(template, recipient.language)
    text = render(template, language, {**context, **secrets})
    kept = text
    if secrets and not settings.LOCAL_MESSAGES:
        kept = render(template, language, {**context, **dict.fromkeys(secrets, MASK)})
    messages, failures = [], []
    for name in channels:
        to = CHANNELS[name].address(recipient)
        if not to:
            continue
        message = _record(recipient, to, name, template, language, kept, dedupe_key)
        messages.append(message)
        try:
            _deliver(message, text)
        except Unreachable as error:
            failures.append(f"{name}: {error}")
    if failures:
        raise NotSent("; ".join(failures))
    return messages


def written_in(template: str, language: str) -> str:
    """`language` where this notice is written and registered in it, else English."""
    try:
        get_template(f"notices/{template}.{language}.txt")
    except TemplateDoesNotExist:
        return "en"
    return language


def render(template: str, language: str, context: Mapping[str, Any]) -> str:
    """The text in that language: its own file for each, as the operators' registers want it."""
    source: Any = get_template(f"notices/{template}.{language}.txt")
    with translation.override(language):
        return str(source.template.render(Context(dict(context), autoescape=False))).strip()


def _record(
    recipient: Recipient,
    to: str,
    channel: str,
    template: str,
    language: str,
    body: str,
    dedupe_key: str,
) -> Message:
    message, _ = Message.objects.get_or_create(
        dedupe_key=dedupe_key,
        channel=channel,
        defaults={
            "recipient_id": recipient.person_id,
            "to": to,
            "template": template,
            "language": language,
            "body": body,
        },
    )
    return message


def _deliver(message: Message, text: str) -> None:
    """Send one message unless that is done; Unreachable also while another worker is at it."""
    if message.sent_at or message.refused_at:
        return
    moment = now()
    open_to_us = Q(held_until=None) | Q(held_until__lt=moment)
    taken = Message.objects.filter(open_to_us, pk=message.pk, sent_at=None, refused_at=None).update(
        held_until=moment + HOLD
    )
    if not taken:
        raise Unreachable("another worker is sending it")
    parcel = Parcel(
        channel=message.channel,
        to=message.to,
        template=message.template,
        language=message.language,
        text=text,
        key=str(message.pk),
    )
    try:
        message.outcome = CHANNELS[message.channel].deliver(parcel)
        message.sent_at = now()
    except Refused as error:
        message.outcome = str(error)[:200]
        message.refused_at = now()
    except Unreachable as error:
        message.held_until = None
        message.outcome = str(error)[:200]
        message.save(update_fields=["held_until", "outcome"])
        raise
    message.held_until = None
    message.save(update_fields=["held_until", "outcome", "sent_at", "refused_at"])
