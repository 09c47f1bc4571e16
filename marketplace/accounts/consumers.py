"""The sign-in code goes out as an SMS; the outbox carries only which challenge it answers."""

from uuid import UUID

from marketplace.accounts.codes import CODE_LIFETIME, code_for
from marketplace.accounts.models import SignInChallenge
from marketplace.core.outbox import Payload, consumer
from marketplace.notifications.recipients import Recipient
from marketplace.notifications.services import send


@consumer("sign_in.code_asked", name="send_code", atomic=False)
def send_code(payload: Payload) -> None:
    challenge = SignInChallenge.objects.open().filter(pk=UUID(payload["challenge_id"])).first()
    if challenge is None:
        return
    send(
        recipient=Recipient(language=challenge.language, phone=challenge.phone),
        template="sign_in_code",
        context={"minutes": int(CODE_LIFETIME.total_seconds() // 60)},
        secrets={"code": code_for(challenge.pk)},
        dedupe_key=f"sign_in:{challenge.pk}",
        channels=("sms",),
    )
