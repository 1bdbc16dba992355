"""Dates, times and money in the languages that customers are written to in, and which of them that is."""

from datetime import date
from decimal import Decimal
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_timezone_name
from babel.numbers import format_currency

from booking.requests import Language
from catalog.queries import StoredVenue
from catalog.times import local

LANGUAGES: tuple[Language, ...] = get_args(Language)
_LOCALES = {"sv": Locale("sv", "SE"), "en": Locale("en", "GB")}
_SWEDISH_ZONES = ("Europe/Stockholm", "Europe/Mariehamn")


def language_of(venue: StoredVenue, wanted: str | None = None) -> Language:
    """The language wanted, where it is one of ours; else that of the venue, by its currency and time zone."""
    for language in LANGUAGES:
        if wanted == language:
            return language
    swedish = venue.catalog.venue.currency == "SEK" or venue.tz.key in _SWEDISH_ZONES
    return "sv" if swedish else "en"


def day_text(language: Language, day: date, form: Literal["full", "short"] = "full") -> str:
    """`Saturday 5 December 2026`, or `Sat 5 Dec`."""
    pattern = {"full": "EEEE d MMMM y", "short": "EEE d MMM"}[form]
    return format_date(day, pattern, locale=_LOCALES[language])


def time_text(tz: ZoneInfo, at: int) -> str:
    """`10:00` by the venue's clock; with the offset in an hour that comes twice."""
    shown = local(tz, at)
    text = f"{shown:%H:%M}"
    if shown.replace(fold=0).utcoffset() != shown.replace(fold=1).utcoffset():
        offset = f"{shown:%z}"
        text += f" (UTC{offset[:3]}:{offset[3:]})"
    return text


def zone_text(language: Language, tz: ZoneInfo) -> str:
    """`Central European Time (Europe/Stockholm)`."""
    return f"{get_timezone_name(tz, locale=_LOCALES[language])} ({tz.key})"


def money_text(language: Language, amount: Decimal, currency: str) -> str:
    """`1 950,00 kr`, or `SEK 1,950.00`."""
    form = "¤¤\u00a0#,##0.00" if language == "en" else None
    return format_currency(amount, currency, form, locale=_LOCALES[language])


def plain(text: str) -> str:
    """The text on one line: whatever would end a line or be no character becomes a space."""
    return " ".join("".join(c if c.isprintable() or c in _MARKS else " " for c in text).split())


_MARKS = "\u200c\u200d\u200e\u200f\u061c\u2066\u2067\u2068\u2069\ufe0f"
"""Invisible, and part of what is written: joiners in names and emoji, direction in Arabic and Hebrew."""
