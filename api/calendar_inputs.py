"""What is asked about calendars: addresses to subscribe to, and calendars from elsewhere."""

import uuid
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from api.inputs import PageQuery
from booking.feeds import Kind
from booking.requests import GuestNumber, Request
from catalog.specs import Key, Name

Url = Annotated[str, Meta(min_length=1, max_length=2000)]
File = Annotated[str, Meta(min_length=1, max_length=1 << 20)]


class FeedsQuery(PageQuery, frozen=True, kw_only=True):
    """Which feeds: of a kind, of one order, line, customer or resource (its id)."""

    kind: Kind | None = None
    subject: uuid.UUID | None = None


class FeedBody(Request, frozen=True, kw_only=True):
    """A calendar to subscribe to: of an order, a guest (by number; `line` where the order has several), a
    customer, a resource (by key), or the venue. `details`, of the last two: names and messages too.
    """

    kind: Kind
    order: uuid.UUID | UnsetType = UNSET
    line: uuid.UUID | UnsetType = UNSET
    guest: GuestNumber | UnsetType = UNSET
    customer: uuid.UUID | UnsetType = UNSET
    resource: Key | UnsetType = UNSET
    details: bool = False


class ImportBody(Request, frozen=True, kw_only=True):
    """A calendar elsewhere: at an address (`url`), or the text of an .ics file (`content`)."""

    resource: Key
    name: Name = ""
    url: Url | UnsetType = UNSET
    content: File | UnsetType = UNSET


class ImportChangeBody(Request, frozen=True, kw_only=True):
    """What is to be different about an imported calendar."""

    name: Name | UnsetType = UNSET
    url: Url | UnsetType = UNSET
    content: File | UnsetType = UNSET
