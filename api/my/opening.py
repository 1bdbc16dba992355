"""What a customer's link opens, and how it is answered: pages, the fields of forms, refusals on a page."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import wraps
from typing import Any
from urllib.parse import parse_qs

from litestar import Response
from msgspec import Struct

from api.call import Call
from api.errors import RETRY_SECONDS, Malformed, TooMany, as_refusal, status_of
from api.my.links import opened_by
from api.my.pages import Where, refused_page
from api.words import LANGUAGES, language_of
from booking.lines import Line, Order
from booking.queries import load_order
from catalog.actors import Actor
from catalog.errors import NotFound, Refusal
from catalog.queries import StoredVenue, load_venue_by_id
from pricing.customers import Customer
from pricing.queries import find_customer, payments_of

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
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
    address: str

    @property
    def hours(self) -> int:
        return self.venue.catalog.settings.customer_notice_hours

    @property
    def actor(self) -> Actor:
        name = self.customer.name if self.customer is not None else ""
        return Actor(role="customer", name=name or "by a link", address=self.address)

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
        where, known = Where(token="", language=_preferred(call)), False  # nosec B106 - none
        try:
            await call.admit("my")
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
    await call.server.throttle.admit(f"my {token}")
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
        address=call.address,
    )


def html(content: str, status: int = 200, refusal: Refusal | None = None) -> Response[Any]:
    """A page."""
    headers = dict(HEADERS)
    if isinstance(refusal, TooMany):
        headers["Retry-After"] = str(refusal.seconds)
    elif status == 503:
        headers["Retry-After"] = str(RETRY_SECONDS)
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


def _preferred(call: Call) -> Any:
    """The language of a page that belongs to nobody: the browser's."""
    return "sv" if call.request.headers.get("accept-language", "").lower().startswith("sv") else "en"
