"""Customers with a key of their own: which orders are theirs, and what they may do to them."""

import uuid

from api.call import Call
from booking.lines import Order
from booking.queries import load_order
from booking.requests import CancelRequest, ChangeRequest
from booking.self_service import check_own_cancel, check_own_change
from catalog.errors import NotAllowed, NotFound
from catalog.queries import StoredVenue


async def own_order(call: Call, venue: StoredVenue, order_id: uuid.UUID) -> Order | None:
    """The order where a customer asks, whose it has to be; None for staff, who need not be asked whose it is.

    Raises NotFound for an order of somebody else.
    """
    if call.caller.is_staff:
        return None
    async with call.session() as session:
        order = await load_order(session, venue, order_id, call.desk.now())
    if order.customer != call.caller.customer:
        raise NotFound("There is no such order.")
    return order


async def version_to_change(
    call: Call, venue: StoredVenue, order_id: uuid.UUID, request: ChangeRequest | CancelRequest
) -> int | None:
    """The version that the change is to be based on, None for any; for a customer the one it was allowed on.

    Raises NotFound, NotAllowed and Conflict (code too_late) where a customer may not do this.
    """
    order = await own_order(call, venue, order_id)
    if order is None:
        return call.if_match
    hours = venue.catalog.settings.customer_notice_hours
    if isinstance(request, ChangeRequest):
        check_own_change(order, request, venue.tz, hours, call.desk.now())
    else:
        if request.waive_fee:
            raise NotAllowed("Only managers may waive what it costs to cancel.")
        check_own_cancel(order, venue.tz, hours, call.desk.now())
    return order.version if call.if_match is None else call.if_match
