"""The catalog document: read from TOML, YAML or JSON, checked as a whole, and written again (contract.md)."""

import re
import tomllib
from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal, cast

import msgspec
import tomli_w
import yaml
from msgspec.structs import replace

from catalog import checks, product_checks
from catalog.checks import KINDS, Draft, draft_of
from catalog.convert import MOST_PROBLEMS, convert
from catalog.errors import Invalid, Problem
from catalog.plain import from_json
from catalog.specs import Catalog, ProductSpec, SettingsSpec, VenueSpec

Format = Literal["toml", "yaml", "json"]
RULES = (*checks.RULES, *product_checks.RULES)
DEEPEST = 30
_LONG_KEY = re.compile(
    r"""(?<![\w"'.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){%d}""" % DEEPEST  # noqa: UP031 - braces
)
_TOKEN = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def read(text: str | bytes, form: Format) -> Catalog:
    """The checked catalog. Raises Invalid with every fault, or with the code `malformed`."""
    return from_data(parse(text, form))


def from_data(data: object) -> Catalog:
    """The checked catalog of a document as plain values; raises Invalid with every fault."""
    try:
        catalog = _completed(convert(data, Catalog))
    except Invalid as unreadable:
        faults = unreadable.problems
        faults = (*faults, *_found_in_the_rest(data, faults))
        raise Invalid(
            unreadable.sentence if len(faults) == 1 else "", problems=faults[:MOST_PROBLEMS]
        ) from None
    if problems := _problems(draft_of(catalog)):
        raise Invalid(problems=problems)
    return catalog


def write(catalog: Catalog, form: Format) -> str:
    """A document that reads as this very catalog; defaults are left out."""
    plain = {name: value for name, value in msgspec.to_builtins(catalog).items() if value != {}}
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(plain), indent=2).decode() + "\n"
    if form == "yaml":
        return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110)
    return tomli_w.dumps(plain)


# --- what is wrong with it


def _problems(draft: Draft) -> tuple[Problem, ...]:
    return tuple(islice((problem for rule in RULES for problem in rule(draft)), MOST_PROBLEMS))


def _found_in_the_rest(data: object, faults: tuple[Problem, ...]) -> Iterator[Problem]:
    """What the rules find beside the fields that could not be read: all faults are told at once."""
    if not isinstance(data, dict):
        return
    paths = {fault.path for fault in faults}
    unreadable: dict[int | str, Any] = {}
    for path in paths:
        branch = unreadable
        for number, name in _TOKEN.findall(path):
            branch = branch.setdefault(int(number) if number else name, {})
    rest = _without(data, unreadable)
    silent = paths | {path.rpartition(".")[0] for path in paths}
    for problem in _problems(_readable(rest)):
        if problem.path not in silent:  # it may come of what was left out
            yield problem


def _without(data: Any, fields: dict[int | str, Any]) -> Any:
    """The data without the fields at the tips of this tree; elements of lists stay, to keep their numbers."""
    if isinstance(data, dict):
        return {
            name: _without(value, fields[name]) if name in fields else value
            for name, value in data.items()
            if fields.get(name) != {}
        }
    if isinstance(data, list):
        return [_without(value, fields[i]) if i in fields else value for i, value in enumerate(data)]
    return data


def _readable(data: dict[str, Any]) -> Draft:
    """A draft of the entries that can be read."""
    entries: dict[str, list[tuple[str, Any]]] = {kind: [] for kind in KINDS}
    keys: dict[str, set[str]] = {kind: set() for kind in KINDS}
    pools: set[str] = set()
    for kind, spec in KINDS.items():
        rows = data.get(kind)
        for i, row in enumerate(rows if isinstance(rows, list) else ()):
            if not isinstance(row, dict):
                continue
            keys[kind] |= _texts([row.get("key")])
            pools |= _texts(row.get("pools")) if kind == "resources" else set()
            if (readable := _converted(row, spec)) is not None:
                entries[kind].append((f"{kind}[{i}]", readable))
    return Draft(
        venue=cast(VenueSpec | None, _converted(data.get("venue"), VenueSpec)),
        settings=cast(SettingsSpec | None, _converted(data.get("settings", {}), SettingsSpec)),
        keys={kind: frozenset(names) for kind, names in keys.items()},
        pools=frozenset(pools),
        **{kind: tuple(rows) for kind, rows in entries.items()},
    )


def _texts(values: object) -> set[str]:
    return {v for v in values if isinstance(v, str)} if isinstance(values, list) else set()


def _converted(data: object, kind: type[Any]) -> Any:
    try:
        value = convert(data, kind)
    except Invalid:
        return None
    return _whole(value) if isinstance(value, ProductSpec) else value


def _completed(catalog: Catalog) -> Catalog:
    return replace(catalog, products=tuple(map(_whole, catalog.products)))


def _whole(product: ProductSpec) -> ProductSpec:
    """With what the document may leave out or say in two ways: the keys of components, everybody together."""
    components = tuple(c if c.key else replace(c, key=next(iter(c.products), "")) for c in product.components)
    together = "all" if product.group_size is None else product.group_size
    return replace(product, components=components, group_size=together)


# --- the three formats


def parse(text: str | bytes, form: Format) -> object:
    """Plain values of a text; raises Invalid with the code `malformed`."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        if form == "json":
            return from_json(text.encode())
        if form == "toml":
            return _from_toml(text)
        return _from_yaml(text)
    except RecursionError:
        raise Invalid("The document is nested too deeply.", code="malformed") from None
    except (ValueError, yaml.YAMLError, msgspec.DecodeError) as fault:
        sentence = " ".join(str(fault).split())
        raise Invalid(f"The document is not {form.upper()}: {sentence}", code="malformed") from None


def _from_toml(text: str) -> object:
    if _LONG_KEY.search(text):  # on which the parser would spend hours
        raise RecursionError
    return tomllib.loads(text)


class _Yaml(yaml.CSafeLoader):
    """YAML 1.2's plain words and no others: 10:00 is a time and not 600, `no` and `on` are text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's way

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(mapping) != len(node.value):
            raise ValueError(f"a name stands twice in what begins at line {node.start_mark.line + 1}")
        return mapping


for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?[0-9]+\.[0-9]*([eE][-+]?[0-9]+)?", list("-+0123456789")),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", list("0123456789")),
):
    _Yaml.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})\\Z"), _first)


def _from_yaml(text: str) -> object:
    depth = 0
    for event in yaml.parse(text, Loader=_Yaml):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(f"aliases such as *{event.anchor} are not read, write out what they stand for")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise RecursionError
    return yaml.load(text, Loader=_Yaml)  # noqa: S506 - a safe loader  # nosec B506
