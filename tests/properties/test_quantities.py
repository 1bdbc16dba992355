"""Any sequence of changes of participants and quantities (S3-34, S3-35; placement.md, 2)."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.adjust import with_components, with_participants
from booking.assemble import assemble
from booking.expand import expand
from booking.fit import Placing
from booking.lines import Booking, Line
from booking.requests import ComponentRequest
from catalog.times import zone
from tests.building import STOCKHOLM, component, goods, package, party, service, venue

TZ = zone(STOCKHOLM)
GROUP = 3
POLICIES = ("delta", "follow", "pinned")
HOUSE = venue(
    goods("coffee"),
    service("massage", 60),
    service("class", 60, group_size=GROUP),
    service("room", 60),
    package(
        *(
            component("coffee", key=f"coffee-{p}", fixed_start="10:00", on_participants_change=p)
            for p in POLICIES
        ),
        *(
            component("massage", key=f"massage-{p}", fixed_start="10:00", on_participants_change=p)
            for p in POLICIES
        ),
        component("class", fixed_start="10:00"),
        component("room", "one", fixed_start="10:00"),
    ),
)
KEYS = [c.key for c in party(HOUSE).sold.package.components if c.key != "room"]

PARTICIPANTS = st.tuples(st.just("participants"), st.integers(1, 9))
LEAVING = st.tuples(st.just("leaving"), st.integers(0, 8))
QUANTITY = st.tuples(st.sampled_from(KEYS), st.integers(0, 12))
CHANGES = st.lists(PARTICIPANTS | LEAVING | QUANTITY, max_size=10)


def booked(line: Line) -> Line:
    """With a booking for every session, each at its fixed time."""
    desired = expand(line, TZ)
    placings = [Placing(s.start or 0, s.end_at(s.start or 0), ()) for s in desired.sessions]
    return assemble(line, desired, placings, {})


def changed(line: Line, change: tuple[str, int]) -> Line:
    """The line after one change; one that makes no sense changes nothing."""
    what, value = change
    if what == "participants":
        return booked(with_participants(line, value)) if value != line.participants else line
    if what == "leaving":
        if line.participants < 2:
            return line
        guest = line.guests[value % line.participants].number
        return booked(with_participants(line, line.participants - 1, (guest,)))
    if not what.startswith("coffee"):
        value = min(value, line.participants)
    return booked(with_components(line, TZ, [ComponentRequest(component=what, quantity=value)], 5))


def quantities(line: Line) -> dict[str, int]:
    out: dict[str, int] = {}
    for booking in line.bookings:
        if booking.active:
            out[booking.component] = out.get(booking.component, 0) + booking.quantity
    return out


def active(line: Line) -> dict[Any, Booking]:
    return {b.id: b for b in line.bookings if b.active and not b.goods}


class Expected:
    """The rule by itself: a difference, or a number that is reset or pinned."""

    def __init__(self, participants: int) -> None:
        self.participants = participants
        self.difference = dict.fromkeys(KEYS, 0)

    def change(self, what: str, value: int, participants: int) -> None:
        if what in self.difference:
            value = value if what.startswith("coffee") else min(value, self.participants)
            self.difference[what] = value - self.participants
        elif participants != self.participants:
            for key in KEYS:
                if key.endswith("follow"):
                    self.difference[key] = 0
                if key.endswith("pinned"):
                    kept = max(0, self.participants + self.difference[key])
                    self.difference[key] = kept - participants
            self.participants = participants

    def quantity(self, key: str) -> int:
        wanted = max(0, self.participants + self.difference[key])
        return wanted if key.startswith("coffee") else min(wanted, self.participants)


@settings(max_examples=100)
@given(st.integers(1, 9), CHANGES)
def test_quantities_are_the_participants_and_the_difference_that_staff_made(
    participants: int, changes: list[tuple[str, int]]
) -> None:
    line, expected = booked(party(HOUSE, participants)), Expected(participants)
    for change in changes:
        line = changed(line, change)
        expected.change(*change, line.participants)
        found = quantities(line)
        assert {key: found.get(key, 0) for key in KEYS} == {key: expected.quantity(key) for key in KEYS}
        assert found["room"] == 1


@settings(max_examples=100)
@given(st.integers(1, 9), CHANGES)
def test_guests_keep_their_numbers_for_life(participants: int, changes: list[tuple[str, int]]) -> None:
    line = booked(party(HOUSE, participants))
    gone: set[int] = set()
    for change in changes:
        before = [g.number for g in line.guests]
        line = changed(line, change)
        after = [g.number for g in line.guests]
        assert after == sorted(set(after))
        assert not gone & set(after)
        gone |= set(before) - set(after)
        assert line.next_guest > max([*before, *after, *gone])
        if change[0] == "participants":
            assert after[: len(before)] == before[: len(after)]


@settings(max_examples=100)
@given(st.integers(1, 9), CHANGES)
def test_sessions_once_formed_keep_their_guests(participants: int, changes: list[tuple[str, int]]) -> None:
    line = booked(party(HOUSE, participants))
    for change in changes:
        before = active(line)
        line = changed(line, change)
        after = active(line)
        present = {g.number for g in line.guests}
        for key in ("class", "massage-delta"):
            was = {b.id: set(b.guests) for b in before.values() if b.component == key}
            now = {b.id: set(b.guests) for b in after.values() if b.component == key}
            seated = [guest for guests in now.values() for guest in guests]
            assert sorted(seated) == sorted(present)[: len(seated)]
            for booking, guests in was.items():
                assert guests & set(seated) <= now.get(booking, set())
                assert now.get(booking, set()) or not guests & set(seated)
            size = GROUP if key == "class" else 1
            assert all(1 <= len(guests) <= size for guests in now.values())
            if set(now) - set(was):  # nobody sits in a new session while an old one has room
                assert all(len(now[booking]) == size for booking in set(now) & set(was))
