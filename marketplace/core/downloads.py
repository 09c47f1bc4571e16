"""Files that a page hands out."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csv_answer(rows: Iterable[Sequence[object]], *, name: str) -> HttpResponse:
    """Rows as a file for a spreadsheet."""
    out = io.StringIO()
    # Excel takes a file for UTF-8 only with the mark.
    out.write("\ufeff")
    csv.writer(out).writerows(rows)
    return HttpResponse(
        out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def pdf_answer(
    request: HttpRequest, pdf: bytes | None, *, name: str, final: bool = True
) -> HttpResponse:
    """The PDF, to be looked at or kept; while it is None, a page that asks again each second. What is
    not `final` is asked for anew each time."""
    if pdf is None:
        return render(request, "being_made.html", status=202)
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{name}.pdf"',
            "Cache-Control": "private, max-age=3600" if final else "private, no-cache",
        },
    )
