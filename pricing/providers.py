"""Who moves the money of a payment: one small interface, and the desk itself, where people do it by hand."""

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from pricing.paying import Method
from pricing.payments import Payment


class Provider(Protocol):
    """Carries a payment out while it is being recorded."""

    async def carry_out(self, session: AsyncSession, payment: Payment) -> str:
        """Takes `payment.amount`, or gives it back where it is negative; answers the reference to keep.

        `session` is in the transaction that records the payment: what is raised here (a Refusal with a
        sentence for people) undoes it whole. It may be called again with the same `payment.id` where the
        transaction has to be repeated: a provider behind a network passes that on as its idempotency key.
        """
        ...


class ByHand:
    """The money changed hands at the desk, at a terminal or in a bank: it only has to be written down."""

    async def carry_out(self, session: AsyncSession, payment: Payment) -> str:  # noqa: ARG002 - the interface
        return payment.reference


PROVIDERS: dict[Method, Provider] = {
    "cash": ByHand(),
    "card": ByHand(),
    "card_terminal": ByHand(),
    "transfer": ByHand(),
}
"""Who carries out the payments of each method. A method that nobody carries out is refused."""
