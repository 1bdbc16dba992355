"""What stands in a database, without what differs from time to time: ids, secrets and the present."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from api.entities import METADATA

Books = dict[str, Counter[str]]
ASIDE = ("idempotency", "resource_day", "api_key", "organisation", "mail_cursor")
"""Claims, locks, and what no operation of a venue changes."""

_SECRET = {"feed_token", "token", "digest", "code", "html", "text", "calendars", "message_id", "held_until"}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TOKEN = re.compile(r"(?<=/)[A-Za-z0-9_-]{40,}(?=\.ics|$)")
_INSTANT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LATELY = timedelta(days=3)


_TABLES = [table.name for table in METADATA.sorted_tables if table.name not in ASIDE]
_SEAL = "select md5(concat({}))".format(
    ", ".join(f"(select string_agg(md5(t::text), '' order by t::text) from {name} t)" for name in _TABLES)
)


async def seal(address: str) -> str:
    """What stands in the database as one short text: another one if anything at all differs."""
    connection = await asyncpg.connect(address)
    try:
        return str(await connection.fetchval(_SEAL))
    finally:
        await connection.close()


async def books(address: str) -> Books:
    """Every table as a bag of rows."""
    connection = await asyncpg.connect(address)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return {
                name: Counter(
                    json.dumps(plain(json.loads(row[0])), sort_keys=True)
                    for row in await connection.fetch(f"select to_jsonb(t)::text from {name} t")
                )
                for name in _TABLES
            }
    finally:
        await connection.close()


def plain(value: Any) -> Any:
    """Without ids, secrets and the present."""
    if isinstance(value, dict):
        return {_text(name): plain(v) for name, v in value.items() if name not in _SECRET}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    text = _TOKEN.sub("#", _ID.sub("#", text))
    return _INSTANT.sub(lambda found: _instant(found[0]), text)


def _instant(text: str) -> str:
    near = abs(datetime.fromisoformat(text) - datetime.now(UTC)) < _LATELY
    return "@" if near else text


def difference(one: Books, other: Books) -> dict[str, list[str]]:
    """What stands in one and not in the other, for a person to read."""
    return {
        name: [f"- {row[:300]}" for row in one[name] - other[name]]
        + [f"+ {row[:300]}" for row in other[name] - one[name]]
        for name in one
        if one[name] != other[name]
    }
