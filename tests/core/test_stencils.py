from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import get_template
from django.test import override_settings
from django.utils import translation
from django.utils.safestring import mark_safe

from marketplace.core.stencils import _pieces, fill

ITEM = """{% load i18n %}{% translate "Add" %}: <b title="{{ name }}">{{ name }}</b>{% if price %} at
{{ price }}{% endif %}{% if sold %} gone{% endif %}"""


@pytest.fixture
def item(tmp_path: Path, settings):
    (tmp_path / "item.html").write_text(ITEM)
    templates = [settings.TEMPLATES[0] | {"DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    _pieces.cache_clear()
    with override_settings(TEMPLATES=templates):
        engines._templates = None
        yield "item.html"
    _pieces.cache_clear()


def test_words_go_where_the_template_prints_them_and_nowhere_else(item):
    words = {"name": "Atta", "price": "₹50"}
    assert fill(item, words, sold=False) == 'Add: <b title="Atta">Atta</b> at\n₹50'
    assert fill(item, {"name": "Rice", "price": ""}, sold=True) == (
        'Add: <b title="Rice">Rice</b> gone'
    )


def test_words_are_escaped_unless_they_are_safe(item):
    assert '"&lt;i&gt;&quot;' in fill(item, {"name": '<i>"', "price": ""}, sold=False)
    assert ">5 <i>kg</i>" in fill(item, {"name": mark_safe("5 <i>kg</i>"), "price": ""}, sold=False)


def test_nobody_can_write_a_hole(item):
    shown = fill(item, {"name": "\ue000price\ue001", "price": "₹50"}, sold=False)
    assert "\ue000price\ue001" in shown


def test_a_name_with_a_dot_is_what_a_thing_says(item, tmp_path):
    (tmp_path / "shop.html").write_text(
        "{{ shop.name }} in {{ shop.city }}{% if shop.open %}!{% endif %}"
    )
    words = {"shop.name": "Gupta <Kirana>", "shop.city": "Delhi"}
    assert fill("shop.html", words, **{"shop.open": True}) == "Gupta &lt;Kirana&gt; in Delhi!"
    assert fill("shop.html", words, **{"shop.open": False}) == "Gupta &lt;Kirana&gt; in Delhi"


def test_each_language_has_a_stencil_of_its_own(item):
    words = {"name": "Atta", "price": ""}
    with translation.override("hi"):
        hindi = fill(item, words, sold=False)
    assert not hindi.startswith("Add")
    assert fill(item, words, sold=False).startswith("Add")


def test_what_was_shown_is_not_kept(item):
    for number in range(20):
        fill(item, {"name": f"Atta {number}", "price": ""}, sold=False)
    assert _pieces.cache_info().currsize == 1


def test_the_fixed_part_of_a_page_sees_nothing_of_anybody():
    part = engines["django"].from_string("{% fixed %}[{{ person }}]{% endfixed %}{{ person }}")
    assert part.render({"person": "Asha"}) == "[]Asha"
    assert part.render({"person": "Ravi"}) == "[]Ravi"


def test_the_fixed_part_of_a_page_is_in_the_readers_language():
    page = get_template("components/language.html")
    assert "हिन्दी" in page.render({})
    with translation.override("hi"):
        assert "English" in page.render({})
    assert "हिन्दी" in page.render({})
