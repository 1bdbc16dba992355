"""What a browser keeps of a sign-in, and how a request that another site has forged is told apart."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from catalog.errors import NotAllowed

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
LONGEST_DAYS = 30
"""After so many days one signs in again, however often the session was used."""
COOKIE = "sojourn"
SECURE_COOKIE = "__Host-sojourn"  # no other host can set it, and nobody without TLS (RFC 6265bis)


class Browsers:
    """The cookie and its rules. `hours`: how long a session lasts that is not used."""

    def __init__(self, public_url: str, hours: int) -> None:
        self.hours = hours
        self._public = _origin(public_url)

    def token(self, request: Request[Any, Any, Any]) -> str | None:
        """What the cookie holds."""
        return request.cookies.get(self._name(request)) or None

    def new_token(self) -> str:
        return secrets.token_urlsafe(32)

    def set_cookie(self, request: Request[Any, Any, Any], token: str | None) -> str:
        """The value of `Set-Cookie`; without a token, the browser forgets it."""
        age = 0 if token is None else LONGEST_DAYS * 86_400
        parts = [f"{self._name(request)}={token or ''}", "Path=/", f"Max-Age={age}", "HttpOnly"]
        parts.append("SameSite=Strict")
        if self._is_secure(request):
            parts.append("Secure")
        return "; ".join(parts)

    def check_same_origin(self, request: Request[Any, Any, Any], *, needed: bool = True) -> None:
        """Raises NotAllowed unless the page that sent it is ours. `needed`: also where nothing tells.

        A browser says itself where a request comes from (`Sec-Fetch-Site`, where it trusts the
        connection), and names the page's origin in all that changes something. No page can set either.
        """
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None:
            is_ours = site == "same-origin" or (site == "none" and not needed)
        elif origin is not None:
            here = (request.url.scheme, request.headers.get("host", "").lower())
            is_ours = _origin(origin) in {here, self._public} - {None}
        else:
            is_ours = not needed
        if not is_ours:
            raise NotAllowed(
                "A request with the cookie of a sign-in has to come from a page of this server; "
                "programs use a key.",
                code="cross_site",
            )

    def _name(self, request: Request[Any, Any, Any]) -> str:
        return SECURE_COOKIE if self._is_secure(request) else COOKIE

    def _is_secure(self, request: Request[Any, Any, Any]) -> bool:
        return request.url.scheme == "https" or (self._public is not None and self._public[0] == "https")


def _origin(address: str) -> tuple[str, str] | None:
    """The scheme and the host with its port; None of what is no address (`null`)."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return (parts.scheme.lower(), parts.netloc.lower()) if parts.scheme and parts.netloc else None
