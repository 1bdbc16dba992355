"""The customer's page: an order by a link that is its own key, as plain HTML with forms."""

import hashlib
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import Response
from msgspec import UNSET

from api.call import Call, etag_matches
from api.endpoint import endpoint
from api.errors import status_of
from api.my.changes import preview_page
from api.my.opening import HEADERS, Fields, Opened, html, one, page
from api.my.pages import order_page, refused_page, times_page
from booking.actions.cancel import cancel_line, cancel_order
from booking.actions.change import change_line
from booking.actions.find_starts import find_starts
from booking.lines import Line
from booking.outcome import Outcome
from booking.refusals import NotPlaceable
from booking.requests import ChangeRequest, GuestWishes
from booking.self_service import check_own_cancel, check_own_change, rights
from catalog.errors import Invalid, NotFound
from catalog.times import wall, wall_of

ASSETS = Path(__file__).parents[1] / "my" / "assets"
SHOWN_DAYS = 14
_DECLARED: dict[str, Any] = {
    "roles": None,
    "tag": "my",
    "media": ("text/html",),
    "refusals": (404, 409, 422, 429),
}


@endpoint("GET", "/my/{token:str}", summary="The customer's page of an order", **_DECLARED)
@page
async def show(call: Call, opened: Opened) -> Response[Any]:
    now = call.desk.now()
    return html(
        order_page(
            opened.where,
            opened.venue,
            opened.order,
            opened.paid,
            rights(opened.order, opened.hours, now),
            now,
            done=one(opened.fields, "done"),
            base_url=call.server.settings.public_url.rstrip("/") or call.base_url,
            most=call.desk.limits.participants,
        )
    )


@endpoint("GET", "/my/{token:str}/times", summary="Other times for the whole group", **_DECLARED)
@page
async def times(call: Call, opened: Opened) -> Response[Any]:
    line, venue, now = opened.line(), opened.venue, call.now
    request = _party(opened, line)
    check_own_change(opened.order, request, venue.tz, opened.hours, call.desk.now())
    today = wall_of(venue.tz, now)[0]
    horizon = today + timedelta(days=call.desk.limits.horizon_days)
    first = max(today, min(horizon, _date(one(opened.fields, "from")) or wall_of(venue.tz, line.start)[0]))
    last = wall(venue.tz, first + timedelta(days=SHOWN_DAYS), 0)
    found = await find_starts(
        call.desk,
        venue,
        opened.order.id,
        line.id,
        request,
        wall(venue.tz, first, 0),
        last,
        caller=opened.actor,
    )
    return html(
        times_page(
            opened.where,
            venue,
            line,
            found.slots,
            first=first,
            shown_days=SHOWN_DAYS,
            today=today,
            horizon=horizon,
            leave=request.remove_guests,
            add=_number(opened.fields, "add"),
            unfinished=not found.complete,
        )
    )


@endpoint("POST", "/my/{token:str}/preview", summary="What a change would mean; nothing is kept", **_DECLARED)
@page
async def preview(call: Call, opened: Opened) -> Response[Any]:
    action = one(opened.fields, "action")
    try:
        outcome = await _act(call, opened, action, preview=True)
    except NotPlaceable as refusal:
        return _elsewhere(opened, action, refusal)
    hidden: dict[str, object] = {
        "action": action,
        "version": opened.order.version,
        **{name: opened.fields[name] for name in ("line", "start", "leave", "add") if name in opened.fields},
    }
    if outcome.plan is not None:
        hidden["plan"] = outcome.plan
    if action != "cancel":
        hidden["line"] = str(opened.line().id)
    return html(preview_page(opened.where, opened.venue, outcome, action, hidden))


@endpoint(
    "POST",
    "/my/{token:str}/apply",
    summary="The change that was shown, exactly",
    status=303,
    **_DECLARED | {"refusals": (*_DECLARED["refusals"], 412)},
)
@page
async def apply(call: Call, opened: Opened) -> Response[Any]:
    action = one(opened.fields, "action")
    await _act(call, opened, action, preview=False)
    done = {"move": "moved", "participants": "changed", "cancel": "cancelled"}[action]
    return _back(opened, done)


