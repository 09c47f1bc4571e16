import time

from marketplace.core.ids import uuid7


def test_identifiers_sort_in_the_order_in_which_they_were_made():
    before = time.time_ns() // 1_000_000
    made = [uuid7() for _ in range(5_000)]
    assert made == sorted(set(made))
    assert {identifier.version for identifier in made} == {7}
    assert before <= made[0].int >> 80 <= made[-1].int >> 80 <= time.time_ns() // 1_000_000
