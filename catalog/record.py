"""What was done is kept: the database refuses to change or delete a row of the record (migration 0012).

One thing is allowed, in a transaction that says so: to forget persons. It may empty texts of the record and
take old entries out of the audit, and nothing else: the database compares what was with what is to be.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_FORGETTING = text("SELECT set_config('sojourn.forgetting', 'on', true)")


async def forgetting(session: AsyncSession) -> None:
    """This transaction forgets persons: for erasure and retention alone."""
    await session.execute(_FORGETTING)
