"""Words that sound alike have one key, in any script; words that do not, have not."""

import pytest

from stores.catalogue.search.folding import keys_of, skeleton, stem, words_of
from stores.catalogue.search.lexicon import BRANDED, INFLECTED, NAMED, meanings_in


def same(*words):
    return len({keys_of(word)[0] for word in words}) == 1


@pytest.mark.parametrize(
    "words",
    [
        "aata atta ata aatta आटा",
        "doodh dudh dhoodh doooodh दूध দুধ",
        "ghee ghi gheee घी",
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
        "kozhi koli",
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
    assert keys_of("பால்") == ("pal", "bal")
    assert keys_of("দোকান")[0] == "dokan"
    assert keys_of("दु") != keys_of("दि")


@pytest.mark.parametrize(
    ("written", "latin"),
    [
        ("வெங்காயம்", "vengayam"),
        ("மஞ்சள்", "manjal"),
        ("சீரகம்", "seeragam"),
        ("தேங்காய்", "thengai"),
        ("எண்ணெய்", "enney"),
        ("பிஸ்கட்", "biskat"),
        ("బియ్యం", "biyyam"),
        ("ಈರುಳ್ಳಿ", "eerulli"),
        ("ഉള്ളി", "ulli"),
        ("പാൽ", "paal"),
        ("পেঁয়াজ", "peyaj"),
        ("দই", "doi"),
        ("লবণ", "lobon"),
    ],
)
def test_other_scripts_are_heard_as_they_are_spoken(written, latin):
    assert keys_of(latin)[0] in keys_of(written)


def test_a_vowel_of_two_letters_is_heard_either_way():
    assert set(keys_of("bean")) & set(keys_of("bin"))
    assert set(keys_of("cream")) & set(keys_of("क्रीम"))


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


def meant(text):
    return {each.term: each.how for each in meanings_in([keys_of(w) for w in words_of(text)])}


def test_the_longest_name_is_what_is_meant():
    assert meant("gehun aata") == {"#wheat flour": NAMED}
    assert meant("dairy milk") == {"#dairy milk": NAMED, "#chocolate": BRANDED}
    assert "#milk" in meant("doodh")


def test_a_name_means_the_same_written_as_one_word_and_with_either_flap():
    assert meant("bandgobhi") == meant("band gobhi") == {"#cabbage": NAMED}
    assert meant("cow pea") == meant("cowpea")
    assert meant("उकड़ा चावल") == {"#parboiled rice": NAMED}


def test_what_only_ends_otherwise_and_a_brand_are_less_sure():
    assert meant("eggs") == {"#eggs": NAMED}
    assert meant("karele") == {"#bitter gourd": INFLECTED}
    assert meant("tide") == {"#detergent": BRANDED}
