"""Answers read straight off the rows, in the shape that a serializer describes.

A serializer is built anew for each answer, and for each kind of row in it, which costs more than
reading and writing an order. It stays the one description of the shape; a test compares the two.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from django.utils.timezone import get_default_timezone
from rest_framework import serializers

# What JSON can hold as it stands on the row.
PLAIN = (
    serializers.BooleanField,
    serializers.CharField,
    serializers.ChoiceField,
    serializers.FloatField,
    serializers.IntegerField,
    serializers.UUIDField,
)


def reader_of(
    serializer: type[serializers.Serializer[Any]], *, without: tuple[str, ...] = ()
) -> Callable[[object], dict[str, Any]]:
    """A function that shows a row as this serializer does, `without` those fields that are no
    attribute of it."""
    fields = {name: field for name, field in serializer().fields.items() if name not in without}
    for field in fields.values():
        if isinstance(field, serializers.DateTimeField):
            # looked up for every time shown otherwise
            field.timezone = get_default_timezone()
    values = attrgetter(*(str(field.source) for field in fields.values()))
    converted = {
        name: field.to_representation
        for name, field in fields.items()
        if not isinstance(field, PLAIN)
    }

    def read(row: object) -> dict[str, Any]:
        shown = dict(zip(fields, values(row), strict=True))
        for name, convert in converted.items():
            if shown[name] is not None:
                shown[name] = convert(shown[name])
        return shown

    return read
