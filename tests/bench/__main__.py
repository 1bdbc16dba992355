"""`make bench`: every row in one run, one JSON object a line; the ratios as a picture in docs/images."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.bench import first_booking, placement, searches
from tests.bench.telling import Row

PICTURE = Path("docs/images/bench.svg")


def main() -> None:
    """The rows that need no server, then those over HTTP at a demo venue of its own."""
    rows: list[Row] = []
    for subject in (placement, searches):
        for row in subject.rows():
            row.tell()
            rows.append(row)
    _over_http()
    PICTURE.write_text(picture([row for row in rows if row.ratio]))


def _over_http() -> None:
    key = secrets.token_urlsafe(24)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as data:
        given = {"SOJOURN_DATA_DIR": data, "SOJOURN_PORT": str(port), "SOJOURN_ADMIN_KEY": key}
        command = [Path(sys.executable).with_name("sojourn"), "serve", "--demo"]
        server = subprocess.Popen(command, env=os.environ | given, stderr=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/health")
            first_booking.main(address, key)
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(health: str) -> None:
    for _ in range(240):
        try:
            if httpx.get(health, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise TimeoutError("the server did not become ready")


def picture(rows: list[Row]) -> str:
    """How many times better than the peer, as bars on a scale of powers of ten."""
    height, left, width = 26 * len(rows) + 40, 330, 420
    bars = []
    for n, row in enumerate(rows):
        ratio = row.ratio or 1
        length = max(2.0, width * min(1.0, max(0.0, _decades(ratio) + 1) / 4))
        colour = "#2f7d5b" if ratio >= 1 else "#b4552d"
        y = 26 * n + 24
        bars.append(
            f'<text x="{left - 8}" y="{y + 12}" text-anchor="end">{row.name} / {row.against}</text>'
            f'<rect x="{left}" y="{y}" width="{length:.0f}" height="16" fill="{colour}"/>'
            f'<text x="{left + length + 6:.0f}" y="{y + 12}">{ratio:g} x</text>'
        )
    one = left + width / 4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 90}" height="{height}" '
        'font-family="sans-serif" font-size="12" fill="#444">'
        f'<line x1="{one}" x2="{one}" y1="16" y2="{height - 10}" stroke="#999" stroke-dasharray="3 3"/>'
        f'<text x="{one}" y="12" text-anchor="middle">as good as the peer or the limit</text>'
        + "".join(bars)
        + "</svg>\n"
    )


def _decades(ratio: float) -> float:
    import math

    return math.log10(ratio)


if __name__ == "__main__":
    main()
