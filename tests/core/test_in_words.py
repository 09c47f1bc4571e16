"""Amounts in words, in both languages."""

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.in_words import HINDI, number_in_words, rupees_in_words

MOST = 99_99_99_999_99


@pytest.mark.parametrize(
    ("paise", "english", "hindi"),
    [
        (0, "Rupees zero only", "शून्य रुपया मात्र"),
        (1, "One paisa only", "एक पैसा मात्र"),
        (50, "Fifty paise only", "पचास पैसे मात्र"),
        (100, "Rupee one only", "एक रुपया मात्र"),
        (
            1250_50,
            "Rupees one thousand two hundred fifty and fifty paise only",
            "एक हज़ार दो सौ पचास रुपये और पचास पैसे मात्र",
        ),
        (1_01_000_00, "Rupees one lakh one thousand only", "एक लाख एक हज़ार रुपये मात्र"),
        (
            12_34_567_89,
            "Rupees twelve lakh thirty-four thousand five hundred sixty-seven"
            " and eighty-nine paise only",
            "बारह लाख चौंतीस हज़ार पाँच सौ सड़सठ रुपये और नवासी पैसे मात्र",
        ),
        (
            MOST,
            "Rupees ninety-nine crore ninety-nine lakh ninety-nine thousand nine hundred ninety-nine"
            " and ninety-nine paise only",
            "निन्यानवे करोड़ निन्यानवे लाख निन्यानवे हज़ार नौ सौ निन्यानवे रुपये और निन्यानवे पैसे मात्र",
        ),
    ],
)
def test_an_amount_is_said_as_on_an_indian_bill(paise, english, hindi):
    with translation.override("en"):
        assert rupees_in_words(paise) == english
    with translation.override("hi"):
        assert rupees_in_words(paise) == hindi


def test_hindi_has_a_word_of_its_own_for_every_number_below_a_hundred():
    assert len(set(HINDI)) == len(HINDI) == 100


@given(st.integers(0, MOST // 100))
def test_every_number_has_words_of_its_own(number):
    """Read back scale by scale, the words give the number."""
    for language, scales in (
        ("en", {"crore": 10_000_000, "lakh": 100_000, "thousand": 1000, "hundred": 100}),
        ("hi", {"करोड़": 10_000_000, "लाख": 100_000, "हज़ार": 1000, "सौ": 100}),
    ):
        with translation.override(language):
            below = {number_in_words(each): each for each in range(100)}
            total, count = 0, 0
            for word in number_in_words(number).split():
                if word in scales:
                    total, count = total + count * scales[word], 0
                else:
                    count = below[word]
        assert total + count == number
