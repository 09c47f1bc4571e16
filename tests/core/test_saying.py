"""Times, days, amounts, measures and lists as people say them, exactly, in each language."""

from datetime import UTC, date, datetime, time

import pytest
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import override

from marketplace.core.clock import INDIA, travel
from marketplace.core.money import rupees
from marketplace.core.quantity import show_quantity
from marketplace.core.saying import (
    MONTHS,
    PARTS_OF_DAY,
    say_clock,
    say_clock_span,
    say_day,
    say_distance,
    say_duration,
    say_list,
    say_moment,
    say_span,
)

EIGHT = ["en", "hi", "ta", "te", "bn", "mr", "kn", "gu"]
EVENING = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)  # 7:30 in the evening, in India


def said(say, *arguments):
    """What `say` answers in each language, English first."""
    answers = []
    for language in EIGHT:
        with override(language):
            answers.append(say(*arguments))
    return answers


def test_every_language_of_ours_is_said_here():
    ours = [code for code, _name in [*settings.LANGUAGES, *settings.PREPARED_LANGUAGES]]
    assert sorted(ours) == sorted(EIGHT)
    assert sorted(PARTS_OF_DAY) == sorted(set(EIGHT) - {"en"})


def test_money_is_grouped_by_lakh_in_latin_digits_everywhere():
    assert said(rupees, 123456750) == ["₹12,34,567.50"] * 8
    assert said(rupees, -500) == ["−₹5"] * 8


@pytest.mark.parametrize(
    ("quantity", "unit", "words"),
    [
        (
            *(1500, "g"),
            *(
                [
                    "1.5 kg",
                    "1.5 किलो",
                    "1.5 கிலோ",
                    "1.5 కిలో",
                    "1.5 কেজি",
                    "1.5 किलो",
                    "1.5 ಕೆಜಿ",
                    "1.5 કિલો",
                ],
            ),
        ),
        (
            *(750, "ml"),
            *(
                [
                    "750 ml",
                    "750 मिली",
                    "750 மிலி",
                    "750 మి.లీ.",
                    "750 মিলি",
                    "750 मिली",
                    "750 ಮಿಲೀ",
                    "750 મિલી",
                ],
            ),
        ),
        (
            *(3, "pc"),
            *(["3 pc", "3 नग", "3 எண்ணம்", "3 పీస్", "3 পিস", "3 नग", "3 ಪೀಸ್", "3 નંગ"],),
        ),
    ],
)
def test_goods_are_measured(quantity, unit, words):
    assert said(show_quantity, quantity, unit) == words


def test_the_way_to_a_shop():
    assert said(say_distance, 340) == [
        *("350 m", "350 मीटर", "350 மீ", "350 మీ."),
        *("350 মিটার", "350 मीटर", "350 ಮೀ", "350 મીટર"),
    ]
    assert said(say_distance, 1230.0)[:3] == ["1.2 km", "1.2 किमी", "1.2 கிமீ"]
    assert [say_distance(metres) for metres in (9_949, 9_950, 1_070_400)] == [
        "9.9 km",
        "10 km",
        "1070 km",
    ]
    assert said(say_distance, None) == [""] * 8


def test_the_time_of_day():
    assert said(say_clock, time(19, 30)) == [
        *("7:30 PM", "शाम 7:30 बजे", "மாலை 7:30 மணி", "సాయంత్రం 7:30 గం."),
        *("সন্ধ্যা 7:30", "संध्याकाळी 7:30 वा.", "ಸಂಜೆ 7:30", "સાંજે 7:30"),
    ]
    assert said(say_clock, time(5, 0)) == [
        *("5:00 AM", "सुबह 5:00 बजे", "காலை 5:00 மணி", "ఉదయం 5:00 గం."),
        *("ভোর 5:00", "पहाटे 5:00 वा.", "ಬೆಳಗ್ಗೆ 5:00", "સવારે 5:00"),
    ]
    assert said(say_clock, time(0, 5))[:2] == ["12:05 AM", "रात 12:05 बजे"]


def test_a_span_names_the_part_of_the_day_once():
    assert said(say_clock_span, time(17, 0), time(19, 0)) == [
        *("5:00 – 7:00 PM", "शाम 5:00 – 7:00 बजे", "மாலை 5:00 – 7:00 மணி"),
        *("సాయంత్రం 5:00 – 7:00 గం.", "বিকেল 5:00 – সন্ধ্যা 7:00", "संध्याकाळी 5:00 – 7:00 वा."),
        *("ಸಂಜೆ 5:00 – 7:00", "સાંજે 5:00 – 7:00"),
    ]
    assert said(say_clock_span, time(10, 0), time(14, 0))[:2] == [
        "10:00 AM – 2:00 PM",
        "सुबह 10:00 बजे – दोपहर 2:00 बजे",
    ]


