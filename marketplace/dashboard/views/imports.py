"""A whole price list at once: upload, progress, and the rows that could not go in."""

from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.core.errors import DomainError
from marketplace.core.requests import Visit
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.imports import ImportForm
from marketplace.dashboard.forms.shop import show_refusal
from stores.inventory.importing import start_import
from stores.inventory.models import ImportRun

LATEST = 20


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.MANAGER)
def imports(request: Visit, desk: Desk) -> HttpResponse:
    """The latest imports, and the form for another."""
    posted = request.method == "POST"
    form = ImportForm(request.POST, request.FILES) if posted else ImportForm()
    if form.is_valid():
        try:
            run = start_import(
                store_id=desk.store.pk, actor=desk.actor, file=form.cleaned_data["file"]
            )
        except DomainError as error:
            show_refusal(form, error)
        else:
            return redirect(desk.to("import-run", run_id=run.pk))
    context = {"form": form, "runs": ImportRun.objects.latest_of(desk.store.pk)[:LATEST]}
    status = 422 if posted else 200
    return show(request, desk, "imports/imports", context, tab="stock", status=status)


@require_safe
@at_desk(Role.MANAGER)
def import_run(request: Visit, desk: Desk, run_id: UUID) -> HttpResponse:
    """How far one import is; the fragment asks again until it has ended."""
    run = _find_run(desk, run_id)
    ended = run.state in {ImportRun.State.DONE, ImportRun.State.FAILED}
    context = {"run": run, "ended": ended}
    screen = "imports/progress" if request.htmx else "imports/run"
    answer = show(request, desk, screen, context, tab="stock")
    if not ended and not request.htmx:
        # Without JavaScript the page itself asks again.
        answer["Refresh"] = "5"
    return answer


@require_safe
@at_desk(Role.MANAGER)
def failed_rows(request: Visit, desk: Desk, run_id: UUID) -> FileResponse:
    """The rows that did not go in, each with what is wrong, to be mended and uploaded again."""
    run = _find_run(desk, run_id)
    if not run.errors:
        raise Http404
    name = run.file_name.rsplit(".", 1)[0]
    return FileResponse(
        run.errors.open("rb"),
        as_attachment=True,
        filename=f"{name}-errors.csv",
        content_type="text/csv; charset=utf-8",
    )


def _find_run(desk: Desk, run_id: UUID) -> ImportRun:
    run = ImportRun.objects.latest_of(desk.store.pk).filter(pk=run_id).first()
    if run is None:
        raise Http404
    return run
