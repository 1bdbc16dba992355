"""What can be set from outside, all of it from the environment, read once at the start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from msgspec import Meta, ValidationError, convert


class CannotStart(Exception):
    """What keeps Sojourn from starting, in one sentence for whoever runs it."""


def _data_dir() -> Path:
    base = Path(os.environ.get("XDG_DATA_HOME", ""))
    try:
        return (base if base.is_absolute() else Path.home() / ".local" / "share") / "sojourn"
    except RuntimeError:
        raise CannotStart(
            "This user has no home: name a folder for the data with SOJOURN_DATA_DIR."
        ) from None


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _whole(least: int, most: int) -> Meta:
    return Meta(ge=least, le=most, description=f"a whole number from {least} to {most}")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Each field is the variable `SOJOURN_` and its name in capitals; an empty variable counts as unset."""

    database_url: Annotated[
        str,
        Meta(
            pattern="^postgres(ql)?([+]asyncpg)?://",
            description="an address like postgresql://user@host/name",
        ),
    ] = field(default="", repr=False)  # unset: the embedded PostgreSQL
    data_dir: Annotated[Path, Meta(description="a folder")] = field(default_factory=_data_dir)
    host: Annotated[str, Meta(description="an address of this machine")] = "127.0.0.1"
    port: Annotated[int, _whole(0, 65535)] = 8000  # 0: any that is free
    workers: Annotated[int, _whole(1, 32)] = 1  # server processes on the port
    database_connections: Annotated[int, _whole(4, 500)] = 20  # of each at once, and one more to listen
    solver_seconds: Annotated[
        float, Meta(gt=0, le=600, description="a number of seconds, above 0 and at most 600")
    ] = 5.0
    solver_processes: Annotated[int, _whole(1, 64)] = field(default_factory=lambda: min(4, _usable_cores()))
    admin_key: Annotated[
        str, Meta(min_length=20, max_length=200, description="any string of 20 to 200 characters")
    ] = field(default="", repr=False)  # unset: made, and printed once

    session_hours: Annotated[int, _whole(1, 720)] = 12  # how long a sign-in lasts that is not used

    retention_days: Annotated[int, _whole(0, 36_500)] = 0  # then customers are erased; 0: never
    audit_days: Annotated[int, _whole(30, 36_500)] = 800  # how long the record of sign-ins and keys is kept
    address_days: Annotated[int, _whole(1, 36_500)] = 90  # how long, from which address each change came

    trusted_proxies: Annotated[
        str, Meta(pattern=r"^[0-9a-fA-F.:/, ]*$", description="addresses like 127.0.0.1, 10.1.0.0/16")
    ] = ""  # those whose X-Forwarded-For and X-Forwarded-Proto are believed

    public_url: Annotated[
        str,
        Meta(pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$", description="an address like https://spa.example"),
    ] = ""  # unset: as `host` and `port` say; the addresses in mails begin with it
    jobs: Annotated[bool, Meta(description="true or false")] = True  # false: leave them to `sojourn worker`
    smtp_url: Annotated[
        str,
        Meta(
            pattern=r"^smtps?([+]starttls)?://[^/?#\s]+/?$",
            description="an address like smtp+starttls://user:password@mail.spa.example:587",
        ),
    ] = field(default="", repr=False)  # unset: mails are kept and shown, not sent
    mail_from: Annotated[
        str,
        Meta(
            pattern=r"^([^<>\r\n]*<)?[^@<>\s]+@[^@<>\s]+>?$",
            description="an address like booking@spa.example, or Harbour Spa <booking@spa.example>",
        ),
    ] = ""  # unset: mails are kept and shown, not sent

    calendar_networks: Annotated[
        str, Meta(pattern=r"^[0-9a-fA-F.:/, ]*$", description="networks like 10.1.0.0/16, 10.2.0.0/16")
    ] = ""  # private ones from which calendars may be imported all the same

    log_requests: Annotated[bool, Meta(description="true or false")] = True  # a line for each
    traces: Annotated[bool, Meta(description="true or false")] = False  # by OpenTelemetry, the extra `otel`

    # What a request may ask for at most. Raising one may cost time and memory, nothing else.
    max_participants: Annotated[int, _whole(1, 10_000)] = 500
    max_hold_minutes: Annotated[int, _whole(1, 525_600)] = 10_080
    max_quantity: Annotated[int, _whole(1, 1_000_000)] = 10_000  # of goods
    max_name_length: Annotated[int, _whole(1, 10_000)] = 200
    max_message_length: Annotated[int, _whole(1, 100_000)] = 2_000
    max_body_bytes: Annotated[int, _whole(1024, 1 << 30)] = 1 << 20
    horizon_days: Annotated[int, _whole(1, 3_660)] = 800  # how far ahead can be booked
    max_slots_days: Annotated[int, _whole(1, 3_660)] = 400  # of one search
    max_explained_days: Annotated[int, _whole(1, 400)] = 7  # of one search that says why not
    slots_limit: Annotated[int, _whole(1, 100_000)] = 5_000  # of one answer, and the default


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the environment gives; raises `CannotStart` on a value that may not be."""
    hints = get_type_hints(Settings, include_extras=True)
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        variable = f"SOJOURN_{setting.name.upper()}"
        text = environment.get(variable, "").strip()
        if not text:
            continue
        try:
            values[setting.name] = convert(text, hints[setting.name], strict=False, dec_hook=_path)
        except ValidationError:
            (meta,) = hints[setting.name].__metadata__
            said = f" ({text!r})" if setting.repr else ""  # secrets are not repeated
            raise CannotStart(f"{variable} must be {meta.description}, which it is not{said}.") from None
    return Settings(**values)


def _path(_kind: type, text: str) -> Path:
    return Path(text).expanduser().absolute()
