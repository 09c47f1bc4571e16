"""Small rows of other tables, brought along by the statement that reads what they hang on.

A page that shows a thing with a little of everything about it would ask once for each kind; the way
to the database and back costs more than the rows.
"""

from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, QuerySet
from django.db.models.functions import JSONObject

M = TypeVar("M", bound=Model)


def along(rows: QuerySet[M], *fields: str) -> ArraySubquery:
    """These fields of the rows, in their order, as an annotation; `rows` name the outer row by OuterRef."""
    return ArraySubquery(rows.values(along=JSONObject(**{name: name for name in fields})))


def unpacked(model: type[M], rows: list[dict[str, Any]]) -> list[M]:
    """The rows again, as they were: what was not brought along is not there, and they are not saved."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    return [
        model(**{name: fields[name].to_python(raw) for name, raw in row.items()}) for row in rows
    ]
