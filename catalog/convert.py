"""From plain data (JSON, TOML or YAML as parsed) to a Struct, with every fault found at once, by its path.

What a leaf may be is msgspec's to judge. The walk collects the faults, says them for people, and refuses what
would fail later on: U+0000 and halves of characters in text, numbers and years out of reach, odd decimals.
"""

import re
import types
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin

import msgspec
from msgspec import Meta, Struct, UnsetType

from catalog.errors import Invalid, Problem
from catalog.wording import CLOCK, expectation, meta_and_bare, nearest, shown

T = TypeVar("T")
Problems = list[Problem]
Reader = Callable[[object, str, Problems], Any]
"""Takes a value, its path and the problems so far; gives what it becomes, or reports and gives _BAD."""

MOST_PROBLEMS = 500  # told at once; the search for more ends there
_BAD = object()
INT8 = 1 << 63
"""The first whole number that no column takes."""
DECIMAL = r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$"
"""What a decimal number looks like, as a pattern of JSON Schema."""
_YEARS = range(1900, 2901)
_DECIMAL = re.compile(DECIMAL.strip("^$"))
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def convert(data: object, wanted: type[T]) -> T:
    """The data as a value of that type; raises Invalid with a Problem for each fault."""
    problems: Problems = []
    value: object = _BAD
    with suppress(_Enough):
        value = _reader(cast(Any, wanted))(data, "", problems)
    if problems:
        sentence = "" if problems[0].path else f"What was sent cannot be read: {problems[0].message}."
        raise Invalid(sentence, problems=tuple(problems))
    return cast(T, value)


@cache
def _reader(annotation: Any) -> Reader:
    meta, bare = meta_and_bare(annotation)
    origin, args = get_origin(bare), get_args(bare)
    if origin in (Union, types.UnionType):
        return _union(tuple(a for a in args if a is not UnsetType))
    if origin is Literal or bare in _LEAVES:
        return _leaf(annotation, bare, meta)
    if origin in (tuple, list) and args:
        return _sequence(origin, args, meta or Meta())
    if origin is dict:
        return _table(*args)
    if isinstance(bare, type) and issubclass(bare, Struct):
        return _struct(bare)
    raise TypeError(f"there is no reader for {annotation}")


# --- what holds other values


def _struct(kind: type[Struct]) -> Reader:
    fields = {f.encode_name: (f.name, _reader(f.type)) for f in msgspec.structs.fields(kind)}
    required = [f.encode_name for f in msgspec.structs.fields(kind) if f.required]
    forbids = kind.__struct_config__.forbid_unknown_fields

    def read(value: object, path: str, problems: Problems) -> Any:
        if not isinstance(value, dict):
            return _refuse(problems, path, f"expected a group of fields, not {shown(value)}")
        found = len(problems)
        values = {}
        for name, part in value.items():
            known = fields.get(name)
            if known is not None:
                values[known[0]] = known[1](part, _field(path, name), problems)
            elif forbids:
                _refuse(problems, _field(path, name), "unknown field" + nearest(str(name), fields))
        for name in required:
            if name not in value:
                _refuse(problems, _field(path, name), "is missing")
        return kind(**values) if len(problems) == found else _BAD

    return read


def _sequence(origin: type, args: tuple[Any, ...], meta: Meta) -> Reader:
    of_any_length = origin is list or args[-1] is Ellipsis
    parts = (_reader(args[0]),) if of_any_length else tuple(map(_reader, args))
    least = meta.min_length or 0 if of_any_length else len(parts)
    most = meta.max_length if of_any_length else len(parts)

    def read(value: object, path: str, problems: Problems) -> Any:
        if not isinstance(value, list | tuple):
            return _refuse(problems, path, f"expected a list, not {shown(value)}")
        found = len(problems)
        if len(value) < least or (most is not None and len(value) > most):
            bound = "" if least == most else "at least " if len(value) < least else "at most "
            number = least if len(value) < least else most
            return _refuse(problems, path, f"expected {bound}{number} in the list, not {len(value)}")
        out = [parts[i % len(parts)](part, f"{path}[{i}]", problems) for i, part in enumerate(value)]
        return origin(out) if len(problems) == found else _BAD

    return read


def _table(key: Any, of: Any) -> Reader:
    read_key, read_part = _reader(key), _reader(of)

    def read(value: object, path: str, problems: Problems) -> Any:
        if not isinstance(value, dict):
            return _refuse(problems, path, f"expected a group of fields, not {shown(value)}")
        found = len(problems)
        out = {
            read_key(name, _field(path, name), problems): read_part(part, _field(path, name), problems)
            for name, part in value.items()
        }
        return out if len(problems) == found else _BAD

    return read


