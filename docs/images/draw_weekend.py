"""Draws weekend.svg from what the demo venue answers: where a spa weekend for six goes, guest by guest.

`python docs/images/draw_weekend.py http://localhost:8000 KEY 2026-11-28T11:00 > docs/images/weekend.svg`
"""

import json
import sys
import urllib.request
from datetime import datetime
from html import escape
from typing import Any

GUESTS = ("Ada", "Bo", "Cleo", "Dag", "Eli", "Fay")
NAMES = {
    "lunch": "Lunch",
    "thermal-suite": "Thermal suite",
    "massage-50": "Massage",
    "facial-50": "Facial",
    "brunch": "Brunch",
}
COLOURS = {
    "lunch": "#e9c46a",
    "brunch": "#e9c46a",
    "thermal-suite": "#8ecae6",
    "massage-50": "#b7c9a8",
    "facial-50": "#e5b3a5",
}
LEFT, TOP, ROW, HOUR, GAP = 64, 64, 42, 132, 36


def main(address: str, key: str, start: str) -> None:
    """Asks for a quote, which keeps nothing, and writes the picture to the standard output."""
    order = {
        "package": "spa-weekend",
        "participants": len(GUESTS),
        "start": start,
        "guests": [{"name": name} for name in GUESTS],
    }
    request = urllib.request.Request(  # noqa: S310 - the address is given by who runs this
        f"{address}/v1/venues/demo/quotes",
        json.dumps(order).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        sys.stdout.write(drawn(json.load(answer)))


def drawn(order: dict[str, Any]) -> str:
    """The sessions of the order as a picture: a part for each day, a row for each guest."""
    sessions = [b for b in order["bookings"] if b["end"]]
    days: dict[str, list[dict[str, Any]]] = {}
    for session in sessions:
        days.setdefault(session["start"][:10], []).append(session)
    parts, y, widest = [], TOP, 0
    for day, booked in sorted(days.items()):
        first = min(hours(b["start"]) for b in booked) // 1
        last = -(-max(hours(b["end"]) for b in booked) // 1)
        widest = max(widest, int(last - first))
        title = datetime.fromisoformat(day).strftime("%A")
        parts.append(text(LEFT, y - 24, title, "day"))
        for hour in range(int(first), int(last) + 1):
            x = LEFT + (hour - first) * HOUR
            parts.append(text(x, y - 6, f"{hour}:00", "hour"))
            parts.append(f'<path class="line" d="M{x:g} {y}v{ROW * len(GUESTS)}"/>')
        for row, name in enumerate(GUESTS):
            parts.append(text(LEFT - 12, y + row * ROW + ROW / 2 + 4, name, "guest"))
        for session in booked:
            parts += boxes(session, y, first)
        y += ROW * len(GUESTS) + GAP + 32
    width, height = LEFT + widest * HOUR + 36, y - GAP - 12
    style = (
        "text{font:12px system-ui,sans-serif;fill:#24323a}.day{font-weight:600;font-size:15px}"
        ".hour{fill:#7b8a90;font-size:11px;text-anchor:middle}.guest{text-anchor:end}"
        ".with{fill:#4a5a60;font-size:10.5px}.line{stroke:#d8dfe2}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
        f"<title>A spa weekend for six, as it was placed</title><style>{style}</style>"
        f'<rect width="{width}" height="{height}" rx="8" fill="#fbfaf7"/>' + "".join(parts) + "</svg>\n"
    )


def boxes(session: dict[str, Any], y: float, first: float) -> list[str]:
    """A box for each guest of the session, with what it is and who or what it takes."""
    x = LEFT + (hours(session["start"]) - first) * HOUR
    width = (hours(session["end"]) - hours(session["start"])) * HOUR
    name = NAMES.get(session["product"], session["product"])
    used = " · ".join(a["resource"].replace("-", " ").capitalize() for a in session["allocations"])
    out = []
    for guest in session["guests"]:
        at = y + (guest - 1) * ROW + 4
        colour = COLOURS.get(session["product"], "#ddd")
        out.append(
            f'<rect x="{x + 1:g}" y="{at}" width="{width - 2:g}" height="{ROW - 8}" rx="5" fill="{colour}"/>'
        )
        out.append(text(x + 8, at + 15, name, ""))
        if len(session["allocations"]) > 1:
            out.append(text(x + 8, at + 28, used, "with"))
    return out


def hours(instant: str) -> float:
    """The wall clock of an answer, in hours after midnight."""
    at = datetime.fromisoformat(instant)
    return at.hour + at.minute / 60


def text(x: float, y: float, said: str, kind: str) -> str:
    """One line of writing."""
    of_kind = f' class="{kind}"' if kind else ""
    return f'<text{of_kind} x="{x:g}" y="{y:g}">{escape(said)}</text>'


if __name__ == "__main__":
    main(*sys.argv[1:])
