"""Who carries an SMS or a WhatsApp message out of the house."""

from dataclasses import dataclass
from typing import Protocol

import httpx
from django.conf import settings


class Refused(Exception):
    """The gateway will never deliver this message, however often it is asked."""


class Unreachable(Exception):
    """The gateway did not take the message now; asking again later may work."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message as a gateway needs it; `key` is the same whenever it is handed over again."""

    channel: str
    to: str
    template: str
    language: str
    text: str
    key: str


class Gateway(Protocol):
    def hand_over(self, parcel: Parcel) -> str:
        """Give the message to the outside world once per key; returns the gateway's reference.

        Raises Refused or Unreachable.
        """


class RecordingGateway:
    """The outside world of a developer's machine: the Message row is all there is."""

    def hand_over(self, parcel: Parcel) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """A messaging provider over HTTP: POST of JSON, `Idempotency-Key` against doubles.

    India's operators only carry texts registered with them (TRAI, TCCCPR 2018), so the template's
    name and language go along for the provider to look its registration up.
    """

    url: str
    key: str
    sender: str
    timeout: float = 10

    def hand_over(self, parcel: Parcel) -> str:
        try:
            answer = httpx.post(
                self.url,
                json={
                    "channel": parcel.channel,
                    "from": self.sender,
                    "to": parcel.to,
                    "template": parcel.template,
                    "language": parcel.language,
                    "text": parcel.text,
                },
                headers={"Authorization": f"Bearer {self.key}", "Idempotency-Key": parcel.key},
                timeout=self.timeout,
            )
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from error
        if answer.is_success:
            return _reference(answer)
        if answer.status_code in _NEVER:
            raise Refused(f"{answer.status_code} {answer.text[:150]}")
        raise Unreachable(str(answer.status_code))


# What is wrong with the message itself; a wrong key or a full queue may be mended meanwhile.
_NEVER = frozenset({400, 404, 410, 413, 422})


def _reference(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return ""
    return str(body.get("id", ""))[:200] if isinstance(body, dict) else ""


def gateway() -> Gateway:
    """The gateway this deployment is set up with."""
    if settings.MESSAGE_GATEWAY_URL is None:
        return RecordingGateway()
    return HttpGateway(
        url=settings.MESSAGE_GATEWAY_URL,
        key=settings.MESSAGE_GATEWAY_KEY,
        sender=settings.MESSAGE_SENDER,
    )
