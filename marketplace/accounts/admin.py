from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from marketplace.accounts import services
from marketplace.accounts.errors import InvalidPhone
from marketplace.accounts.models import Address, Identity, Person
from marketplace.core.errors import InvalidInput
from marketplace.core.staff.options import ReadOnlyInline, ServiceAdmin

# One right stands for all: platform staff (see backends.py).
admin.site.unregister(Group)


class NewPersonForm(forms.ModelForm):
    phone = forms.CharField(label=_("mobile number"), widget=UnfoldAdminTextInputWidget)
    language = forms.ChoiceField(
        label=_("language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = Person
        fields = ["name", "language"]

    def clean_phone(self) -> str:
        try:
            return services.normalise_phone(self.cleaned_data["phone"])
        except InvalidPhone as error:
            raise forms.ValidationError(str(error)) from error


class IdentityInline(ReadOnlyInline):
    model = Identity
    fields = readonly_fields = ["kind", "value", "verified_at"]


class AddressInline(ReadOnlyInline):
    model = Address
    fields = readonly_fields = ["label", "recipient", "line1", "line2", "pincode", "removed_at"]


@admin.register(Person)
class PersonAdmin(ServiceAdmin):
    list_display = ["__str__", "phone", "language", "is_staff", "is_active", "joined_at"]
    list_filter = ["is_staff", "is_active", "language"]
    search_fields = ["name", "identities__value"]
    search_help_text = _("A name or a phone number")
    ordering = ["-joined_at"]
    fields = ["name", "language", "is_active", "is_staff", "joined_at", "last_login"]
    readonly_fields = ["joined_at", "last_login"]
    add_fieldsets = ((None, {"fields": ["phone", "name", "language"]}),)
    inlines = [IdentityInline, AddressInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        verified = Identity.objects.filter(
            kind=Identity.Kind.PHONE, verified_at__isnull=False
        ).order_by("pk")
        people: QuerySet[Person] = super().get_queryset(request)
        return people.prefetch_related(Prefetch("identities", verified, to_attr="phones"))

    @admin.display(description=_("phone"))
    def phone(self, person: Any) -> str:
        return ", ".join(identity.value for identity in person.phones)

    def get_form(
        self, request: HttpRequest, obj: Person | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = NewPersonForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Person | None) -> list[Any]:
        return self.inlines if obj else []

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:
        if not change:
            person = services.register_person(**form.cleaned_data)
            obj.pk = person.pk
            obj.refresh_from_db()
            return
        if obj == request.user and {"is_staff", "is_active"} & set(form.changed_data):
            raise InvalidInput(field="is_staff", why=_("somebody else has to take this from you"))
        for field, save in (
            ("name", services.set_name),
            ("language", services.set_language),
            ("is_active", services.set_active),
            ("is_staff", services.set_staff),
        ):
            if field in form.changed_data:
                save(person_id=obj.pk, **{field: form.cleaned_data[field]})
