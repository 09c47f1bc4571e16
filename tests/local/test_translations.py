"""What `check_translations` finds: words past every translation, and catalogues that lack some."""

import contextlib
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from marketplace.local.collecting import marked
from marketplace.local.translations import read
from marketplace.local.untranslated import in_python, in_script, in_template

HINDI = Path(settings.LOCALE_PATHS[0]) / "hi" / "LC_MESSAGES" / "django.po"


def check() -> list[str]:
    """The faults that the check finds."""
    errors = StringIO()
    with contextlib.suppress(CommandError):
        call_command("check_translations", stderr=errors, stdout=StringIO())
    return errors.getvalue().splitlines()


@pytest.fixture
def catalogues(settings, tmp_path):
    """The catalogues' own copy, to spoil."""
    for path in Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/django.po"):
        copy = tmp_path / path.relative_to(settings.LOCALE_PATHS[0])
        copy.parent.mkdir(parents=True)
        copy.write_text(path.read_text())
    settings.LOCALE_PATHS = [tmp_path]
    return tmp_path


def spoil(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_everything_that_people_see_is_translated():
    assert check() == []


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>\nYour basket</p>", [(1, "Your basket")]),
        ("<p>{{ n }} left</p>", [(1, "… left")]),
        ('<button aria-label="Close"></button>', [(1, "Close")]),
        ('<input placeholder="Ten digits">', [(1, "Ten digits")]),
        ('<img alt="{% if x %}A shop{% endif %}">', [(1, "A shop")]),
        ("<svg><title>A basket</title></svg>", [(1, "A basket")]),
        ('<input type="submit" value="Send">', [(1, "Send")]),
        ('<meta name="description" content="All shops">', [(1, "All shops")]),
        ('{{ name|default:"None yet" }}', [(1, "None yet")]),
        ('{% include "x.html" with title="Your order" %}', [(1, "Your order")]),
        ('\n\n<p data-failed="Try again">{{ x }}</p>', [(3, "Try again")]),
        ("{% block title %}Basket{% endblock %}", [(1, "Basket")]),
    ],
)
def test_words_outside_of_a_translation_are_found(template, found):
    assert in_template(template) == found


@pytest.mark.parametrize(
    "template",
    [
        '<p>{% translate "Your basket" %}</p>',
        "<p>{% blocktranslate count n=n %}{{ n }} item{% plural %}{{ n }} items{% endblocktranslate %}</p>",
        "{% comment %}card: what there is{% endcomment %}{# and more #}",
        "{% block main_class %}wrap stack{% endblock %}",
        '<p class="soft small" id="total">₹5 · UPI, QR &amp; GST</p>',
        '<p lang="en">In <b>English</b> on purpose</p>',
        '<input name="a" type="submit" value="send">',
        '<script type="application/ld+json">{"@type": "Offer"}</script>',
        '{{ day|date:"l, j F" }}{% include "x.html" with name="pin" %}',
    ],
)
def test_what_nobody_reads_or_everybody_does_is_left_alone(template):
    assert in_template(template) == []


def test_words_that_a_module_tells_people_are_found():
    source = """
class Method(models.TextChoices):
    CASH = "cash", "paid in cash"
    UPI = "upi", _("by UPI")

name = forms.CharField(label="Your name", help_text=_("As on the bill."))

def tell(request):
    messages.success(request, "Saved")
    raise InvalidInput(field="phone", why=f"at most {most} digits")

def say():
    'A docstring is for who reads the code.'
    logger.warning("Nobody but us reads this.")
    return {"error": "There is nothing here."}
"""
    assert in_python(source) == [
        (3, "paid in cash"),
        (6, "Your name"),
        (9, "Saved"),
        (10, "at most  digits"),
        (15, "There is nothing here."),
    ]


def test_a_script_has_its_words_from_the_page():
    source = 'box.textContent = "You are offline"; // Not this\nbox.className = "toast toast-bad";'
    assert in_script(source) == [(1, "You are offline")]


def test_what_is_marked_and_not_collected_is_found(catalogues):
    hindi = catalogues / "hi" / "LC_MESSAGES" / "django.po"
    spoil(hindi, 'msgid "Your basket is empty"', 'msgid "Your basket was empty"')
    faults = sorted(check())
    assert len(faults) == 2
    assert "nothing says it any more: 'Your basket was empty'" in faults[0]
    assert faults[1].startswith("templates/")
    assert faults[1].endswith("not in the catalogue: 'Your basket is empty'")


def test_templates_and_modules_are_collected_alike(tmp_path):
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "page.html").write_text(
        '{% load i18n %}\n{% translate "One" context "way" %}'
        "{% blocktranslate count n=n %}{{ n }} cat{% plural %}{{ n }} cats{% endblocktranslate %}"
    )
    (tmp_path / "room" / "module.py").write_text(
        'a = _("Don\'t"); b = ngettext("%(n)s cat", "%(n)s cats", n); c = pgettext("way", "One")'
    )
    assert sorted(marked(tmp_path, ("room",))) == [
        ("room/module.py", 1, "%(n)s cat\0%(n)s cats"),
        ("room/module.py", 1, "Don't"),
        ("room/module.py", 1, "way\x04One"),
        ("room/page.html", 2, "%(n)s cat\0%(n)s cats"),
        ("room/page.html", 2, "way\x04One"),
    ]


def test_a_language_is_offered_only_when_customers_can_read_all_of_it(settings):
    settings.LANGUAGES = [*settings.LANGUAGES, settings.PREPARED_LANGUAGES[0]]
    faults = check()
    assert len(faults) > 500
    assert all("ta/LC_MESSAGES/django.po: offered, and customers" in fault for fault in faults)
    # what only the shop reads may wait
    assert not [fault for fault in faults if "Sound off" in fault]


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('msgstr "%(place)s-க்கு ', 'msgstr "%(where)s-க்கு ', "placeholders differ"),
        ('msgid "Basket"', '#, fuzzy\nmsgid "Basket"', "marked fuzzy: 'Basket'"),
        ('msgid "Basket"', 'msgid "Search"', "stands twice: 'Search'"),
    ],
)
def test_what_a_language_has_so_far_must_be_right(catalogues, before, after, fault):
    spoil(catalogues / "ta" / "LC_MESSAGES" / "django.po", before, after)
    [found] = check()
    assert fault in found


def test_a_prepared_language_may_have_entries_without_words(catalogues):
    spoil(catalogues / "bn" / "LC_MESSAGES" / "django.po", 'msgstr "ঝুড়ি"', 'msgstr ""')
    assert check() == []


def test_the_six_have_the_same_words_in_their_own_script():
    scripts = {"ta": "஀-௿", "te": "ఀ-౿", "bn": "ঀ-৿", "mr": "ऀ-ॿ", "kn": "ಀ-೿", "gu": "઀-૿"}
    assert set(scripts) == set(dict(settings.PREPARED_LANGUAGES))
    said = {}
    for language, script in scripts.items():
        first, _dash, last = script
        path = HINDI.parent.parent.parent / language / "LC_MESSAGES" / "django.po"
        messages = [message for message in read(path) if message.original]
        said[language] = {message.key for message in messages}
        for message in messages:
            for text in message.translations:
                assert any(first <= letter <= last for letter in text) or "%" in text, text
    assert len({frozenset(keys) for keys in said.values()}) == 1
    assert said["ta"] <= {message.key for message in read(HINDI)}
