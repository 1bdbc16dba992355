"""The text of a calendar as components and properties (RFC 5545, 3.1). What is no line is left out."""

import re
from collections.abc import Iterator

from msgspec import Struct

from api.importing.errors import Unreadable

MOST_COMPONENTS = 20_000
_DEEPEST = 8
_BREAK = re.compile(r"\r\n|\n|\r")
_LINE = re.compile(
    r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)\Z', re.DOTALL
)
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)')
_ESCAPED = re.compile(r"\\([nN;,\\])")


class Property(Struct, frozen=True):
    """One line: parameters by their name in capitals, without quotes."""

    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value of a text, unescaped."""
        return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], self.value)


class Component(Struct, frozen=True):
    """What stands between BEGIN and END."""

    name: str
    properties: list[Property]
    parts: list["Component"]

    def all(self, name: str) -> list[Property]:
        return [p for p in self.properties if p.name == name]

    def first(self, name: str) -> Property | None:
        return next((p for p in self.properties if p.name == name), None)

    def value(self, name: str) -> str:
        """The value of the property, in capitals; empty where there is none."""
        found = self.first(name)
        return "" if found is None else found.value.strip().upper()


def calendars(content: bytes) -> list[Component]:
    """The VCALENDARs in it; raises Unreadable where there is none, or the last one does not end."""
    root = Component("", [], [])
    open_ = [root]
    count = 0
    for line in _unfolded(_decoded(content)):
        match = _LINE.match(line)
        if match is None:
            continue
        name, value = match[1].upper(), match[3]
        if name == "BEGIN":
            count += 1
            if count > MOST_COMPONENTS or len(open_) > _DEEPEST:
                raise Unreadable(
                    f"The calendar has more than {MOST_COMPONENTS} parts, the most that is read."
                )
            inner = Component(value.strip().upper(), [], [])
            open_[-1].parts.append(inner)
            open_.append(inner)
        elif name == "END" and len(open_) > 1:
            if open_[-1].name != value.strip().upper():
                raise Unreadable(
                    f"The calendar is broken: {open_[-1].name[:40]} ends as {value.strip()[:40]}."
                )
            open_.pop()
        else:
            given = {m[1].upper(): m[2].replace('"', "") for m in _PARAMETER.finditer(match[2])}
            open_[-1].properties.append(Property(name, given, value))
    found = [part for part in root.parts if part.name == "VCALENDAR"]
    if not found:
        raise Unreadable("This is not a calendar: there is no VCALENDAR in it.")
    if len(open_) > 1:
        raise Unreadable("The calendar ends in the middle.")
    return found


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _unfolded(text: str) -> Iterator[str]:
    pieces: list[str] = []
    for piece in _BREAK.split(text):
        if piece[:1] in (" ", "\t") and pieces:
            pieces.append(piece[1:])
            continue
        if pieces:
            yield "".join(pieces)
        pieces = [piece] if piece else []
    if pieces:
        yield "".join(pieces)
