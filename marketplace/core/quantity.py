"""Quantity is an integer in the product's base unit."""

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Unit(models.TextChoices):
    """Base units: what an integer quantity counts."""

    PIECE = "pc", gettext_lazy("piece")
    GRAM = "g", gettext_lazy("gram")
    MILLILITRE = "ml", gettext_lazy("millilitre")


def _plain(thousandths: int) -> str:
    """1500 is `1.5`, 2000 is `2`."""
    return f"{thousandths / 1000:.3f}".rstrip("0").rstrip(".")


def show_quantity(quantity: int, unit: str) -> str:
    """The quantity as people say it: `750 g`, `1.5 kg`, `3 pc`."""
    if unit == Unit.GRAM:
        if abs(quantity) < 1000:
            return _("%(n)s g") % {"n": quantity}
        return _("%(n)s kg") % {"n": _plain(quantity)}
    if unit == Unit.MILLILITRE:
        if abs(quantity) < 1000:
            return _("%(n)s ml") % {"n": quantity}
        return _("%(n)s l") % {"n": _plain(quantity)}
    return _("%(n)s pc") % {"n": quantity}
