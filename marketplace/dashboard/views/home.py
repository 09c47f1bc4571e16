from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from marketplace.accounts.models import Person
from marketplace.core.requests import Visit
from stores.shops.models import StaffMember


@require_safe
@login_required
def home(request: Visit) -> HttpResponse:
    """Straight to the only shop, a choice between several, or a word to who works in none."""
    assert isinstance(request.user, Person)
    jobs = list(
        StaffMember.objects.filter(person=request.user)
        .select_related("store")
        .order_by("store__name", "pk")[:100]
    )
    if len(jobs) == 1:
        return redirect("dashboard:today", store_id=jobs[0].store_id)
    return render(request, "dashboard/home.html", {"jobs": jobs})
