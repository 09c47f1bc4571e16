from collections.abc import Callable, Sequence
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.apps import apps
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

# Unfold runs on Alpine, which evaluates its attributes; nothing outside /staff/ may.
POLICY = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}

# Of each group its models; a page of its own, by its name, says what it is called.
GROUPS: Sequence[tuple[Any, Sequence[tuple[str, str] | tuple[str, str, Any]]]] = (
    (_("Shops"), [("shops.store", "storefront"), ("inventory.listing", "shelves")]),
    (
        _("Catalogue"),
        [
            ("catalogue.product", "inventory_2"),
            ("catalogue.category", "category"),
            ("catalogue.brand", "sell"),
            ("catalogue.gstrate", "percent"),
        ],
    ),
    (_("People"), [("accounts.person", "group"), ("api.apikey", "key")]),
    (
        _("Orders"),
        [
            ("orders.order", "receipt_long"),
            ("complaints.complaint", "support_agent"),
            ("inventory.stockmovement", "swap_vert"),
        ],
    ),
    (
        _("Money"),
        [
            ("upi.paymentattempt", "qr_code"),
            ("upi.receipt", "payments"),
            ("upi.shopqr", "qr_code_2"),
            ("upi.refund", "undo"),
            ("settlement.settlement", "account_balance"),
            ("settlement.bankholiday", "event_busy"),
            ("disputes.dispute", "gavel"),
            ("upi.difference", "difference"),
            ("upi.reconciledday", "event_available"),
            ("ledger:trial-balance", "balance", _("Trial balance")),
            ("ledger:account", "receipt", _("Account statement")),
            ("ledger:journal", "history_edu", _("Journal")),
            ("collected:gstr8", "assured_workload", _("GSTR-8 (TCS)")),
            ("collected:tds", "request_quote", _("TDS (section 194-O)")),
            ("ledger.txn", "menu_book"),
            ("ledger.seal", "lock"),
            ("ledger.rate", "percent"),
        ],
    ),
    (
        _("Machinery"),
        [
            ("core.outboxentry", "outbox"),
            ("notifications.message", "sms"),
            ("upi.bankevent", "webhook"),
            ("inventory.stockdrift", "balance"),
        ],
    ),
)


class StaffSite(UnfoldAdminSite):
    """`/staff/`: entered with the same code by phone as everything else, by platform staff."""

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        relaxed: Callable[..., Any] = csp_update(POLICY)(super().admin_view(view, cacheable))
        return relaxed

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send a stranger to the sign-in by phone; somebody signed in who is not staff gets no further."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        wanted = request.GET.get("next") or reverse("admin:index")
        return redirect_to_login(wanted, resolve_url(settings.LOGIN_URL))


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: what there is, grouped as one thinks of it."""
    from django.contrib import admin

    groups = []
    for title, entries in GROUPS:
        items = []
        for label, icon, *words in entries:
            if words:
                items.append({"title": words[0], "icon": icon, "link": reverse(label)})
                continue
            try:
                model = apps.get_model(label)
            except LookupError:
                continue
            if not admin.site.is_registered(model):
                continue
            name = label.replace(".", "_")
            items.append(
                {
                    "title": capfirst(model._meta.verbose_name_plural),
                    "icon": icon,
                    "link": reverse(f"admin:{name}_changelist"),
                }
            )
        groups.append({"title": title, "separator": True, "items": items})
    return groups