@endpoint("POST", "/my/{token:str}/guests", summary="Names, diets and wishes", status=303, **_DECLARED)
@page
async def name_guests(call: Call, opened: Opened) -> Response[Any]:
    line = opened.line()
    wishes = tuple(
        GuestWishes(
            name=_text(opened.fields, f"name-{guest.number}", guest.name, 200),
            note=_text(opened.fields, f"note-{guest.number}", guest.note, 2000),
            required=guest.required,
            preferred=guest.preferred,
            choices=guest.choices,
        )
        for guest in line.guests
    )
    request = ChangeRequest(guests=wishes)
    check_own_change(opened.order, request, opened.venue.tz, opened.hours, call.desk.now())
    await change_line(call.desk, opened.venue, opened.order.id, line.id, request, caller=opened.actor)
    return _back(opened, "saved")


@endpoint(
    "GET",
    "/my/assets/{name:str}",
    roles=None,
    tag="my",
    summary="A file of the customer's page",
    media=("text/css", "text/javascript"),
    refusals=(404,),
)
async def asset(call: Call, name: str) -> Response[Any]:
    if name not in ("page.css", "page.js"):
        raise NotFound("There is no such file.")
    content, etag = _file(name)
    headers = {"ETag": etag, "Cache-Control": "public, max-age=300"}
    if etag_matches(call.request.headers.get("if-none-match"), etag):
        return Response(b"", status_code=304, headers=headers)
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    return Response(content, media_type=kind, headers=headers)


async def _act(call: Call, opened: Opened, action: str, *, preview: bool) -> Outcome:
    """The one way by which customers change their orders; raises what the rules and the engine refuse."""
    order, venue, desk = opened.order, opened.venue, call.desk
    plan = one(opened.fields, "plan") or None
    version = order.version if preview else _number(opened.fields, "version")
    if action == "cancel":
        check_own_cancel(order, venue.tz, opened.hours, desk.now())
        if one(opened.fields, "line"):
            line = opened.line()
            return await cancel_line(
                desk, venue, order.id, line.id, plan, version, caller=opened.actor, preview=preview
            )
        return await cancel_order(desk, venue, order.id, plan, version, caller=opened.actor, preview=preview)
    if action not in ("move", "participants"):
        raise Invalid("Choose what to change.")
    line = opened.line()
    request = _party(opened, line, plan)
    if action == "move":
        start = one(opened.fields, "start")
        request = ChangeRequest(
            participants=request.participants, remove_guests=request.remove_guests, start=start, plan=plan
        )
    check_own_change(order, request, venue.tz, opened.hours, desk.now())
    return await change_line(
        desk, venue, order.id, line.id, request, version, caller=opened.actor, preview=preview
    )


def _party(opened: Opened, line: Line, plan: str | None = None) -> ChangeRequest:
    """Who comes: the guests named leave, so many more join."""
    leave = tuple(
        dict.fromkeys(
            int(n) for n in opened.fields.get("leave", ()) if n.isascii() and n.isdigit() and len(n) < 8
        )
    )
    add = _number(opened.fields, "add")
    if not leave and not add:
        return ChangeRequest(plan=plan)
    return ChangeRequest(participants=line.participants - len(leave) + add, remove_guests=leave, plan=plan)


def _elsewhere(opened: Opened, action: str, refusal: NotPlaceable) -> Response[Any]:
    """The refusal of a change, with the way to the times at which it would fit."""
    url, guests = "", 0
    if action == "participants":
        line = opened.line()
        request = _party(opened, line)
        guests = line.participants if request.participants is UNSET else request.participants
        leave, add = list(request.remove_guests), _number(opened.fields, "add")
        url = opened.where.url("/times", line=line.id, leave=leave, add=add)
    shown = refused_page(opened.where, refusal, known=True, times_url=url, guests=guests)
    return html(shown, status_of(refusal), refusal)


def _back(opened: Opened, done: str) -> Response[Any]:
    """To the page, which then shows the order as it is: reloading it repeats nothing."""
    return Response(b"", status_code=303, headers={**HEADERS, "Location": opened.where.url(done=done)})


def _number(fields: Fields, name: str) -> int:
    """A whole number of at most five digits; nothing is 0. Raises Invalid."""
    text = one(fields, name).strip() or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Invalid(f"{text[:20]!r} is not a number of guests.")
    return int(text)


def _text(fields: Fields, name: str, otherwise: str, most: int) -> str:
    """What was written in a field; what was not sent stays. Lines end as everywhere."""
    if name not in fields:
        return otherwise
    return one(fields, name).replace("\r\n", "\n").replace("\0", "").strip()[:most]


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1971 <= found.year <= 2900 else None


@lru_cache(maxsize=4)
def _file(name: str) -> tuple[bytes, str]:
    content = (ASSETS / name).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:20]}"'


ROUTES = (asset, show, times, preview, apply, name_guests)
