"""What is associated goes along by the same days and minutes on the wall (S3-17, G11)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.assemble import assemble
from booking.associated import moved
from booking.case import shifted_start
from booking.expand import expand
from booking.fit import Placing
from booking.lines import DayTime, Line
from catalog.times import DAY, wall, wall_of, zone
from tests.building import booking_of, component, goods, package, party, service, venue

ZONES = ("Europe/Stockholm", "Australia/Lord_Howe", "America/New_York")
AROUND_A_CHANGE = ("2026-03-27", "2026-04-04", "2026-10-03", "2026-10-24", "2026-06-15", "2026-03-07")
MINUTES = st.integers(0, 287).map(lambda five: 5 * five)


def clock_at(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def visit(zone_name: str, date: str, host: int, follower: int) -> Line:
    """A massage with coffee, and a spoon with the coffee, all on the second day."""
    house = venue(
        service("massage", 60),
        goods("coffee"),
        goods("spoon"),
        package(
            component("massage", day=2, fixed_start=clock_at(host)),
            component("coffee", "one", day=2, fixed_start=clock_at(follower), associated_with="massage"),
            component("spoon", "one", day=2, fixed_start=clock_at(follower), associated_with="coffee"),
        ),
        zone=zone_name,
    )
    line = party(house, start=f"{date}T12:00")
    desired = expand(line, zone(zone_name))
    placings = [Placing(s.start or 0, s.end_at(s.start or 0), ()) for s in desired.sessions]
    return assemble(line, desired, placings, {})


@settings(max_examples=150)
@given(
    st.sampled_from(ZONES), st.sampled_from(AROUND_A_CHANGE), MINUTES, MINUTES, st.integers(-1, 5), MINUTES
)
def test_associated_goods_shift_by_the_same_days_and_minutes(
    zone_name: str, date: str, host: int, follower: int, day: int, minutes: int
) -> None:
    tz = zone(zone_name)
    line = visit(zone_name, date, host, follower)
    massage = booking_of(line, "massage")
    assert massage.start is not None
    first = wall_of(tz, line.start)[0].toordinal()

    def shown(at: int | None) -> int:
        """Minutes on the wall since the midnight of day 1."""
        assert at is not None
        on, after_midnight = wall_of(tz, at)
        return (on.toordinal() - first) * DAY + after_midnight

    before = {key: shown(booking_of(line, key).start) for key in ("massage", "coffee", "spoon")}
    after = moved(line, tz, massage.id, DayTime(day, minutes))
    shift = (day - 1) * DAY + minutes - before["massage"]
    for key in ("coffee", "spoon"):
        adjusted = booking_of(after, key).adjusted
        assert adjusted is not None
        assert (adjusted.day - 1) * DAY + adjusted.minutes == before[key] + shift
        assert 0 <= adjusted.minutes < DAY


@settings(max_examples=100)
@given(
    st.sampled_from(ZONES), st.sampled_from(AROUND_A_CHANGE), MINUTES, st.integers(-3, 3), MINUTES, MINUTES
)
def test_a_start_shifts_as_the_order_does(
    zone_name: str, date: str, start: int, days: int, before: int, after: int
) -> None:
    """placement.md, 5: compared after the shift, by days and minutes on the wall."""
    tz = zone(zone_name)
    line = visit(zone_name, date, 600, 600)
    day = wall_of(tz, line.start)[0]
    was, old = wall(tz, day, start), wall(tz, day, before)
    new = wall(tz, day.fromordinal(day.toordinal() + days), after)
    shift = wall_of(tz, new)[1] - wall_of(tz, old)[1]
    assert (
        shifted_start(tz, was, old, new)
        == wall(tz, day.fromordinal(day.toordinal() + days), wall_of(tz, was)[1] + shift)
        or old == new
    )
