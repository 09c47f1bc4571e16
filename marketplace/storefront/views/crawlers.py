"""What search engines ask for: where they may look, and which pages there are.

One sitemap for each active shop, which one query over that shop's own index answers; above them
indexes (sitemaps.org: at most 50,000 addresses in a file).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from marketplace.core.clock import business_date
from marketplace.storefront.addresses import absolute, aisle_path, product_path, shop_path
from marketplace.storefront.aisles import stocked_aisles
from marketplace.storefront.views.shops import find_store
from stores.inventory.models import Listing
from stores.shops.models import Store

MOST = 50_000
# in an index, beside the sitemap of our own pages
SHOPS = MOST - 1
XML = "application/xml; charset=utf-8"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
# Other doors, and what is somebody's own: there is nothing in them for a stranger to find.
PRIVATE = (
    "/api/",
    "/dashboard/",
    "/staff/",
    "/messages/",
    "/basket/",
    "/orders/",
    "/khata/",
    "/complaints/",
    "/me/",
    "/sign-in/",
    "/search/suggestions/",
    "/shops/*/basket/",
    "/shops/*/checkout/",
    "/shops/*/search/suggestions/",
)
PAGES = ("/", "/help/", "/privacy/", "/grievance/")

for_an_hour = cache_control(public=True, max_age=3600)


@require_safe
@for_an_hour
def robots(request: HttpRequest) -> HttpResponse:
    indexes = -(-Store.objects.active().count() // SHOPS) or 1
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in PRIVATE),
        "",
        *(f"Sitemap: {absolute(_index_path(part))}" for part in range(1, indexes + 1)),
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _index_path(part: int) -> str:
    return "/sitemap.xml" if part == 1 else f"/sitemap-{part}.xml"


@require_safe
@for_an_hour
def sitemap_index(request: HttpRequest, part: int = 1) -> HttpResponse:
    """The sitemaps of so many shops; in the first also that of our own pages."""
    if not 0 < part <= MOST:
        raise Http404
    first = (part - 1) * SHOPS
    stores = Store.objects.active().order_by("pk")[first : first + SHOPS]
    slugs = list(stores.values_list("slug", flat=True))
    if not slugs and part > 1:
        raise Http404
    files = ["/sitemap-pages.xml"] if part == 1 else []
    files += [f"/shops/{slug}/sitemap.xml" for slug in slugs]
    body = "".join(f"<sitemap><loc>{escape(absolute(path))}</loc></sitemap>" for path in files)
    return _xml(f'<sitemapindex xmlns="{NAMESPACE}">{body}</sitemapindex>')


@require_safe
@for_an_hour
def pages_sitemap(request: HttpRequest) -> HttpResponse:
    return _urls((path, None) for path in PAGES)


@require_safe
@for_an_hour
def shop_sitemap(request: HttpRequest, slug: str) -> HttpResponse:
    """A shop's window, its aisles and what it shows, in its own order."""
    return _urls(_pages_of(find_store(slug)))


def _pages_of(store: Store) -> Iterator[tuple[str, datetime | None]]:
    yield shop_path(store.slug), None
    aisles = stocked_aisles(store.pk)
    for tile in aisles:
        yield aisle_path(store.slug, tile.slug), None
    rows = (
        Listing.objects.of_store(store.pk)
        .shown()
        .order_by("-rank", "id")
        .values_list("id", "product__name", "updated_at")[: MOST - 1 - len(aisles)]
    )
    for listing_id, name, updated_at in rows:
        yield product_path(store.slug, listing_id, name), updated_at


def _urls(pages: Iterable[tuple[str, datetime | None]]) -> HttpResponse:
    body = "".join(
        f"<url><loc>{escape(absolute(path))}</loc>"
        + (f"<lastmod>{business_date(changed)}</lastmod>" if changed else "")
        + "</url>"
        for path, changed in pages
    )
    return _xml(f'<urlset xmlns="{NAMESPACE}">{body}</urlset>')


def _xml(body: str) -> HttpResponse:
    return HttpResponse(f'<?xml version="1.0" encoding="UTF-8"?>{body}', content_type=XML)
