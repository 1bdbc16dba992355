"""Numbered places: intervals never need more numbers than their greatest sum at one instant."""

from hypothesis import given
from hypothesis import strategies as st

from booking.places import Stay, first_fit, fits, multirange, numbers_of, renumbered
from catalog.base import new_id


def stay(start: int, end: int, places: int, *numbers: int) -> Stay:
    return Stay(new_id(), start, end, places, sum(1 << n for n in numbers))


def test_a_newcomer_gets_the_lowest_free_numbers() -> None:
    found = first_fit([stay(0, 10, 1, 1), stay(5, 15, 1, 3)], [stay(8, 12, 2)], capacity=4)
    assert found is not None
    assert multirange(found[0].numbers) == "{[2,3),[4,5)}"


def test_who_has_left_leaves_his_number() -> None:
    found = first_fit([stay(0, 10, 1, 1)], [stay(10, 12, 1)], capacity=1)
    assert found is not None
    assert found[0].numbers == 1 << 1


def test_places_may_be_enough_though_the_numbers_are_scattered() -> None:
    """One seat is free from 0 to 4, but 1 at first and 2 later: nobody can sit through on either."""
    seated = [stay(0, 2, 1, 2), stay(2, 4, 1, 1)]
    newcomer = stay(0, 4, 1)
    assert fits(seated, [newcomer], 2)
    assert first_fit(seated, [newcomer], 2) is None
    assert max(s.numbers.bit_length() - 1 for s in renumbered([*seated, newcomer])) == 2


def test_one_guest_too_many_does_not_fit() -> None:
    assert not fits([stay(0, 10, 3, 1, 2, 3)], [stay(9, 12, 2)], 4)
    assert fits([stay(0, 10, 3, 1, 2, 3)], [stay(9, 12, 1)], 4)


def test_guests_who_were_too_many_before_the_newcomer_came_do_not_count() -> None:
    """The capacity was lowered after they had booked."""
    assert fits([stay(0, 5, 4, 1, 2, 3, 4), stay(0, 10, 1, 5)], [stay(6, 9, 1)], 2)


def test_numbers_are_written_as_ranges() -> None:
    assert multirange(numbers_of([(1, 4), (7, 8)])) == "{[1,4),[7,8)}"


STAYS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 10), st.integers(1, 4)).map(
        lambda t: stay(t[0], t[0] + t[1], t[2])
    ),
    max_size=12,
)


@given(STAYS)
def test_numbers_given_out_anew_are_as_few_as_can_be_and_meet_nowhere(stays: list[Stay]) -> None:
    numbered = renumbered(stays)
    assert sorted(s.id for s in numbered) == sorted(s.id for s in stays)
    greatest = 0
    for minute in range(45):
        present = [s for s in numbered if s.start <= minute < s.end]
        places = sum(s.places for s in present)
        together = 0
        for s in present:
            assert s.numbers.bit_count() == s.places
            together |= s.numbers
        assert together.bit_count() == places
        greatest = max(greatest, places)
    assert max((s.numbers.bit_length() - 1 for s in numbered), default=0) == greatest


@given(STAYS, STAYS, st.integers(1, 12))
def test_whoever_fits_is_seated_at_first_or_after_all_change_places(
    seated: list[Stay], newcomers: list[Stay], capacity: int
) -> None:
    numbered = renumbered(seated)
    if fits(numbered, newcomers, capacity) and all(
        sum(s.places for s in numbered if s.start <= m < s.end) <= capacity for m in range(45)
    ):
        found = first_fit(numbered, newcomers, capacity) or renumbered([*numbered, *newcomers])
        assert all(s.numbers >> (capacity + 1) == 0 for s in found)
