"""What a value should have been, in words for people."""

import difflib
import uuid
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any, Literal, get_args, get_origin

from msgspec import Meta

from catalog.specs import Clock, Key

KEY, CLOCK = (get_args(form)[1].pattern for form in (Key, Clock))
_FORMS = {
    KEY: "a key of lower-case letters, digits and `-`",
    CLOCK: "a time such as 09:30",
    "^[A-Z]{3}$": "three capital letters such as EUR",
}


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that offers the most similar of the known names, if one begins alike."""
    alike = islice((k for k in known if k[:1] == name[:1]), 100)
    close = difflib.get_close_matches(name[:100], list(alike), n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def meta_and_bare(annotation: Any) -> tuple[Meta | None, Any]:
    """What is said of a type besides, and the type."""
    if get_origin(annotation) is Annotated:
        return annotation.__metadata__[0], annotation.__origin__
    return None, annotation


def expectation(annotation: Any) -> str:
    """What a person should write where this type is wanted."""
    meta, bare = meta_and_bare(annotation)
    meta = meta or Meta()
    if get_origin(bare) is Literal:
        return ("one of " if len(get_args(bare)) > 1 else "") + ", ".join(f'"{a}"' for a in get_args(bare))
    if bare is int:
        least, most = meta.ge, meta.le
        if least is not None and most is not None:
            return f"a whole number from {least} to {most}"
        return "a whole number" + (f" of at least {least}" if least is not None else "")
    if bare is str:
        return _FORMS.get(meta.pattern, "text") if meta.pattern else "text"
    simple = {
        bool: "true or false",
        date: "a date such as 2026-12-24",
        Decimal: "a decimal number as text",
        uuid.UUID: "an id (a UUID)",
    }
    if bare in simple:
        return simple[bare]
    return "a list" if get_origin(bare) in (tuple, list) else "a group of fields"


def shown(value: object) -> str:
    """A value as a person would write it, cut short."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        value = " ".join(value.splitlines())
        return f'"{value[:40]}…"' if len(value) > 40 else f'"{value}"'
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else "so large a number"
    if isinstance(value, float | Decimal):
        return str(value)[:40]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return "a list" if isinstance(value, list | tuple) else "a group of fields"
