"""What clients are told at once could have happened one after the other: by recorded histories."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.faults.histories import FIRST_DAY, Recorder, document
from tests.faults.linearizability import NEVER, Event, linearizable
from tests.walks.server import House

Json = dict[str, Any]
RESERVE = Event("reserve", "ada", 9, 0, 1)


@pytest.mark.parametrize("seed", range(3))
async def test_what_clients_are_told_can_have_happened_one_after_the_other(
    open_house: Callable[[Json], House], seed: int
) -> None:
    """Eight clients reserve, move, cancel and read three resources."""
    house = open_house(document(3))
    recorder = Recorder(house.key, 3, FIRST_DAY + timedelta(days=seed), seed)
    async with house.server.crowd() as crowd:
        await recorder.live([crowd] * 8, steps=12)
    events = [event for history in recorder.history.values() for event in history]
    assert {event.kind for event in events} == {"reserve", "move", "cancel", "read"}
    assert {event.outcome for event in events} >= {"done", "refused"}
    for history in recorder.history.values():
        assert linearizable(history)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param([RESERVE, Event("reserve", "bea", 9, 2, 3)], False, id="held twice"),
        pytest.param([RESERVE, Event("reserve", "bea", 9, 2, 3, "refused")], True, id="the second refused"),
        pytest.param([Event("reserve", "ada", 9, 0, 1, "refused")], False, id="refused though free"),
        pytest.param(
            [Event("reserve", "ada", 9, 0, 4), Event("read", "", 0, 1, 2), Event("read", "", 0, 3, 5,
             seen=frozenset({(9, "ada")}))], True, id="seen while it is made",
        ),
        pytest.param(
            [RESERVE, Event("read", "", 0, 2, 3)], False, id="not seen though it was answered",
        ),
        pytest.param(
            [RESERVE, Event("move", "ada", 10, 2, 3), Event("read", "", 0, 4, 5, seen=frozenset({(9, "ada"),
             (10, "ada")}))], False, id="seen in both places",
        ),
        pytest.param(
            [Event("reserve", "ada", 9, 0, NEVER, "unknown"), Event("reserve", "bea", 9, 5, 6, "refused")],
            True, id="done though nobody was told",
        ),
        pytest.param(
            [Event("reserve", "ada", 9, 0, NEVER, "unknown"), Event("reserve", "bea", 9, 5, 6)],
            True, id="not done, and nobody was told",
        ),
        pytest.param(
            [RESERVE, Event("cancel", "ada", 0, 2, 3), Event("read", "", 0, 4, 5, seen=frozenset({(9, "ada")
             }))], False, id="seen after it was given back",
        ),
    ],
)  # fmt: skip
def test_the_judge_of_histories_knows_right_from_wrong(history: list[Event], expected: bool) -> None:
    assert linearizable(history) is expected
