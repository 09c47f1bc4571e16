"""How a model is shown to staff: saved through services, or only to be read."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from marketplace.core.errors import DomainError
from marketplace.core.money import rupees


class ServiceAdmin(ModelAdmin):
    """An admin whose `save_model` calls services; what they refuse becomes an error of the form."""

    show_full_result_count = False
    warn_unsaved_form = True

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as error:
            # The transaction is undone; the same form again, with everything that was typed.
            request.refusal = error  # type: ignore[attr-defined]
            return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> "type[ModelForm[Any]]":
        form: type[ModelForm[Any]] = super().get_form(request, *args, **kwargs)
        if not hasattr(request, "refusal"):
            return form
        refusal: DomainError = request.refusal

        class Refused(form):  # type: ignore[misc, valid-type]
            def clean(self) -> Any:
                cleaned = super().clean()
                field = refusal.params.get("field")
                self.add_error(field if field in self.fields else None, str(refusal))
                return cleaned

        return Refused


class ReadOnlyAdmin(ModelAdmin):
    """Rows that staff may look at and nobody changes by hand."""

    show_full_result_count = False
    list_per_page = 50
    # UUID fields that the search box understands; an id is compared as an id, by its index
    id_fields: Sequence[str] = ("pk",)
    # fields in paise, and the column that shows each in rupees
    amounts: Mapping[str, Any] = {}

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [self.amounts.get(name, name) for name in super().get_fields(request, obj)]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *self.amounts.values()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        try:
            wanted = UUID(search_term.strip())
        except ValueError:
            found, doubles = super().get_search_results(request, queryset, search_term)
            return found, doubles
        either = Q()
        for field in self.id_fields:
            either |= Q(**{field: wanted})
        return queryset.filter(either), False


class ReadOnlyInline(TabularInline):
    """Rows of a larger thing, to be read."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def money(field: str, label: Any) -> Any:
    """A column that shows the paise of `field` as rupees."""

    @admin.display(description=label, ordering=field)
    def column(row: Any) -> str:
        amount = getattr(row, field)
        return "" if amount is None else rupees(amount)

    return column