def _union(arms: tuple[Any, ...]) -> Reader:
    """Null is null, a group of fields and a list go to their arms, else the first leaf that takes it."""
    nullable = types.NoneType in arms
    by_shape: dict[type, Reader] = {}
    leaves: list[Reader] = []
    for arm in arms:
        origin = get_origin(meta_and_bare(arm)[1])
        if origin in (tuple, list):
            by_shape[list] = by_shape[tuple] = _reader(arm)
        elif origin is dict or (isinstance(arm, type) and issubclass(arm, Struct)):
            by_shape[dict] = _reader(arm)
        elif arm is not types.NoneType:
            leaves.append(_reader(arm))
    expected = f"expected {' or '.join(expectation(a) for a in arms if a is not types.NoneType)}"
    sole = leaves[0] if len(leaves) == 1 and not by_shape else None

    def read(value: object, path: str, problems: Problems) -> Any:
        if value is None and nullable:
            return None
        reader = by_shape.get(type(value)) or sole
        if reader is not None:
            return reader(value, path, problems)
        for leaf in leaves:
            attempt: Problems = []
            out = leaf(value, path, attempt)
            if not attempt:
                return out
        return _refuse(problems, path, f"{expected}, not {shown(value)}")

    return read


# --- leaves


def _leaf(annotation: Any, bare: Any, meta: Meta | None) -> Reader:
    prepare, check = _LEAVES.get(bare, (None, None))
    pattern = meta.pattern if meta is not None else None

    def read(value: object, path: str, problems: Problems) -> Any:
        if pattern == CLOCK and isinstance(value, time) and not (value.second or value.microsecond):
            value = value.isoformat("minutes")
        if prepare is not None and (fault := prepare(value)):
            return _refuse(problems, path, fault)
        try:
            out = msgspec.convert(value, annotation)
        except msgspec.ValidationError:
            return _refuse(problems, path, _fault(value, bare, meta, annotation))
        if pattern is not None and out.endswith("\n"):  # which the pattern's `$` lets through
            return _refuse(problems, path, "must not end with a line break")
        if check is not None and (fault := check(out)):
            return _refuse(problems, path, fault)
        return out

    return read


def _fault(value: object, bare: Any, meta: Meta | None, annotation: Any) -> str:
    if bare is str and isinstance(value, str) and meta is not None:
        if meta.max_length is not None and len(value) > meta.max_length:
            return f"is too long: {len(value)} characters, at most {meta.max_length}"
        if not value:
            return "must not be empty"
    hint = ""
    if get_origin(bare) is Literal and isinstance(value, str):
        hint = nearest(value, tuple(str(a) for a in get_args(bare)))
    return f"expected {expectation(annotation)}, not {shown(value)}{hint}"


def _check_text(value: str) -> str:
    if _UNSTORABLE.search(value):
        return "holds a character that cannot be stored (U+0000, or half of a pair)"
    return ""


def _prepare_decimal(value: object) -> str:
    if isinstance(value, str | Decimal) and _DECIMAL.fullmatch(str(value)):
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f'write the number as text, between quotes: "{shown(value)}"'
    return f'expected a decimal number as text, such as "12.50", not {shown(value)}'


def _check_int(value: int) -> str:
    return "" if -INT8 <= value < INT8 else "the number is out of reach"


def _check_year(value: date) -> str:
    if value.year in _YEARS:
        return ""
    return f"the year {value.year} is out of reach ({_YEARS[0]} to {_YEARS[-1]})"


_LEAVES: dict[Any, tuple[Callable[[object], str] | None, Callable[[Any], str] | None]] = {
    str: (None, _check_text),
    int: (None, _check_int),
    bool: (None, None),
    Decimal: (_prepare_decimal, None),
    date: (None, _check_year),
    uuid.UUID: (None, None),
}
"""What is judged before msgspec and after it, each with the fault or nothing as its answer."""


def _field(path: str, name: object) -> str:
    return f"{path}.{str(name)[:100]}" if path else str(name)[:100]


class _Enough(Exception):
    """More faults than anybody reads."""


def _refuse(problems: Problems, path: str, message: str) -> object:
    problems.append(Problem(_sendable(path), _sendable(message)))
    if len(problems) >= MOST_PROBLEMS:
        raise _Enough
    return _BAD


def _sendable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
