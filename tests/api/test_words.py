"""What the API and our forms answer with is said in Hindi, whoever wrote the words."""

import inspect
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import (
    DecimalValidator,
    MaxLengthValidator,
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
)
from django.utils.functional import Promise
from django.utils.translation import override
from rest_framework import exceptions, serializers

from tests.words import english_in

DEVANAGARI = re.compile("[ऀ-ॿ]")


def subclasses(of: type) -> Iterator[type]:
    for each in of.__subclasses__():
        yield each
        yield from subclasses(each)


def english_of(texts: set[str | Promise]) -> list[str]:
    """Those that are not said in Hindi."""
    with override("hi"):
        return sorted(said for text in texts if (said := str(text)) and not DEVANAGARI.search(said))


def refusals(of: type) -> set[str | Promise]:
    return {
        text
        for each in of.__mro__
        for text in getattr(each, "default_error_messages", {}).values()
        if text
    }


def test_every_refusal_of_a_field_of_the_api_is_said_in_hindi(db):
    import marketplace.urls  # noqa: F401

    fields: set[type] = set()
    for serializer in subclasses(serializers.Serializer):
        if serializer.__module__.startswith("marketplace."):
            fields.add(serializer)
            for field in serializer().fields.values():
                fields |= {type(field), type(getattr(field, "child", field))}
    assert len(fields) > 30
    assert english_of({text for field in fields for text in refusals(field)}) == []


def test_every_status_of_the_api_is_said_in_hindi():
    raised = [each for _name, each in inspect.getmembers(exceptions, inspect.isclass)]
    details = {each.default_detail for each in raised if issubclass(each, exceptions.APIException)}
    assert len(details) == 11
    assert english_of(details) == []


def test_every_refusal_of_a_form_is_said_in_hindi():
    import marketplace.urls  # noqa: F401

    fields: set[type] = set()
    for form in subclasses(forms.BaseForm):
        if form.__module__.startswith(("marketplace.storefront", "marketplace.dashboard")):
            fields |= {type(field) for field in getattr(form, "base_fields", {}).values()}
    assert len(fields) > 5
    assert english_of({text for field in fields for text in refusals(field)}) == []


@pytest.mark.parametrize(
    ("validator", "value", "words"),
    [
        (MaxLengthValidator(3), "abcd", "ज़्यादा से ज़्यादा 3 अक्षर लिखें (अभी 4 हैं)।"),
        (MinLengthValidator(3), "a", "कम से कम 3 अक्षर लिखें (अभी 1 हैं)।"),
        (MaxValueValidator(240), 241, "240 या उससे कम लिखें।"),
        (MinValueValidator(2), 1, "2 या उससे ज़्यादा लिखें।"),
        (DecimalValidator(3, 1), Decimal("1234"), "कुल 3 अंक से ज़्यादा न लिखें।"),
        (DecimalValidator(9, 1), Decimal("1.25"), "दशमलव के बाद 1 अंक से ज़्यादा न लिखें।"),
        (DecimalValidator(4, 2), Decimal("123"), "दशमलव से पहले 2 अंक से ज़्यादा न लिखें।"),
    ],
)
def test_every_refusal_of_a_validator_is_said_in_hindi(validator, value, words):
    with override("hi"), pytest.raises(ValidationError) as refused:
        validator(value)
    with override("hi"):
        assert refused.value.messages == [words]


def test_a_refused_request_is_told_in_the_language_that_was_asked_for(client):
    asked = {"HTTP_ACCEPT_LANGUAGE": "hi"}
    unknown = client.get("/api/v1/stores/nothing-here/", **asked).json()["error"]
    assert english_in(unknown["message"]) == []
    refused = client.post("/api/v1/orders/", {}, "application/json", **asked).json()["error"]
    assert refused["message"] == "कुंजी नहीं दी गई।"
