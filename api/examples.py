"""Bodies that are worth looking at, by the type that reads them. They name the spa weekend of the guide."""

from typing import Any

from api.inputs import BlockBody, SlotsBody
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
    CustomerRequest: {"name": "Ada Berg", "email": "ada@example.org", "phone": "+46 8 123 45 67"},
}
