"""What is kept of a secret that is random: enough to know it again, not enough to use it."""

import hashlib


def digest_of(secret: str) -> str:
    """SHA-256 suffices for 256 random bits; a password needs more (api.people.passwords)."""
    return hashlib.sha256(secret.encode()).hexdigest()
