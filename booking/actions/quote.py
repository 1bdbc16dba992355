"""Placement and price of what is asked, and nothing kept."""

from booking.actions.book import book
from booking.apply import Actor
from booking.desk import Desk
from booking.outcome import Outcome
from booking.requests import OrderRequest
from catalog.queries import StoredVenue


async def quote(
    desk: Desk, venue: StoredVenue, request: OrderRequest, *, caller: Actor | None = None
) -> Outcome:
    """As `book` with preview."""
    return await book(desk, venue, request, caller=caller or Actor(role="reception"), preview=True)
