"""A venue's own wordings of its mails."""

from typing import Any

from litestar import Response
from sqlalchemy import delete, select

from api.auth import DESK, MANAGERS
from api.call import Call
from api.endpoint import endpoint
from api.mail.stored import KINDS, MailTemplate
from api.mail.wordings import BLOCKS, BUILT_IN, VALUES, Kind, Wording, check
from api.routes.mails import Body, Subject
from api.shapes import View
from api.words import LANGUAGES
from booking.requests import Language, Request
from catalog.errors import NotFound


class WordingView(View, frozen=True, kw_only=True):
    """A wording in force. `own`: the venue's, not the built-in one."""

    kind: Kind
    language: Language
    subject: str
    body: str
    own: bool


class WordingsView(View, frozen=True, kw_only=True):
    """All wordings of a venue, and what may stand in one: `values` anywhere, `blocks` in the body."""

    items: list[WordingView]
    values: dict[str, str]
    blocks: dict[str, str]
    next: None


class WordingBody(Request, frozen=True, kw_only=True):
    """A venue's own wording: plain text with `{{names}}` (docs/guides/mail.md)."""

    subject: Subject
    body: Body


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/mail-templates",
    roles=DESK,
    tag="mails",
    summary="The wordings of the venue's mails, and what may stand in one",
    answer=WordingsView,
    refusals=(404,),
)
async def wordings(call: Call, venue: str) -> Response[Any]:
    async with call.session() as session:
        at = await call.venue(session, venue)
        rows = await session.scalars(select(MailTemplate).where(MailTemplate.venue_id == at.id))
        own = {(row.kind, row.language): row for row in rows}
    items = []
    for (kind, language), built_in in BUILT_IN.items():
        row = own.get((kind, language))
        shown = row or built_in
        items.append(
            WordingView(
                kind=kind, language=language, subject=shown.subject, body=shown.body, own=row is not None
            )
        )
    return call.respond(WordingsView(items=items, values=VALUES, blocks=BLOCKS, next=None))


_TEMPLATE = "/v1/venues/{venue:str}/mail-templates/{kind:str}/{language:str}"
_CHOICES = {"kind": KINDS, "language": LANGUAGES}


@endpoint(
    "PUT",
    _TEMPLATE,
    roles=MANAGERS,
    tag="mails",
    summary="Word a kind of mail in the venue's own way; every fault is named with its line",
    body=WordingBody,
    answer=WordingView,
    choices=_CHOICES,
    refusals=(404, 422),
)
async def reword(call: Call, venue: str, kind: str, language: str) -> Response[Any]:
    wanted = call.body(WordingBody)
    known, spoken = _named(kind, language)
    check(Wording(wanted.subject, wanted.body))
    async with call.desk.sessions.begin() as session:
        at = await call.venue(session, venue)
        before = await session.get(MailTemplate, (at.id, kind, language))
        was = {} if before is None else {"subject_before": before.subject, "body_before": before.body}
        now = {"subject": wanted.subject, "body": wanted.body}
        call.note(session, "wording_changed", None, venue=at.key, kind=kind, language=language, **now, **was)
        await session.merge(
            MailTemplate(
                venue_id=at.id,
                kind=kind,
                language=language,
                subject=wanted.subject,
                body=wanted.body,
                changed_at=call.desk.now(),
                changed_by=call.caller.name,
            )
        )
    return call.respond(
        WordingView(kind=known, language=spoken, subject=wanted.subject, body=wanted.body, own=True)
    )


@endpoint(
    "DELETE",
    _TEMPLATE,
    roles=MANAGERS,
    tag="mails",
    summary="Back to the built-in wording",
    answer=WordingView,
    choices=_CHOICES,
    refusals=(404,),
)
async def unword(call: Call, venue: str, kind: str, language: str) -> Response[Any]:
    known, spoken = _named(kind, language)
    async with call.desk.sessions.begin() as session:
        at = await call.venue(session, venue)
        before = await session.get(MailTemplate, (at.id, kind, language))
        if before is not None:
            was = {"subject_before": before.subject, "body_before": before.body}
            call.note(session, "wording_removed", None, venue=at.key, kind=kind, language=language, **was)
        await session.execute(
            delete(MailTemplate).where(
                MailTemplate.venue_id == at.id,
                MailTemplate.kind == kind,
                MailTemplate.language == language,
            )
        )
    built_in = BUILT_IN[known, spoken]
    return call.respond(
        WordingView(kind=known, language=spoken, subject=built_in.subject, body=built_in.body, own=False)
    )


def _named(kind: str, language: str) -> tuple[Kind, Language]:
    for named in BUILT_IN:
        if named == (kind, language):
            return named
    raise NotFound(
        f"There is no mail {kind!r} in {language!r}; there are {', '.join(KINDS)} in {', '.join(LANGUAGES)}."
    )


ROUTES = (wordings, reword, unword)
