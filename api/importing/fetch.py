"""Fetching a calendar: within bounds of size and time, and never from inside the house, also when sent on."""

import http.client
import re
import socket
import ssl
import time
import zlib
from collections.abc import Sequence
from urllib.parse import SplitResult, urljoin, urlsplit

from api.importing.addresses import Network, resolved
from api.importing.errors import Unreadable

MOST_BYTES = 1 << 20
_SECONDS = 12.0
_REDIRECTS = 5
_CHUNK = 1 << 14
_ODD = re.compile(r"[\x00-\x20\x7f\\]")
_SCHEMES = {"http": "http", "https": "https", "webcal": "https", "webcals": "https"}
_TOO_LARGE = f"The calendar is larger than {MOST_BYTES >> 20} MiB, the most that is read."


def checked(url: str) -> SplitResult:
    """The parts of an address that may be asked as far as its text tells; raises Unreadable."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Unreadable("The address of the calendar cannot be read.") from None
    scheme = _SCHEMES.get(parts.scheme.lower())
    if scheme is None or not host or _ODD.search(url) or port == 0:
        raise Unreadable("The address of a calendar begins with https://, http:// or webcal:// and a name.")
    if parts.username is not None or parts.password is not None:
        raise Unreadable("The address of a calendar has no user name and no password in it.")
    return parts._replace(scheme=scheme, fragment="")


def fetch(url: str, allowed: Sequence[Network] = ()) -> bytes:
    """What is at the address; raises Unreadable."""
    deadline = time.monotonic() + _SECONDS
    parts, seen = checked(url), set[str]()
    while len(seen) <= _REDIRECTS:
        here = parts.geturl()
        if here in seen:
            raise Unreadable("The address of the calendar leads in a circle.")
        seen.add(here)
        try:
            answer, content = _get(parts, allowed, deadline)
        except TimeoutError:
            raise Unreadable(f"{parts.hostname!r} does not answer in time.") from None
        except ssl.SSLError:
            raise Unreadable(f"{parts.hostname!r} does not show a valid certificate.") from None
        except (OSError, http.client.HTTPException, UnicodeError):
            raise Unreadable(f"{parts.hostname!r} does not answer as a web server does.") from None
        if answer.status not in (301, 302, 303, 307, 308):
            if answer.status != 200:
                raise Unreadable(f"{parts.hostname!r} answers {answer.status}, not with a calendar.")
            return content
        parts = checked(urljoin(here, answer.headers.get("Location", "")))
    raise Unreadable(f"The address of the calendar is sent on more than {_REDIRECTS} times.")


def _get(
    parts: SplitResult, allowed: Sequence[Network], deadline: float
) -> tuple[http.client.HTTPResponse, bytes]:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    link = _connect(resolved(host, port, allowed), deadline)
    try:
        if parts.scheme == "https":
            link = ssl.create_default_context().wrap_socket(link, server_hostname=host)
        connection = http.client.HTTPConnection(host, port)
        connection.sock = link
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.putrequest("GET", target.encode("ascii", "strict").decode(), skip_accept_encoding=True)
        for name, value in (
            ("Accept", "text/calendar, */*;q=0.1"),
            ("Accept-Encoding", "gzip"),
            ("User-Agent", "Sojourn"),
            ("Connection", "close"),
        ):
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer, _body(answer, link, deadline) if answer.status == 200 else b""
    finally:
        link.close()


def _connect(where: list[tuple[int, tuple[str, int]]], deadline: float) -> socket.socket:
    """To the first of the judged addresses that answers."""
    failure: OSError = OSError("no address")
    for family, address in where:
        link = socket.socket(family, socket.SOCK_STREAM)
        try:
            link.settimeout(_left(deadline))
            link.connect(address)
            return link
        except OSError as error:
            link.close()
            failure = error
    raise failure


def _body(answer: http.client.HTTPResponse, link: socket.socket, deadline: float) -> bytes:
    coding = (answer.headers.get("Content-Encoding") or "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip"):
        raise Unreadable(f"The calendar comes packed as {coding[:40]!r}, which was not asked for.")
    unpack = zlib.decompressobj(31) if coding != "identity" else None
    out = bytearray()
    received = 0
    while True:
        link.settimeout(_left(deadline))
        chunk = answer.read1(_CHUNK)
        if not chunk:
            break
        received += len(chunk)
        try:
            out += chunk if unpack is None else unpack.decompress(chunk, MOST_BYTES + 1 - len(out))
        except zlib.error:
            raise Unreadable("The calendar is said to be packed, and cannot be unpacked.") from None
        if max(received, len(out)) > MOST_BYTES:
            raise Unreadable(_TOO_LARGE)
    if unpack is not None and not unpack.eof:
        raise Unreadable("The calendar ends in the middle.")
    return bytes(out)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
