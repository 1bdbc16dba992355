"""The plan of a preview: where everything went, in a form that can be sent back and applied exactly."""

import base64
import binascii
import hashlib
import uuid

import msgspec
from msgspec import Struct

from booking.fit import Placing
from catalog.errors import Invalid, PlanOutdated, Problem


class Plan(Struct, frozen=True):
    """`asked`: the digest of the request and the versions of the orders it was made for, `orders`."""

    asked: str
    total: str
    optimal: bool
    placings: tuple[Placing, ...]
    orders: tuple[uuid.UUID, ...] = ()


def digest(*parts: object) -> str:
    """The same for the same request on the same versions."""
    content = b"\0".join(msgspec.json.encode(part, order="deterministic") for part in parts)
    return hashlib.sha256(content).hexdigest()[:32]


def write(plan: Plan) -> str:
    """The plan as a text without meaning to others."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(plan)).decode().rstrip("=")


def read(text: str, asked: str) -> Plan:
    """The plan, if it is one for exactly this request; raises Invalid and PlanOutdated."""
    plan = decoded(text)
    if plan.asked != asked:
        raise PlanOutdated(
            "The plan belongs to another request, or the order has changed since; preview again."
        )
    return plan


def decoded(text: str) -> Plan:
    """The plan, whatever it is for; raises Invalid."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.msgpack.decode(raw, type=Plan)
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError):
        sentence = "This is not a plan that a preview gave."
        raise Invalid(sentence, problems=(Problem("plan", sentence),)) from None