def test_a_moment_is_day_month_time():
    assert said(say_moment, EVENING) == [
        *("22 Nov, 7:30 PM", "22 नव, शाम 7:30 बजे", "22 நவ., மாலை 7:30 மணி"),
        *("22 నవం, సాయంత్రం 7:30 గం.", "22 নভে, সন্ধ্যা 7:30", "22 नोव्हें, संध्याकाळी 7:30 वा."),
        *("22 ನವೆಂ, ಸಂಜೆ 7:30", "22 નવે, સાંજે 7:30"),
    ]


def test_a_date_is_day_month_year_in_the_languages_own_words():
    assert said(date_format, date(2026, 8, 15), "l, j F Y") == [
        *("Saturday, 15 August 2026", "शनिवार, 15 अगस्त 2026", "சனி, 15 ஆகஸ்ட் 2026"),
        *("శనివారం, 15 ఆగస్టు 2026", "শনিবার, 15 আগস্ট 2026", "शनिवार, 15 ऑगस्ट 2026"),
        *("ಶನಿವಾರ, 15 ಆಗಸ್ಟ್ 2026", "શનિવાર, 15 ઑગસ્ટ 2026"),
    ]


@pytest.mark.parametrize("language", [each for each in EIGHT if each != "en"])
def test_no_month_or_weekday_is_left_in_english(language):
    with override(language):
        months = {date_format(date(2026, month, 1), "F M") for month in range(1, 13)}
        days = {date_format(date(2026, 11, day), "l D") for day in range(1, 8)}
    assert (len(months), len(days), len(MONTHS)) == (12, 7, 12)
    assert not [said for said in months | days if said.isascii()]


def test_days_near_by_have_names():
    with travel(to=datetime(2026, 11, 22, 9, 0, tzinfo=INDIA)):
        assert said(say_day, date(2026, 11, 22)) == [
            *("Today", "आज", "இன்று", "ఈరోజు", "আজ", "आज", "ಇಂದು", "આજે"),
        ]
        assert said(say_day, date(2026, 11, 23)) == [
            *("Tomorrow", "कल", "நாளை", "రేపు"),
            *("আগামীকাল", "उद्या", "ನಾಳೆ", "આવતી કાલે"),
        ]
        # not yesterday, and not the day after
        assert said(say_day, date(2026, 11, 21))[:2] == ["Sat 21 Nov", "शनि 21 नव"]
        assert said(say_day, date(2026, 11, 24), "l, j F")[:2] == [
            "Tuesday, 24 November",
            "मंगलवार, 24 नवंबर",
        ]
        in_an_hour = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
        assert said(say_span, EVENING, in_an_hour)[:2] == [
            "Today, 7:30 – 9:00 PM",
            "आज, शाम 7:30 बजे – रात 9:00 बजे",
        ]


def test_how_long_something_takes():
    assert said(say_duration, 1) == [
        *("1 second", "1 सेकंड", "1 விநாடி", "1 సెకను"),
        *("1 সেকেন্ড", "1 सेकंद", "1 ಸೆಕೆಂಡ್", "1 સેકન્ડ"),
    ]
    assert said(say_duration, 30 * 60) == [
        *("30 minutes", "30 मिनट", "30 நிமிடங்கள்", "30 నిమిషాలు"),
        *("30 মিনিট", "30 मिनिटे", "30 ನಿಮಿಷಗಳು", "30 મિનિટ"),
    ]
    # never less than it takes
    assert said(say_duration, 5401)[:2] == ["2 hours", "2 घंटे"]


def test_none_is_one_or_many_by_the_languages_own_rule():
    """Hindi, Bengali, Kannada and Gujarati count 0 with 1; English, Tamil, Telugu and Marathi do not."""
    assert said(say_duration, 0) == [
        *("0 seconds", "0 सेकंड", "0 விநாடிகள்", "0 సెకన్లు"),
        *("0 সেকেন্ড", "0 सेकंद", "0 ಸೆಕೆಂಡ್", "0 સેકન્ડ"),
    ]


def test_the_last_of_a_list_is_joined_by_a_word():
    assert said(say_list, ["a", "b", "c"]) == [
        *("a, b and c", "a, b और c", "a, b மற்றும் c", "a, b మరియు c"),
        *("a, b ও c", "a, b आणि c", "a, b ಮತ್ತು c", "a, b અને c"),
    ]
    assert said(say_list, ["a"]) == ["a"] * 8
    assert said(say_list, []) == [""] * 8
