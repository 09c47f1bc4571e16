"""Words that sound alike have one key, in any script; words that do not, have not."""

import pytest

from stores.catalogue.search.folding import keys_of, skeleton, stem, words_of
from stores.catalogue.search.lexicon import concepts, meanings_in


def same(*words):
    return len({keys_of(word)[0] for word in words}) == 1


@pytest.mark.parametrize(
    "words",
    [
        "aata atta ata aatta आटा",
        "doodh dudh dhoodh दूध দুধ",
        "jeera jira zeera zira जीरा",
        "maagi maggi",
        "besan beshan baisan बेसन",
        "chai chay चाय",
        "cheeni chini चीनी",
        "moong mung मूंग मूँग",
        "pyaz pyaj pyaaz प्याज प्याज़",
        "khajoor khajur खजूर",
        "chawal chaval चावल",
        "haldi haldee हल्दी",
        "pani paani पानी পানি",
        "namak नमक નમક",
        "adrak adrakh अदरक",
        "phool fool फूल",
    ],
)
def test_one_word_in_many_spellings_has_one_key(words):
    assert same(*words.split())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("चना", "चीनी"),
        ("दाल", "दूध"),
        ("kela", "kaju"),
        ("तेल", "तिल"),
        ("मूली", "मेथी"),
        ("chana", "chini"),
    ],
)
def test_vowels_that_make_another_word_are_kept(one, other):
    assert not same(one, other)


def test_vowel_signs_of_indic_scripts_survive():
    assert keys_of("दूध") == ("dud",)
    assert keys_of("दही") == ("dahi",)
    assert keys_of("பால்") == ("pal",)
    assert keys_of("दु") != keys_of("दि")


def test_a_flap_is_read_both_ways():
    assert keys_of("गुड़") == ("gur", "gud")
    assert keys_of("झाड़ू") == ("jaru", "jadu")


@pytest.mark.parametrize(
    ("one", "other"),
    [("chana", "chane"), ("egg", "eggs"), ("gehu", "gehun"), ("kela", "kele"), ("mirch", "mirchi")],
)
def test_what_only_ends_otherwise_has_one_stem(one, other):
    assert stem(keys_of(one)[0]) == stem(keys_of(other)[0])


def test_a_skeleton_is_of_three_consonants_at_least():
    assert skeleton(keys_of("tamatar")[0]) == skeleton(keys_of("tmater")[0]) == "tmtr"
    assert skeleton(keys_of("aata")[0]) == ""


def test_digits_stand_apart_and_signs_say_nothing():
    assert words_of("Amul 500ml, Lay's!") == ["amul", "500", "ml", "lays"]
    assert words_of("  ₹ % _ ") == []


def test_the_longest_name_is_what_is_meant():
    def meant(*words):
        return [meaning for *_span, meaning in meanings_in(tuple(keys_of(w)[0] for w in words))]

    assert meant("gehu", "aata") == ["#wheat flour"]
    assert meant("dairy", "milk") == ["#dairy milk"]
    assert "#milk" in meant("doodh")


def test_no_name_of_the_lexicon_is_said_twice_in_one_meaning():
    for meanings in concepts().values():
        assert len(meanings) == len(set(meanings))
