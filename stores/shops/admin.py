from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from marketplace.accounts.services import InvalidPhone, normalise_phone, register_person
from marketplace.core.errors import InvalidInput
from marketplace.core.staff.fields import RupeesField
from marketplace.core.staff.options import ServiceAdmin
from stores.shops import services
from stores.shops.models import StaffMember, Store

# What `services.change_store` changes; the rest of the form has services of its own.
KNOWN = (
    "name",
    "name_hi",
    "legal_name",
    "phone",
    "line1",
    "locality",
    "city",
    "state",
    "pincode",
    "latitude",
    "longitude",
    "hours",
    "offers_delivery",
    "offers_pickup",
    "delivery_radius",
    "delivery_pincodes",
    "minimum_order",
    "delivery_fee",
    "free_delivery_from",
    "accept_minutes",
    "return_days",
    "tax_status",
    "gstin",
    "pan",
    "fssai",
    "payout_vpa",
    "commission_bps",
)


class StoreForm(forms.ModelForm):
    minimum_order = RupeesField(label=gettext_lazy("minimum order (₹)"))
    delivery_fee = RupeesField(label=gettext_lazy("delivery fee (₹)"))
    free_delivery_from = RupeesField(label=gettext_lazy("free delivery from (₹)"), required=False)

    class Meta:
        model = Store
        fields = [*KNOWN, "status", "accepting_orders"]

    def clean_phone(self) -> str:
        return _phone(self.cleaned_data["phone"])


class NewStoreForm(StoreForm):
    owner_phone = forms.CharField(
        label=gettext_lazy("owner's mobile number"), widget=UnfoldAdminTextInputWidget
    )
    owner_name = forms.CharField(
        label=gettext_lazy("owner's name"), required=False, widget=UnfoldAdminTextInputWidget
    )

    def clean_owner_phone(self) -> str:
        return _phone(self.cleaned_data["owner_phone"])


class StaffForm(forms.ModelForm):
    """Somebody who works in the shop, by phone; a new number becomes a new person."""

    phone = forms.CharField(label=gettext_lazy("mobile number"), widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = StaffMember
        fields = ["role"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.person_id:
            phones = [each.value for each in self.instance.person.identities.all()]
            self.fields["phone"].initial = phones[0] if phones else self.instance.person.name
            self.fields["phone"].disabled = True

    def clean_phone(self) -> str:
        if self.instance.person_id:
            return str(self.fields["phone"].initial)
        return _phone(self.cleaned_data["phone"])


class StaffInline(TabularInline):
    model = StaffMember
    form = StaffForm
    fields = ["phone", "role"]
    extra = 0
    verbose_name_plural = gettext_lazy("people who work here")

    def get_queryset(self, request: HttpRequest) -> Any:
        staff = super().get_queryset(request)
        return staff.select_related("person").prefetch_related("person__identities").order_by("pk")


@admin.register(Store)
class StoreAdmin(ServiceAdmin):
    form = StoreForm
    list_display = ["name", "status", "accepting_orders", "locality", "city", "pincode", "percent"]
    list_filter = ["status", "accepting_orders", "tax_status", "city"]
    search_fields = ["name", "name_hi", "legal_name", "slug", "pincode", "gstin", "phone"]
    search_help_text = gettext_lazy("A name, pincode, GSTIN or phone number")
    ordering = ["-created_at"]
    inlines = [StaffInline]
    fieldsets = (
        (None, {"fields": ["name", "name_hi", "status", "accepting_orders"]}),
        (
            gettext_lazy("Where it is"),
            {
                "fields": [
                    "phone",
                    "line1",
                    "locality",
                    "city",
                    "state",
                    "pincode",
                    "latitude",
                    "longitude",
                ]
            },
        ),
        (
            gettext_lazy("Hours and delivery"),
            {
                "fields": [
                    "hours",
                    "offers_delivery",
                    "offers_pickup",
                    "delivery_radius",
                    "delivery_pincodes",
                    "minimum_order",
                    "delivery_fee",
                    "free_delivery_from",
                    "accept_minutes",
                    "return_days",
                ]
            },
        ),
        (
            gettext_lazy("Papers and money"),
            {
                "fields": [
                    "legal_name",
                    "tax_status",
                    "gstin",
                    "pan",
                    "fssai",
                    "payout_vpa",
                    "commission_bps",
                ]
            },
        ),
    )
    owner_fieldset = (gettext_lazy("Owner"), {"fields": ["owner_phone", "owner_name"]})

    @admin.display(description=gettext_lazy("commission"), ordering="commission_bps")
    def percent(self, store: Store) -> str:
        return f"{store.commission_bps / 100:g} %"

    def get_fieldsets(self, request: HttpRequest, obj: Store | None = None) -> Any:
        if obj is not None:
            return self.fieldsets
        names = (None, {"fields": ["name", "name_hi"]})
        return (names, self.owner_fieldset, *self.fieldsets[1:])

    def get_form(
        self, request: HttpRequest, obj: Store | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = NewStoreForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Store | None) -> list[Any]:
        return self.inlines if obj else []

    def save_model(self, request: HttpRequest, obj: Store, form: Any, change: bool) -> None:
        entered = {name: form.cleaned_data[name] for name in KNOWN if name in form.cleaned_data}
        if not change:
            owner = register_person(
                phone=form.cleaned_data["owner_phone"], name=form.cleaned_data["owner_name"]
            )
            store = services.open_store(owner_id=owner.pk, **entered)
            obj.pk = store.pk
            obj.refresh_from_db()
            return
        changed = {name: value for name, value in entered.items() if name in form.changed_data}
        if changed:
            services.change_store(store_id=obj.pk, **changed)
        if "accepting_orders" in form.changed_data:
            services.set_accepting_orders(store_id=obj.pk, accepting=obj.accepting_orders)
        if "status" in form.changed_data:
            _set_status(obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Staff of the shop, through its services; owners who come are added before others go."""
        formset.save(commit=False)
        store_id = form.instance.pk
        for each in formset.forms:
            if not each.has_changed() or each in formset.deleted_forms:
                continue
            if not each.instance.person_id:
                each.instance.person = register_person(phone=each.cleaned_data["phone"])
            services.add_staff(
                store_id=store_id,
                person_id=each.instance.person_id,
                role=each.cleaned_data["role"],
            )
        for gone in formset.deleted_objects:
            services.remove_staff(store_id=store_id, person_id=gone.person_id)


def _set_status(store: Store) -> None:
    if store.status == Store.Status.ACTIVE:
        services.approve_store(store_id=store.pk)
    elif store.status == Store.Status.SUSPENDED:
        services.suspend_store(store_id=store.pk)
    else:
        raise InvalidInput(field="status", why=_("A shop does not go back to onboarding."))


def _phone(raw: str) -> str:
    try:
        return normalise_phone(raw)
    except InvalidPhone as error:
        raise forms.ValidationError(str(error)) from error
