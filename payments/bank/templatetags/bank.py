from django import template

register = template.Library()


@register.filter
def rupees(paise: int) -> str:
    """Paise as ₹12,34,567.50, whole rupees without decimals."""
    sign = "-" if paise < 0 else ""
    whole, part = divmod(abs(paise), 100)
    digits = str(whole)
    head, tail = digits[:-3], digits[-3:]
    groups: list[str] = []
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    text = ",".join([*groups, tail])
    return f"{sign}₹{text}" + (f".{part:02d}" if part else "")


@register.filter
def initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()
