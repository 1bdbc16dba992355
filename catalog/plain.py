"""JSON as plain values, without what a reader and a writer may understand differently."""

import re

import msgspec

_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def from_json(text: bytes) -> object:
    """The values; raises ValueError, and RecursionError for what is nested too deeply.

    An object that has a name twice is refused: one reader takes the first, another the last (RFC 8259, 4).
    """
    value: object = msgspec.json.decode(text)
    if _TEXT.sub(b"", text).count(b":") != _names(value):  # a colon outside of texts stands after a name
        raise ValueError("an object has the same name twice")
    return value


def _names(value: object) -> int:
    """How many names the objects have, in all."""
    found, waiting = 0, [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            found += len(part)
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return found
