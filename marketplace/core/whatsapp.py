"""Addresses that open WhatsApp with a message, to be looked at and sent by whoever opened it."""

from urllib.parse import quote


def chat_with(text: str, *, phone: str = "") -> str:
    """A chat with this E.164 number; without one, whoever the sender chooses."""
    return f"https://wa.me/{phone.lstrip('+')}?text={quote(text)}"
