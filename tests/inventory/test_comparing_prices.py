from stores.inventory.pricing import compare_price


def test_below_a_kilogram_the_price_is_per_gram():
    assert compare_price(price=6_000, content=500, unit="g") == (12, 1, "g")


def test_from_a_litre_up_the_price_is_per_litre():
    assert compare_price(price=26_250, content=1_500, unit="ml") == (17_500, 1000, "ml")


def test_pieces_are_compared_by_the_piece_however_many():
    assert compare_price(price=100_000, content=1_200, unit="pc") == (83, 1, "pc")
