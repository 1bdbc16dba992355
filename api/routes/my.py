"""The customer's page: an order by a link that is its own key, as plain HTML with forms."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from litestar import Response
from msgspec import UNSET, Struct

from api.auth import digest_of
from api.endpoint import Call, endpoint, etag_matches
from api.errors import Malformed, TooMany, as_refusal, status_of
from api.my.links import opened_by
from api.my.pages import Where, order_page, preview_page, refused_page, times_page
from api.words import LANGUAGES, language_of
from booking.actions.cancel import cancel_line, cancel_order
from booking.actions.change import change_line
from booking.actions.find_starts import find_starts
from booking.lines import Line, Order
from booking.outcome import Outcome
from booking.queries import load_order
from booking.refusals import NotPlaceable
from booking.requests import ChangeRequest, GuestWishes
from booking.self_service import check_own_cancel, check_own_change, rights
from catalog.actors import Actor
from catalog.errors import Invalid, NotFound, Refusal
from catalog.queries import StoredVenue, load_venue_by_id
from catalog.times import wall, wall_of
from pricing.customers import Customer
from pricing.queries import find_customer, payments_of

ASSETS = Path(__file__).parents[1] / "my" / "assets"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SHOWN_DAYS = 14
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
_DECLARED: dict[str, Any] = {
    "roles": None,
    "tag": "my",
    "media": ("text/html",),
    "refusals": (404, 409, 422, 429),
}
Fields = dict[str, list[str]]


class Opened(Struct, frozen=True, kw_only=True):
    """What a link opens, as it is now."""

    where: Where
    venue: StoredVenue
    order: Order
    customer: Customer | None
    paid: Decimal
    fields: Fields

    @property
    def hours(self) -> int:
        return self.venue.catalog.settings.customer_notice_hours

    @property
    def actor(self) -> Actor:
        name = self.customer.name if self.customer is not None else ""
        return Actor(role="customer", name=name or "by a link")

    def line(self) -> Line:
        """The line that the request names; raises NotFound."""
        wanted = one(self.fields, "line")
        for line in self.order.lines:
            if str(line.id) == wanted and line.status != "cancelled":
                return line
        raise NotFound("There is no such line.")


Page = Callable[[Call, Opened], Awaitable[Response[Any]]]


def page(function: Page) -> Callable[[Call, str], Awaitable[Response[Any]]]:
    """The function as the answer to a link; what is refused is said on a page too."""

    @wraps(function)
    async def answer(call: Call, token: str) -> Response[Any]:
        where, known = Where(token="", language=_preferred(call)), False
        try:
            client = call.request.client
            call.server.throttle.admit(f"my {client.host if client else ''}")
            opened = await _open(call, token)
            where, known = opened.where, True
            return await function(call, opened)
        except Exception as error:
            refusal = error if isinstance(error, Refusal) else as_refusal(error)
            if refusal is None:
                raise
            if isinstance(refusal, TooMany):
                known = True
            return html(refused_page(where, refusal, known=known), status_of(refusal), refusal)

    return answer


async def _open(call: Call, token: str) -> Opened:
    """Raises NotFound, for every token that opens nothing in the same way."""
    now = call.desk.now()
    fields = _fields(call)
    async with call.desk.sessions.begin() as session:
        found = await opened_by(session, token, now)
        if found is None:
            raise NotFound("There is no such link.")
        venue = await load_venue_by_id(session, found[0])
        order = await load_order(session, venue, found[1], now)
        customer = None if order.customer is None else await find_customer(session, venue.id, order.customer)
        payments = await payments_of(session, venue.id, order_id=order.id)
    call.server.throttle.admit(f"my {digest_of(token)}")
    chosen = one(fields, "lang") in LANGUAGES
    language = language_of(venue, one(fields, "lang") if chosen else customer.language if customer else None)
    call.tz = venue.tz
    return Opened(
        where=Where(token=token, language=language, chosen=chosen, venue=venue),
        venue=venue,
        order=order,
        customer=customer,
        paid=sum((p.amount for p in payments), order.total * 0),
        fields=fields,
    )


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


@endpoint("POST", "/my/{token:str}/apply", summary="The change that was shown, exactly", **_DECLARED)
@page
async def apply(call: Call, opened: Opened) -> Response[Any]:
    action = one(opened.fields, "action")
    await _act(call, opened, action, preview=False)
    done = {"move": "moved", "participants": "changed", "cancel": "cancelled"}[action]
    return _back(opened, done)


@endpoint("POST", "/my/{token:str}/guests", summary="Names, diets and wishes", **_DECLARED)
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
    return Response(b"", status_code=303, headers={**_HEADERS, "Location": opened.where.url(done=done)})


def html(content: str, status: int = 200, refusal: Refusal | None = None) -> Response[Any]:
    """A page."""
    headers = dict(_HEADERS)
    if isinstance(refusal, TooMany):
        headers["Retry-After"] = str(refusal.seconds)
    return Response(content.encode(), status_code=status, media_type="text/html", headers=headers)


def one(fields: Fields, name: str) -> str:
    """The first value of the field, or nothing."""
    return next(iter(fields.get(name, ())), "")


def _fields(call: Call) -> Fields:
    """The query and the form; what stands in both is the form's. Raises Malformed."""
    try:
        found = parse_qs(call.query_bytes.decode("ascii"), errors="strict", max_num_fields=2_000)
        form = parse_qs(
            call.raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=4_000
        )
    except ValueError:
        raise Malformed("This form cannot be read.") from None
    return {**found, **form}


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


def _preferred(call: Call) -> Any:
    """The language of a page that belongs to nobody: the browser's."""
    return "sv" if call.request.headers.get("accept-language", "").lower().startswith("sv") else "en"


@lru_cache(maxsize=4)
def _file(name: str) -> tuple[bytes, str]:
    content = (ASSETS / name).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:20]}"'


ROUTES = (asset, show, times, preview, apply, name_guests)
