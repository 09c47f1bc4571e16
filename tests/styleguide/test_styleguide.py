"""The living page, and that nothing we have is missing from it."""

import re

import pytest
from django.conf import settings as project

from marketplace.styleguide.tokens import (
    contrast,
    dark_phone_values,
    dark_values,
    light_values,
    read_contrasts,
    read_tokens,
)

TEMPLATES = project.ROOT / "templates"
CSS = project.ROOT / "static" / "css"
COMMENT = re.compile(r"/\*.*?\*/", re.S)
# A colour is written once, as a token; a poster is printed on white paper.
RAW_COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(")


@pytest.fixture
def page(client, db):
    answer = client.get("/styleguide/", headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer


def test_every_component_is_shown_by_its_own_file(page):
    rendered = {template.name for template in page.templates}
    files = {f"components/{path.name}" for path in (TEMPLATES / "components").iterdir()}
    assert len(files) > 20
    assert files - rendered == set()
    for file in files:
        assert (
            f'id="component-{file.removeprefix("components/").removesuffix(".html")}"' in page.text
        )


def test_a_component_without_a_specimen_breaks_the_page(client, db, monkeypatch, tmp_path):
    (tmp_path / "new.html").write_text("{% comment %}new{% endcomment %}")
    monkeypatch.setattr("marketplace.styleguide.views.COMPONENTS", tmp_path)
    with pytest.raises(Exception, match=r"styleguide/components/new\.html"):
        client.get("/styleguide/")


def test_every_custom_property_is_shown(page):
    written = set(re.findall(r"^\s+--([a-z0-9-]+):", (CSS / "base.css").read_text(), re.M))
    shown = set(re.findall(r'id="token-([a-z0-9-]+)"', page.text))
    assert len(written) > 40
    assert written == shown


def test_every_class_of_a_component_is_shown(page):
    css = COMMENT.sub("", (CSS / "components.css").read_text())
    classes = set(re.findall(r"\.([a-z][a-z-]+)", re.sub(r"\{[^{}]*\}", " ", css)))
    used = {name for names in re.findall(r'class="([^"]*)"', page.text) for name in names.split()}
    assert len(classes) > 50
    # what a script adds while something is sent
    assert classes - used == {"htmx-request"}


def test_what_is_used_is_defined():
    defined = set(light_values())
    for path in CSS.glob("*.css"):
        used = set(re.findall(r"var\(--([a-z0-9-]+)", path.read_text()))
        # a row's own, and what each language has
        assert used - defined - {"gap", "script"} == set(), path.name


def test_every_token_is_used():
    css = "".join(path.read_text() for path in CSS.glob("*.css"))
    assert [name for name in light_values() if f"var(--{name})" not in css] == []


def test_a_colour_is_written_only_as_a_token():
    for path in CSS.glob("*.css"):
        text = COMMENT.sub("", path.read_text())
        without_tokens = re.sub(r"--[a-z0-9-]+:[^;]+;", "", text)
        assert RAW_COLOUR.findall(without_tokens) == [], path.name


def test_the_dark_look_is_one_whoever_asks_for_it():
    assert dark_values() == dark_phone_values()
    assert set(dark_values()) <= set(light_values())
    assert len(dark_values()) > 25


@pytest.mark.parametrize(
    "pair", read_contrasts(), ids=lambda pair: f"{pair.words} on {pair.ground}"
)
def test_it_can_be_read_in_both_looks(pair):
    assert pair.light >= pair.least
    assert pair.dark >= pair.least


def test_every_colour_is_measured_or_is_no_ground_for_words():
    unmeasured = {
        token.name for token in read_tokens() if token.kind == "colour" and not token.contrasts
    }
    assert unmeasured == {"line", "awning", "plate", "lens"}


def test_contrast_is_that_of_wcag():
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == pytest.approx(1)
    assert round(contrast("#777", "#fff"), 2) == 4.48


def test_what_browsers_paint_around_a_page_is_its_cloth():
    base = (TEMPLATES / "base.html").read_text()
    painted = re.findall(r'name="theme-color"\s+content="(#[0-9a-f]{6})"', base)
    assert painted == [light_values()["bahi-fill"], dark_values()["bahi-fill"]]


def test_the_page_is_in_both_languages(client, db):
    assert (
        "<h1>Style guide</h1>" in client.get("/styleguide/", headers={"accept-language": "en"}).text
    )
    assert "<h1>रूप-रेखा</h1>" in client.get("/styleguide/", headers={"accept-language": "hi"}).text


def test_there_is_no_such_page_where_the_world_is_real(client, db, settings):
    settings.LOCAL_MESSAGES = False
    assert client.get("/styleguide/").status_code == 404
