"""The wordings of mails: a template of each kind in each language, and what may stand in one.

A template is plain text with `{{name}}` for a value, and `{{#name}} … {{/name}}` and `{{^name}} … {{/name}}`
around what is only said where the value is there, or is not. There is nothing to loop or compute with, so a
template can neither run for ever nor reach anything; what it is filled with is always shown as written.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from html import escape
from typing import Literal

from msgspec import Struct

from api.words import plain
from booking.requests import Language
from catalog.errors import Invalid, Problem

VALUES = {
    "name": "the recipient's name",
    "venue": "the venue's name",
    "number": "the order's number",
    "what": "what is booked: the names of the packages",
    "day": "the day on which the visit begins",
    "time": "the time at which it begins",
    "zone": "the venue's time zone, spelled out",
    "until": "until when the customer may change or cancel it alone",
    "guest": "there where the recipient is a guest who does not pay",
}
BLOCKS = {
    "itinerary": "what is booked, day by day",
    "changes": "what has changed, was and is",
    "price": "the price, and what is due when",
    "link": "the customer's own page of this order",
    "calendar": "the calendar of this order, to subscribe to",
}
_TAG = re.compile(r"{{ ?([#^/]?) ?([^{}\s]{1,40}) ?}}")
_ALONE = re.compile(r"^[ \t]*({{ ?[#^/][^{}]*}})[ \t]*\n", re.MULTILINE)
_MARK = re.compile("\0([a-z]+)\0")


Kind = Literal["confirmation", "change", "cancellation", "reminder"]


class Wording(Struct, frozen=True):
    """A subject and a body, as templates."""

    subject: str
    body: str


class Block(Struct, frozen=True):
    """A value of more than words, as text and as HTML. `inline`: it may stand within a sentence."""

    text: str
    html: str
    inline: bool = False


class Filled(Struct, frozen=True):
    """A wording with its values."""

    subject: str
    text: str
    html: str


def check(wording: Wording) -> None:
    """Raises Invalid with every fault, by line."""
    problems = [
        *(Problem("subject", fault) for fault in _faults(wording.subject, VALUES)),
        *(Problem("body", fault) for fault in _faults(wording.body, {**VALUES, **BLOCKS})),
    ]
    if not plain(wording.subject):
        problems.insert(0, Problem("subject", "A mail needs a subject."))
    if problems:
        raise Invalid(problems=tuple(problems))


def fill(wording: Wording, values: Mapping[str, str], blocks: Mapping[str, Block]) -> Filled:
    """The mail that the template makes of these; raises Invalid as `check` does."""
    check(wording)
    marks = {name: f"\0{name}\0" if blocks[name].text else "" for name in blocks}
    words = {name: plain(value) for name, value in values.items()}
    body = _filled(
        _ALONE.sub(r"\1", wording.body.replace("\r\n", "\n").replace("\0", "")), {**words, **marks}
    )
    body = re.sub(r"\n{3,}", "\n\n", body.strip())
    return Filled(
        plain(_filled(wording.subject, words)),
        _MARK.sub(lambda m: blocks[m[1]].text, body) + "\n",
        "\n".join(_paragraph(part, blocks) for part in re.split(r"\n{2,}", body)),
    )


def _faults(template: str, known: Collection[str]) -> Iterator[str]:
    """What is wrong with the template, each a sentence that begins with its line."""
    opened: list[tuple[str, int]] = []
    for line, text in enumerate(template.splitlines(), 1):
        for kind, name in _TAG.findall(text):
            if name not in known:
                yield f"Line {line}: there is no {name!r} here; there are {', '.join(known)}."
            elif kind == "/" and (not opened or opened[-1][0] != name):
                yield f"Line {line}: {{{{/{name}}}}} ends what has not begun."
            elif kind == "/":
                opened.pop()
            elif kind:
                opened.append((name, line))
        if "{{" in (rest := _TAG.sub("", text)) or "}}" in rest:
            yield f"Line {line}: two braces that do not make a {{{{name}}}}."
    for name, line in opened:
        yield f"Line {line}: {{{{#{name}}}}} is never ended with {{{{/{name}}}}}."


def _filled(template: str, values: Mapping[str, str]) -> str:
    out: list[str] = []
    shown = [True]
    at = 0
    for tag in _TAG.finditer(template):
        if shown[-1]:
            out.append(template[at : tag.start()])
        at = tag.end()
        kind, value = tag[1], values.get(tag[2], "")
        if kind == "/":
            shown.pop()
        elif kind:
            shown.append(shown[-1] and bool(value) == (kind == "#"))
        elif shown[-1]:
            out.append(value)
    out.append(template[at:])
    return "".join(out)


def _paragraph(part: str, blocks: Mapping[str, Block]) -> str:
    alone = _MARK.fullmatch(part.strip())
    if alone and not blocks[alone[1]].inline:
        return blocks[alone[1]].html
    text = escape(part).replace("\n", "<br>\n")
    return f"<p>{_MARK.sub(lambda m: blocks[m[1]].html, text)}</p>"


_END = {
    "en": "{{#link}}\nSee the booking, change it or cancel it here, without an account"
    "{{#until}} (until {{until}}){{/until}}:\n{{link}}\n{{/link}}\n\n"
    "{{#calendar}}\nCalendar to subscribe to:\n{{calendar}}\n{{/calendar}}\n\n{{venue}}\n",
    "sv": "{{#link}}\nSe, ändra eller avboka här, utan konto"
    "{{#until}} (till {{until}}){{/until}}:\n{{link}}\n{{/link}}\n\n"
    "{{#calendar}}\nKalender att prenumerera på:\n{{calendar}}\n{{/calendar}}\n\n{{venue}}\n",
}
_ZONE = {"en": "All times are {{zone}}.", "sv": "Alla tider är {{zone}}."}
_HELLO = {"en": "Hello{{#name}} {{name}}{{/name}},", "sv": "Hej{{#name}} {{name}}{{/name}}!"}


def _wording(language: Language, subject: str, *paragraphs: str) -> Wording:
    return Wording(subject, "\n\n".join((_HELLO[language], *paragraphs)))


BUILT_IN: dict[tuple[Kind, Language], Wording] = {
    ("confirmation", "en"): _wording(
        "en",
        "Your booking {{number}} at {{venue}}, {{day}}",
        "{{^guest}}Your booking {{number}} at {{venue}} is confirmed.{{/guest}}"
        "{{#guest}}You are expected at {{venue}}. This is your part of booking {{number}}.{{/guest}}",
        "{{itinerary}}",
        _ZONE["en"],
        "{{price}}",
        _END["en"],
    ),
    ("confirmation", "sv"): _wording(
        "sv",
        "Din bokning {{number}} hos {{venue}}, {{day}}",
        "{{^guest}}Din bokning {{number}} hos {{venue}} är bekräftad.{{/guest}}"
        "{{#guest}}Du är väntad hos {{venue}}. Det här är din del av bokning {{number}}.{{/guest}}",
        "{{itinerary}}",
        _ZONE["sv"],
        "{{price}}",
        _END["sv"],
    ),
    ("change", "en"): _wording(
        "en",
        "Changed: your booking {{number}} at {{venue}}, {{day}}",
        "Your booking {{number}} at {{venue}} has changed.",
        "{{changes}}",
        "This is what is booked now:",
        "{{itinerary}}",
        _ZONE["en"],
        "{{price}}",
        _END["en"],
    ),
    ("change", "sv"): _wording(
        "sv",
        "Ändrad: din bokning {{number}} hos {{venue}}, {{day}}",
        "Din bokning {{number}} hos {{venue}} har ändrats.",
        "{{changes}}",
        "Det här är bokat nu:",
        "{{itinerary}}",
        _ZONE["sv"],
        "{{price}}",
        _END["sv"],
    ),
    ("cancellation", "en"): _wording(
        "en",
        "Cancelled: your booking {{number}} at {{venue}}, {{day}}",
        "{{^guest}}Your booking {{number}} at {{venue}} is cancelled.{{/guest}}"
        "{{#guest}}Your part of booking {{number}} at {{venue}} is cancelled.{{/guest}}",
        "{{changes}}",
        _ZONE["en"],
        "{{price}}",
        "{{venue}}",
    ),
    ("cancellation", "sv"): _wording(
        "sv",
        "Avbokad: din bokning {{number}} hos {{venue}}, {{day}}",
        "{{^guest}}Din bokning {{number}} hos {{venue}} är avbokad.{{/guest}}"
        "{{#guest}}Din del av bokning {{number}} hos {{venue}} är avbokad.{{/guest}}",
        "{{changes}}",
        _ZONE["sv"],
        "{{price}}",
        "{{venue}}",
    ),
    ("reminder", "en"): _wording(
        "en",
        "Soon: {{what}} at {{venue}}, {{day}} {{time}}",
        "We look forward to your visit on {{day}} at {{time}}.",
        "{{itinerary}}",
        _ZONE["en"],
        _END["en"],
    ),
    ("reminder", "sv"): _wording(
        "sv",
        "Snart dags: {{what}} hos {{venue}}, {{day}} {{time}}",
        "Vi ser fram emot ditt besök {{day}} kl. {{time}}.",
        "{{itinerary}}",
        _ZONE["sv"],
        _END["sv"],
    ),
}
