"""Putting something new on the shelf: from the catalogue, or a product only this shop sells."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.core.errors import DomainError
from marketplace.core.requests import Visit
from marketplace.core.templatetags.nukkad import localised
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.items import ListingForm, OriginForm, ProductForm
from marketplace.dashboard.forms.shop import show_refusal
from marketplace.dashboard.views.stock import find_listing
from stores.catalogue.models import Product
from stores.catalogue.search.finding import find_products
from stores.catalogue.services import add_product, change_product, name_brand
from stores.inventory.models import Listing
from stores.inventory.services import add_listing

MOST_FOUND = 30
# Of all shops' products, among which are those that this one may sell.
MOST_LOOKED_AT = 300


@require_safe
@at_desk(Role.MANAGER)
def choose_product(request: Visit, desk: Desk) -> HttpResponse:
    """Search the catalogue by name, in any spelling, or by barcode; what fits best first."""
    text = request.GET.get("q", "").strip()[:100]
    mine = Listing.objects.of_store(desk.store.pk).filter(product_id=OuterRef("pk"))
    visible = Product.objects.visible_to(desk.store.pk).select_related("brand")
    best = find_products(text, most=MOST_LOOKED_AT)
    known = visible.annotate(listed=Exists(mine)).in_bulk(best)
    products = [known[product_id] for product_id in best if product_id in known][:MOST_FOUND]
    context = {"text": text, "products": products, "is_barcode": text.isdigit() and len(text) >= 8}
    screen = "stock/found" if request.htmx else "stock/choose"
    return show(request, desk, screen, context, tab="stock")


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.MANAGER)
def add_item(request: Visit, desk: Desk, product_id: UUID) -> HttpResponse:
    """Price and stock for a product of the catalogue."""
    product = (
        Product.objects.visible_to(desk.store.pk)
        .select_related("brand", "category")
        .filter(pk=product_id)
        .first()
    )
    if product is None:
        raise Http404
    form = ListingForm(
        request.POST if request.method == "POST" else None,
        unit=product.base_unit,
        packed=product.packed,
    )
    if form.is_valid():
        try:
            listing = add_listing(
                store_id=desk.store.pk, product=product, actor=desk.actor, **form.values()
            )
        except DomainError as error:
            show_refusal(form, error)
        else:
            return _added(request, desk, listing)
    context = {
        "product": product,
        "form": form,
        "listed": Listing.objects.of_store(desk.store.pk).filter(product=product).order_by("id"),
    }
    status = 422 if form.is_bound else 200
    return show(request, desk, "stock/add", context, tab="stock", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.MANAGER)
def new_product(request: Visit, desk: Desk) -> HttpResponse:
    """A product the catalogue does not know, with its price and stock, in one go."""
    typed = request.POST if request.method == "POST" else None
    searched = request.GET.get("q", "").strip()[:100]
    is_barcode = searched.isdigit() and len(searched) >= 8
    product_form = ProductForm(typed, initial={"ean" if is_barcode else "name": searched})
    packed = product_form["kind"].value() == "packed"
    form = ListingForm(typed, unit=product_form.unit, packed=packed, settled=False)
    # Both are looked at, so that everything wrong is named at once.
    if all([product_form.is_valid(), form.is_valid()]):
        try:
            with transaction.atomic():
                brand = product_form.cleaned_data["brand"].strip()
                product = add_product(
                    store_id=desk.store.pk,
                    brand=name_brand(name=brand) if brand else None,
                    **product_form.values(),
                )
                listing = add_listing(
                    store_id=desk.store.pk, product=product, actor=desk.actor, **form.values()
                )
        except DomainError as error:
            show_refusal(product_form, error)
        else:
            return _added(request, desk, listing)
    context = {"product_form": product_form, "form": form}
    status = 422 if typed is not None else 200
    return show(request, desk, "stock/new", context, tab="stock", status=status)


@require_POST
@at_desk(Role.MANAGER)
def change_origin(request: Visit, desk: Desk, listing_id: UUID) -> HttpResponse:
    """Say where a product comes from that only this shop sells; a shared one is Nukkad's to change."""
    listing = find_listing(desk, listing_id)
    form = OriginForm(request.POST)
    if form.is_valid():
        try:
            change_product(
                product_id=listing.product_id,
                store_id=desk.store.pk,
                country_of_origin=form.cleaned_data["country_of_origin"],
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Saved."))
    else:
        messages.error(request, _("There is no such country."))
    return redirect(desk.to("listing", listing_id=listing.pk))


def _added(request: Visit, desk: Desk, listing: Listing) -> HttpResponse:
    name = localised(listing.product)
    messages.success(request, _("%(name)s is on the shelf.") % {"name": name})
    return redirect(desk.to("listing", listing_id=listing.pk))
