"""Bodies that are worth looking at, by the type that reads them. They name the spa weekend of the guide."""

from typing import Any

from api.calendar_inputs import FeedBody, ImportBody, ImportChangeBody
from api.inputs import BlockBody, SlotsBody
from api.plan_shapes import PlanBody
from booking.requests import (
    AddLineRequest,
    BookingRequest,
    ChangeRequest,
    CustomerRequest,
    MovesRequest,
    OrderRequest,
    PlanRequest,
)
from catalog.specs import Catalog
from pricing.entering import RefundRequest, SaleChangeRequest, SalePlanRequest, SaleRequest, StockRequest
from pricing.redeeming import LotChangeRequest, RedeemRequest

_CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Anna//Own//EN\r\nBEGIN:VEVENT\r\nUID:1@example.org\r\n"
    "DTSTAMP:20261101T120000Z\r\nDTSTART;VALUE=DATE:20261224\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
EXAMPLES: dict[Any, dict[str, Any]] = {
    Catalog: {
        "venue": {
            "name": "Harbour Spa",
            "time_zone": "Europe/Stockholm",
            "currency": "SEK",
            "hours": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat"], "from": "08:00", "to": "20:00"}],
        },
        "resources": [
            {"key": "anna", "name": "Anna", "kind": "staff", "pools": ["therapists"]},
            {"key": "room-1", "name": "Treatment room 1", "kind": "room", "pools": ["treatment-rooms"]},
        ],
        "products": [
            {
                "key": "massage-50",
                "name": "Massage 50 min",
                "kind": "service",
                "price": "950.00",
                "duration_minutes": 50,
                "needs": [{"pool": "therapists", "after_minutes": 10}, {"pool": "treatment-rooms"}],
            }
        ],
    },
    OrderRequest: {
        "package": "spa-weekend",
        "participants": 2,
        "start": "2026-12-05T10:00",
        "hold_minutes": 15,
        "customer": {"name": "Ada Berg", "email": "ada@example.org"},
        "guests": [{"name": "Ada", "required": {"gender": "female"}}],
        "components": [{"component": "lunch-1", "start": "12:30", "message": "no nuts"}],
        "note": "anniversary",
    },
    AddLineRequest: {"product": "massage-50", "participants": 1, "start": "2026-12-05T16:00"},
    ChangeRequest: {"participants": 3, "components": [{"component": "bubbles", "quantity": 2}]},
    BookingRequest: {"start": "2026-12-05T14:00", "resources": ["room-2"], "locked": True},
    MovesRequest: {
        "moves": [
            {"booking": "01946f2e-7c1e-7cc3-9a35-0b4ad6f5b001", "resources": ["room-2"]},
            {"booking": "01946f2e-7c1e-7cc3-9a35-0b4ad6f5b002", "resources": ["room-1"]},
        ]
    },
    PlanRequest: {},
    PlanBody: {
        "from": "2026-12-05",
        "to": "2026-12-06",
        "aim": "fewest_changes",
        "seconds": 20,
        "orders": [{"package": "spa-weekend", "participants": 2, "start": "2026-12-05T10:00"}],
    },
    SlotsBody: {
        "participants": 2,
        "from": "2026-12-05",
        "to": "2026-12-07",
        "guests": [{"required": {"gender": "female"}}],
        "components": [{"component": "massage-1", "guests": [2]}],
    },
    BlockBody: {
        "resource": "anna",
        "start": "2026-12-05T08:00",
        "end": "2026-12-06T08:00",
        "note": "ill",
    },
    FeedBody: {"kind": "resource", "resource": "anna"},
    ImportBody: {"resource": "anna", "name": "Anna's own", "content": _CALENDAR},
    ImportChangeBody: {"name": "Anna, private"},
    SaleRequest: {
        "lines": [{"product": "massage-50", "quantity": 1, "discount_percent": "0", "staff": "anna"}],
        "use_credits": True,
    },
    SaleChangeRequest: {"lines": [{"product": "massage-50", "quantity": 2}], "use_credits": False},
    SalePlanRequest: {},
    RefundRequest: {"amount": "950.00", "method": "cash", "reason": "unhappy"},
    RedeemRequest: {"quantity": 1, "note": "at the pool"},
    LotChangeRequest: {"valid_until": "2027-06-01", "remaining": 10, "reason": "was ill"},
    StockRequest: {"product": "robe", "change": 20, "reason": "a delivery"},
    CustomerRequest: {"name": "Ada Berg", "email": "ada@example.org", "phone": "+46 8 123 45 67"},
}
