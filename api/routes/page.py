"""The reception page: its files as the build left them in api/static."""

import gzip
import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import Response
from msgspec import Struct

from api.call import Call, etag_matches
from api.endpoint import endpoint
from catalog.errors import NotFound

STATIC = Path(__file__).parents[1] / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NEVER_CHANGES = "public, max-age=31536000, immutable"  # the name has the content's hash in it


class File(Struct, frozen=True):
    """A file of the page, ready to be sent."""

    content: bytes
    packed: bytes
    media_type: str
    etag: str


@endpoint(
    "GET", "/", roles=None, tag="page", summary="The reception page", media=("text/html",), refusals=(404,)
)
async def index(call: Call) -> Response[Any]:
    return _send(call, "index.html", "no-cache")


@endpoint(
    "GET",
    "/assets/{name:str}",
    roles=None,
    tag="page",
    summary="A file of the reception page",
    media=("text/javascript", "text/css", "image/svg+xml"),
    refusals=(404,),
)
async def asset(call: Call, name: str) -> Response[Any]:
    return _send(call, f"assets/{name}", NEVER_CHANGES)


def _send(call: Call, name: str, caching: str) -> Response[Any]:
    """The file, or that it is not changed."""
    path = STATIC / name
    if path.parent not in (STATIC, STATIC / "assets") or "\0" in name or not path.is_file():
        if name == "index.html":
            raise NotFound("The reception page is not built here: `make install` does it.")
        raise NotFound("There is no such file.")
    found = _file(path, path.stat().st_mtime_ns)
    headers = {
        "ETag": found.etag,
        "Cache-Control": caching,
        "Vary": "Accept-Encoding",
        "Content-Security-Policy": POLICY,
    }
    if etag_matches(call.request.headers.get("if-none-match"), found.etag):
        return Response(b"", status_code=304, headers=headers)
    if "gzip" in call.request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(found.packed, media_type=found.media_type, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)


@lru_cache(maxsize=64)
def _file(path: Path, _changed: int) -> File:
    content = path.read_bytes()
    kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    return File(
        content,
        gzip.compress(content, mtime=0),
        kind or "application/octet-stream",
        f'"{hashlib.sha256(content).hexdigest()[:20]}"',
    )


ROUTES = (index, asset)
