"""The figures of a run as pictures: how many times better than the peer, and how they grow."""

import math
import re
from collections import defaultdict
from html import escape

from tests.bench.telling import Row

GOOD, BAD, LINES = "#2f7d5b", "#b4552d", ("#2f7d5b", "#b4552d", "#3d6ea5", "#8a6d1f", "#7a4b94", "#555555")


def ratios(rows: list[Row]) -> str:
    """Bars on a scale of powers of ten; left of the line is worse than the peer or the limit."""
    height, left, width = 26 * len(rows) + 40, 330, 420
    decades = max([1.0, *(math.log10(r.ratio) for r in rows if r.ratio)])
    bars = []
    for n, row in enumerate(rows):
        ratio = row.ratio or 1
        length = max(2.0, width * min(1.0, max(0.0, math.log10(ratio) + 1) / (decades + 1)))
        y = 26 * n + 24
        name, colour = escape(f"{row.name} / {row.against.partition(',')[0]}"), GOOD if ratio >= 1 else BAD
        bars.append(
            f'<text x="{left - 8}" y="{y + 12}" text-anchor="end">{name}</text>'
            f'<rect x="{left}" y="{y}" width="{length:.0f}" height="16" fill="{colour}"/>'
            f'<text x="{left + length + 6:.0f}" y="{y + 12}">{ratio:g} x</text>'
        )
    one = left + width / (decades + 1)
    ends = f'x1="{one:.0f}" x2="{one:.0f}" y1="18" y2="{height - 10}"'
    line = f'<line {ends} stroke="#999" stroke-dasharray="3 3"/>'
    told = f'<text x="{one:.0f}" y="12" text-anchor="middle">as good as the peer or the limit</text>'
    return _svg(left + width + 90, height, line + told + "".join(bars))


def curves(rows: list[Row]) -> str:
    """A small diagram for each subject of `growth-SUBJECT-N`, both scales in powers of ten."""
    series: defaultdict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for row in rows:
        found = re.fullmatch(r"growth-(.+)-(\d+)", row.name)
        if found and row.ours > 0:
            series[found[1]].append((float(found[2]), row.ours, row.unit))
    wide, high, parts = 340, 230, []
    for n, (name, points) in enumerate(sorted(series.items())):
        x, y = 20 + (n % 3) * wide, 20 + (n // 3) * high
        parts.append(
            f'<g transform="translate({x} {y})">{_curve(name, sorted(points), LINES[n % len(LINES)])}</g>'
        )
    return _svg(3 * wide + 20, 20 + high * math.ceil(len(series) / 3), "".join(parts))


def _curve(name: str, points: list[tuple[float, float, str]], colour: str) -> str:
    width, height, left, bottom = 250, 140, 50, 172
    xs, ys = [math.log10(p[0]) for p in points], [math.log10(p[1]) for p in points]
    low, high = math.floor(min(ys)), max(math.ceil(max(ys)), math.floor(min(ys)) + 1)
    span = (max(xs) - min(xs)) or 1
    at = [
        (left + 10 + (width - 20) * (a - min(xs)) / span, bottom - height * (b - low) / (high - low))
        for a, b in zip(xs, ys, strict=True)
    ]
    out = [
        f'<text x="{left}" y="8" font-weight="bold">{escape(name.replace("-", " "))}, {points[0][2]}</text>'
    ]
    for power in range(low, high + 1):
        y = bottom - height * (power - low) / (high - low)
        out.append(f'<line x1="{left}" x2="{left + width}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
        out.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{10.0**power:g}</text>')
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
    for (x, y), (size, value, _) in zip(at, points, strict=True):
        out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
        out.append(f'<text x="{x:.1f}" y="{y - 7:.1f}" text-anchor="middle">{_told(value)}</text>')
        out.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{_short(size)}</text>')
    return "".join(out)


def _told(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}".replace(",", " ")


def _short(size: float) -> str:
    return f"{size:g}" if size < 10_000 else f"10^{math.log10(size):g}"


def _svg(width: float, height: float, inside: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" font-size="12" fill="#444">'
        f'<rect width="100%" height="100%" fill="#fff"/>{inside}</svg>\n'
    )
