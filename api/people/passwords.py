"""Passwords: which are good enough, and argon2id, computed beside the event loop.

46 MiB, one pass, one lane: the first of the settings that OWASP's cheat sheet on storing passwords holds for
equal. A sign-in costs one core a tenth of a second, in a thread, so that no request waits for it.
"""

import asyncio
import secrets
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.errors import Unavailable
from catalog.errors import Invalid, Problem

SHORTEST, LONGEST = 12, 200
_AT_ONCE = 2
_MOST_WAITING = 40
T = TypeVar("T")
_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)


def check_password(password: str, *, email: str, path: str = "password") -> None:
    """Raises Invalid for one that is guessed first: length decides, not signs (NIST SP 800-63B, 5.1.1.2)."""
    problem = None
    if not SHORTEST <= len(password) <= LONGEST:
        problem = f"has {SHORTEST} to {LONGEST} characters"
    elif len(set(password.lower())) < 5:
        problem = "repeats a few characters"
    elif password.lower() in email.lower() or email.lower() in password.lower():
        problem = "is the e-mail address"
    if problem is not None:
        raise Invalid(problems=(Problem(path, problem),))


def hashed(password: str) -> str:
    """What is kept of a password; takes a tenth of a second."""
    return _hasher.hash(password)


class Passwords:
    """Computes hashes in threads, a few at once: each takes memory, and a crowd must not take all of it."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        return await self._compute(hashed, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether it is the password. Takes as long where there is none (`stored` None) to be right."""
        return await self._compute(_verify, stored, password)

    async def _compute(self, work: Callable[..., T], *given: object) -> T:
        if self._waiting >= _MOST_WAITING:
            raise Unavailable("Too many are signing in at this moment.")
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work, *given)
        finally:
            self._waiting -= 1


def _verify(stored: str | None, password: str) -> bool:
    try:
        right = _hasher.verify(stored or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))
