import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.quantity import Unit
from stores.catalogue.packs import LARGEST, Pack, parse_pack, without_pack

GRAMS = st.sampled_from(["g", "gm", "Gms", "GRAM", "ग्राम"])
SPACE = st.sampled_from(["", " ", "\u00a0", "  "])
WORDS = st.sampled_from(["Atta", "Tea - Gold", "Daawat Rice,", "B-12 Vitamin", "7UP", "चावल"])


@pytest.mark.parametrize(
    ("text", "quantity", "unit"),
    [
        ("Toor Dal 500 g", 500, Unit.GRAM),
        ("Milk 2x1 l", 2000, Unit.MILLILITRE),
        ("Detergent 1 kg + 200 g free", 1200, Unit.GRAM),
        ("Safewash Liquid Detergent 1kg (1kg Free)", 2000, Unit.GRAM),
        ("Eggs Pack of 6", 6, Unit.PIECE),
        ("Hand Wash 200ml", 200, Unit.MILLILITRE),
        ("Soap 125 gm (Pack of 6)", 750, Unit.GRAM),
        ("Cola 350 ml x 4", 1400, Unit.MILLILITRE),
        ("Nature land Groundnut Oil, 1 L", 1000, Unit.MILLILITRE),
        ("Rice 1.5\u00a0kg", 1500, Unit.GRAM),
        ("Pampers 2x20pcs", 40, Unit.PIECE),
        ("Noodles Rs.10, .5 kg", 500, Unit.GRAM),
        ("चीनी 2 किलो", 2000, Unit.GRAM),
        ("1 kg", 1000, Unit.GRAM),
    ],
)
def test_a_pack_is_read_from_words(text, quantity, unit):
    assert parse_pack(text) == Pack(quantity, unit)


@pytest.mark.parametrize(
    "text",
    [
        "Water Bottle - Orange",
        "Garlic Oil Capsule 500 mg",
        "Seer Fish, 8-12 pcs",
        "Baby Pants Small (3-8 kg)",
        "Dog Treat For Adult Large Breed (25 kg+)",
        "Cold Brew Classic + Hazelnut (200ml each)",
        "Exo Dishwash Bar 700 gm + Pril Liquid 225 ml",
        "Perk Chocolate, 87.5 g",
        "Oil 1 L 910 ml",
        "Muffin 200 g + Choco Chip 200 g (Pack of 4)",
        "0 g",
        "USB 3 Lamp",
        "",
    ],
)
def test_nothing_is_made_up(text):
    assert parse_pack(text) is None


@given(st.integers(1, LARGEST), WORDS, SPACE, GRAMS, st.sampled_from(["", " pouch", ")", ", Jar"]))
def test_whole_grams_are_read_whatever_stands_around_them(quantity, words, space, unit, after):
    assert parse_pack(f"{words} {quantity}{space}{unit}{after}") == Pack(quantity, Unit.GRAM)


@given(st.integers(1, 99), st.integers(1, 9999), SPACE, st.sampled_from(["x", "X", " x ", "×"]))
def test_a_multiplier_multiplies_on_either_side(times, millilitres, space, sign):
    whole = Pack(times * millilitres, Unit.MILLILITRE)
    assert parse_pack(f"Juice {times}{sign}{millilitres}{space}ml") == whole
    assert parse_pack(f"Juice {millilitres}{space}ml{sign}{times}") == whole
    assert parse_pack(f"Juice {millilitres}{space}ml (Pack of {times})") == whole


@given(st.integers(1, 50), st.integers(1, 999))
def test_what_is_free_adds_to_what_is_paid(kilos, extra):
    assert parse_pack(f"Atta {kilos} kg + {extra} g free") == Pack(kilos * 1000 + extra, Unit.GRAM)


@given(st.text(max_size=80))
def test_any_text_at_all_gives_a_whole_pack_or_none(text):
    pack = parse_pack(text)
    assert pack is None or 0 < pack.quantity <= LARGEST
    assert without_pack(text) in text


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("Groundnut Oil, 1 L", "Groundnut Oil"),
        ("Soap (100 g)", "Soap"),
        ("500 g", "500 g"),
        ("1 kg Atta", "1 kg Atta"),
        ("Soap 125 g Pack of 6", "Soap 125 g Pack of 6"),
    ],
)
def test_the_pack_at_the_end_of_a_name_is_said_once(name, left):
    assert without_pack(name) == left
