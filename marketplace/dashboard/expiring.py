"""What has expired on the shelf, and what soon will."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from stores.inventory.models import Batch

SOON, LATER = 7, 30
HORIZONS = (SOON, LATER)


@dataclass(frozen=True, slots=True)
class Dated:
    """A batch, and in paise what is left of it would sell for today."""

    batch: Batch
    value: int
    days: int
    too_old_to_deliver: bool


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    rows: list[Dated]
    expired: bool

    @property
    def value(self) -> int:
        return sum(row.value for row in self.rows)


def in_sections(batches: Iterable[Batch], today: date) -> list[Section]:
    """What has expired first, then what does within a week, then the rest; none that is empty."""
    sections = [
        Section(_("Expired: not for sale any more"), [], expired=True),
        Section(_("Within %(days)s days") % {"days": SOON}, [], expired=False),
        Section(_("Within %(days)s days") % {"days": LATER}, [], expired=False),
    ]
    for batch in batches:
        assert batch.expires_on is not None
        row = Dated(
            batch,
            value=batch.listing.amount_for(batch.on_hand),
            days=(batch.expires_on - today).days,
            too_old_to_deliver=batch.too_old_to_deliver(today),
        )
        if batch.past(today):
            sections[0].rows.append(row)
        elif batch.expires_on <= today + timedelta(days=SOON):
            sections[1].rows.append(row)
        else:
            sections[2].rows.append(row)
    return [section for section in sections if section.rows]
