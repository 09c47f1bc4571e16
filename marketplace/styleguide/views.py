"""What pages are made of, on one page of a developer's machine: shown by the files that pages use."""

import re
from pathlib import Path
from typing import NamedTuple

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.styleguide.examples import Example, make_examples
from marketplace.styleguide.tokens import read_tokens

COMPONENTS = settings.ROOT / "templates" / "components"
ICONS = settings.ROOT / "static" / "icons"
ABOUT = re.compile(r"\A\{% comment %\}(.*?)\{% endcomment %\}", re.S)
SYMBOL = re.compile(r'<symbol id="([^"]+)"')


class Component(NamedTuple):
    """A file of templates/components/, what it wants, and the template that shows it."""

    name: str
    about: str
    specimen: str


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every token, component and class; one without a specimen breaks the page, and so the tests."""
    if not settings.LOCAL_MESSAGES:
        raise Http404
    context = {
        "tokens": read_tokens(),
        "components": [read_component(path) for path in sorted(COMPONENTS.glob("*.html"))],
        "icons": _symbols(ICONS / "icons.svg"),
        "pictures": _symbols(ICONS / "categories.svg"),
        "goods": _symbols(ICONS / "goods.svg"),
        "plain": Example(auto_id="plain_%s"),
        "wrong": Example({"phone": "98", "much": "9"}, auto_id="wrong_%s"),
        "qr": segno.make(settings.BASE_URL).svg_data_uri(border=4, dark="#000", light="#fff"),
    }
    return render(request, "styleguide/styleguide.html", context | make_examples())


def read_component(path: Path) -> Component:
    about = ABOUT.search(path.read_text())
    return Component(
        name=path.stem,
        about=" ".join(about[1].split()) if about else "",
        specimen=f"styleguide/components/{path.name}",
    )


def _symbols(sprite: Path) -> list[str]:
    return SYMBOL.findall(sprite.read_text())
