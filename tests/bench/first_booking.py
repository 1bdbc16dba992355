"""How long a desk waits at the demo venue, over HTTP: for a booking, and for a month of slots.

`python -m tests.bench.first_booking http://localhost:8000 KEY`, with the server of `sojourn serve --demo`.
Prints a JSON object a line. What it books it cancels again.
"""

import json
import statistics
import sys
from datetime import date, timedelta

from tests.bench.client import Client

PACKAGE = "spa-weekend"
TIMES = 15


def main(address: str, key: str) -> None:
    """Measures at the server of that address; the key is a manager's."""
    with Client(address, key) as client:
        for guests in (2, 12):
            told(f"http-book-p50-{guests}-guests", [booked(client, guests, week) for week in range(TIMES)])
        told("http-slots-30-days", [searched(client, week) for week in range(TIMES)])
        told("http-slots-30-days-again", [asked(client) for _ in range(TIMES)])


def booked(client: Client, guests: int, week: int) -> float:
    """Milliseconds of one booking, on a Saturday so many weeks after the demo's own bookings."""
    today = date.today()  # noqa: DTZ011 - the demo's bookings are around the day on which it was loaded
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 + 7 * (week + 2))
    order = {"package": PACKAGE, "participants": guests, "start": f"{saturday}T11:00"}
    answer = client.post("venues/demo/orders", order).good()
    client.post(f"orders/{answer.json()['id']}/cancel", {}).good()
    return answer.took


def searched(client: Client, week: int) -> float:
    """Milliseconds of a search when the venue is not as it was at the one before: nothing is remembered."""
    booked(client, 1, week)
    return asked(client)


def asked(client: Client) -> float:
    """Milliseconds until every start of thirty days is known, the demo's own fortnight among them."""
    today = date.today()  # noqa: DTZ011
    wanted = {"participants": "2", "from": f"{today}", "to": f"{today + timedelta(days=30)}"}
    answer = client.get(f"venues/demo/packages/{PACKAGE}/slots", wanted).good()
    assert answer.json()["complete"]
    return answer.took


def told(name: str, took: list[float]) -> None:
    """Prints the median, and the worst beside it."""
    figures = {"name": name, "ours": round(statistics.median(took), 1), "worst": round(max(took), 1)}
    sys.stdout.write(json.dumps({**figures, "unit": "ms"}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
