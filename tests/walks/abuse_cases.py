"""What abuse sends: requests of every bad kind, in tables. One entry, one kind."""

import gzip
import json
from typing import Any

from tests.walks.abuse import GOOD, REFUSED, UNHARMED, Case, Json
from tests.walks.documents import package, room, service, spa


def post(name: str, path: str, body: Any, **more: Any) -> Case:
    return Case(name, "POST", path, body=body, **more)


def order(name: str, **faults: Any) -> Case:
    return post(f"order: {name}", "/v1<house>/orders", GOOD | faults)


def text(
    name: str, content: bytes, *headers: tuple[str, str], path: str = "/v1<house>/orders", **more: Any
) -> Case:
    return Case(f"body: {name}", "POST", path, content=content, headers=headers, **more)


def get(name: str, path: str, *headers: tuple[str, str], **more: Any) -> Case:
    return Case(name, "GET", path, headers=headers, **more)


def line(name: str, request: bytes, **more: Any) -> Case:
    return Case(f"raw: {name}", raw=request, says="", **more)


def catalog(name: str, document: Json, **more: Any) -> Case:
    return Case(f"catalog: {name}", "PUT", "/v1<house>/catalog", body=document, **more)


def other(method: str, path: str, body: Any = None) -> Case:
    """What belongs to somebody else, asked for by a stranger's administrator."""
    return Case(
        f"stranger: {method} {path}",
        method,
        f"/v1{path}",
        body=body,
        key="stranger",
        answered=frozenset((404,)),
    )


BODY = json.dumps(GOOD).encode()
STRANGERS = (
    other("GET", "/orders/<order>"),
    other("GET", "/orders/<order>/history"),
    other("GET", "/orders/<order>/calendar.ics"),
    other("GET", "/orders/<order>/links"),
    other("POST", "/orders/<order>/links", {}),
    other("DELETE", "/orders/<order>/links"),
    other("POST", "/orders/<order>/calendar"),
    other("PATCH", "/orders/<order>", {"participants": 3}),
    other("POST", "/orders/<order>/cancel", {}),
    other("POST", "/orders/<order>/confirm", {}),
    other("POST", "/orders/<order>/undo", {}),
    other("POST", "/orders/<order>/payments", {"method": "cash", "amount": "1.00"}),
    other("PATCH", "/bookings/<booking>", {"message": "x"}),
    other("POST", "/bookings/<booking>/cancel", {}),
    other("GET", "/customers/<customer>"),
    other("DELETE", "/feeds/<feed>"),
    other("GET", "<house>/orders"),
    other("GET", "<house>/customers"),
    other("GET", "<house>/catalog"),
    other("GET", "<house>/calendar?from=2027-06-12&to=2027-06-13"),
    other("GET", "<house>/events"),
    other("POST", "<house>/orders", GOOD),
    other(
        "POST",
        "<house>/blocks",
        {"resource": "sauna", "start": "2027-06-12T10:00", "end": "2027-06-12T11:00"},
    ),
    other("POST", "<house>/moves", {"moves": [{"booking": "<booking>", "start": "2027-06-12T15:00"}]}),
    other("GET", "<house>/packages/weekend/slots?from=2027-06-12&to=2027-06-13"),
)
MASS = tuple(
    order(f"assigns {name}", **{name: value})
    for name, value in {
        "id": "00000000-0000-7000-8000-000000000000",
        "version": 7,
        "status": "confirmed",
        "total": "0.00",
        "paid": "9999.00",
        "venue_id": "00000000-0000-7000-8000-000000000000",
        "organisation": "strangers",
        "role": "admin",
        "created_at": "2020-01-01T00:00:00Z",
        "charges": [],
        "__proto__": {"role": "admin"},
        "feed_token": "x",
        "locked": True,
    }.items()
) + (
    post(
        "customer: assigns id",
        "/v1<house>/customers",
        {"name": "Eve", "id": "00000000-0000-7000-8000-000000000000"},
    ),
    post("customer: assigns venue", "/v1<house>/customers", {"name": "Eve", "venue_id": "x"}),
    post(
        "user: assigns organisation",
        "/v1/users",
        {"email": "e@e.example", "password": "a-long-password-1", "role": "manager", "organisation_id": "x"},
    ),
    post("key: assigns digest", "/v1/keys", {"role": "admin", "digest": "0" * 64}),
    Case("order: changes its number", "PATCH", "/v1/orders/<order>", body={"number": 1}),
)
VALUES = (
    order("more participants than int8", participants=1 << 64),
    order("participants of 400 digits", participants=10**400),
    order("as few as there can be", participants=-(1 << 63)),
    order("a fraction of a person", participants=1.5),
    order("NUL in a note", note="a\0b"),
    order("NUL in a key", package="week\0end"),
    order("a lone surrogate", note="\ud800"),
    order("surrogates in the wrong order", note="\udc00\ud800"),
    order("the year 1", start="0001-01-01T00:00"),
    order("the year 9999", start="9999-12-31T23:59"),
    order("the year 10000", start="10000-01-01T00:00"),
    order("the year 0", start="0000-01-01T00:00"),
    order("a date as a number", start=1812794400),
    order("a date as a fraction", start=1812794400.5),
    order("a leap second", start="2027-06-12T23:59:60"),
    order("an offset of a hundred hours", start="2027-06-12T10:00+99:59"),
    order("a zone in brackets", start="2027-06-12T10:00[Mars/Olympus]"),
    order("other digits", start="２０２７-06-12T10:00"),
    order("a million guests", guests=[{}] * 50_000),
    post("order: as many lines as there may be", "/v1<house>/orders", {"lines": [GOOD] * 30}),
    post("order: a thousand and one lines", "/v1<house>/orders", {"lines": [GOOD] * 1_001}),
    post("order: lines of five hundred", "/v1<house>/orders", {"lines": [GOOD | {"participants": 500}] * 30}),
    order(
        "five hundred with wishes of each",
        participants=500,
        guests=[{"required": {"gender": "female"}}] * 500,
    ),
    order("ten thousand components", components=[{"component": "coffee", "quantity": 1}] * 10_000),
    order("a name of a megabyte", guests=[{"name": "x" * 900_000}]),
    order("as many spaces", note=" " * 900_000),
    order("an id that is none", customer="' or 1=1 --"),
    order("an object for a text", note={"$ne": None}),
    order("a list for a number", participants=[2]),
    order("a percentage of many digits", discount={"percent": "1" * 100_000, "reason": "x"}),
    order("an exponent", discount={"amount": "1e9", "reason": "x"}),
    order("infinity in a text", discount={"amount": "Infinity", "reason": "x"}),
    order("a plan of a megabyte", plan="A" * 900_000),
    order("a plan that is none", plan="eyJhbGciOiJub25lIn0.e30."),
    order("five hundred for a year", participants=500, override=["exclusive"]),
    order("a hold for ever", hold_minutes=1 << 40),
    order("goods without end", components=[{"component": "coffee", "quantity": 1 << 62}]),
)
BODIES_THAT_ARE_NONE = (
    text("nothing", b""),
    text("not JSON", b"{participants: 2}"),
    text("half of it", BODY[:30]),
    text("a list", b"[]"),
    text("null", b"null"),
    text("a number", b"7"),
    text("NaN", BODY[:-1] + b', "note": NaN}'),
    text("Infinity", BODY.replace(b"2,", b"Infinity,")),
    text("a number beyond doubles", BODY.replace(b"2,", b"1e400,")),
    text("lists within lists", b"[" * 500_000),
    text("objects within objects", b'{"a":' * 100_000),
    text("closed ones too", b"[" * 100_000 + b"]" * 100_000),
    text("bytes that are no UTF-8", b'{"package": "\xff\xfe"}'),
    text("UTF-8 that is too long", b'{"package": "\xc0\xaf"}'),
    text("UTF-16", json.dumps(GOOD).encode("utf-16")),
    text("a mark of the byte order", b"\xef\xbb\xbf" + BODY),
    text("a field twice", BODY[:-1] + b', "participants": 500}'),
    text("a field twice, deep down", BODY[:-1] + b', "guests": [{"name": "a", "name": "b"}]}'),
    text("a field twice, written otherwise", BODY[:-1] + b', "p\\u0061rticipants": 500}'),
    text("something after it", BODY + b'{"participants": 3}'),
    text("two megabytes", b" " * (2 << 20) + BODY),
    text("a bomb", gzip.compress(b" " * (64 << 20)), ("Content-Encoding", "gzip")),
    text("gzip that is JSON within", gzip.compress(BODY), ("Content-Encoding", "gzip")),
    text("an unknown coding", BODY, ("Content-Encoding", "rot13")),
    text("a form", b"participants=2", ("Content-Type", "application/x-www-form-urlencoded")),
    text("text", BODY, ("Content-Type", "text/plain")),
    text(
        "XML with entities",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        ("Content-Type", "application/xml"),
    ),
    text("parts", b"--x\r\n\r\n\r\n--x--", ("Content-Type", "multipart/form-data; boundary=x")),
    text("a type that is none", BODY, ("Content-Type", "application/json/../text")),
    text("pickled", b"\x80\x04.", ("Content-Type", "application/python-pickle")),
)
QUERIES = tuple(
    get(f"query: {query[:60]}", f"/v1<house>/{query}")
    for query in (
        "orders?limit=0",
        "orders?limit=-1",
        "orders?limit=1000000000000000000000",
        "orders?limit=NaN",
        "orders?limit=1.5",
        "orders?limit=٣",
        "orders?after='; drop table orders; --",
        "orders?after=" + "A" * 5_000,
        "orders?after=../../../etc/passwd",
        "orders?after=%00",
        "orders?sort=price;drop",
        "orders?order_by=(select pg_sleep(9))",
        "orders?status=' or '1'='1",
        "orders?customer=x",
        "orders?from=9999-12-31&to=0001-01-01",
        "orders?from=1812794400&to=1812794401",
        "orders?from[]=2027-01-01&to[$gt]=",
        "orders?limit=1&limit=2",
        "orders?%ff=%fe",
        "orders?" + "&".join(f"a{n}=1" for n in range(3_000)),
        "customers?q=%00",
        "customers?q=" + "x" * 5_000,
        "customers?q=%ED%A0%80",
        "calendar?from=2027-01-01&to=2999-01-01",
        "calendar?from=2027-01-01&to=2026-01-01",
        "calendar?from=0001-01-01&to=0001-01-02",
        "packages/weekend/slots?from=2027-01-01&to=2127-01-01",
        "packages/weekend/slots?from=2026-12-01&to=2027-12-31&participants=500&explain=true",
        "packages/weekend/slots?from=2027-06-01&to=2027-06-02&participants=1000000000000",
        "packages/weekend/slots?from=2027-06-01&to=2027-06-02&step_minutes=0",
        "packages/weekend/slots?from=2027-06-01&to=2027-06-02&limit=999999999",
        "reports/takings?from=0001-01-01&to=9999-12-31",
        "freebusy?from=0001-01-01&to=9999-12-31",
        "events?after=-1",
        "events?after=99999999999999999999999999",
    )
)
WILDCARDS = (
    get("search: wildcards", "/v1<house>/customers?q=" + "%25_" * 60, answered=frozenset((200,))),
    get(
        "search: a long way back",
        "/v1<house>/packages/weekend/slots?from=2026-12-01&to=2027-12-31&participants=500",
        answered=frozenset((200, 422)),
    ),
    get(
        "search: a week explained for 500",
        "/v1<house>/packages/weekend/slots?from=2027-06-01&to=2027-06-08&participants=500&explain=true&step_minutes=1",
        answered=REFUSED | {200},
    ),
)
PATHS = tuple(
    get(f"path: {path[:60]}", path, **more)
    for path, more in (
        ("/v1/orders/<order>%00", {}),
        ("/v1/orders/<order>;jsessionid=1", {}),
        ("/v1/orders/not-an-id", {}),
        ("/v1/orders/1", {}),
        ("/v1/orders/" + "9" * 5_000, {}),
        ("/v1/venues/%2e%2e/orders", {}),
        ("/v1/venues/..%2f..%2fetc/orders", {}),
        ("/v1/venues/%00/orders", {}),
        ("/v1/venues/%ff/orders", {}),
        ("/v1/venues/ABUSED/orders", {}),
        ("/v1/venues/'%20or%201=1/orders", {}),
        ("/v1/venues/" + "a" * 5_000 + "/orders", {}),
        ("/assets/..%2fsettings.py", {}),
        ("/assets/%2e%2e/%2e%2e/settings.py", {}),
        ("/assets/..%5c..%5csettings.py", {}),
        ("/assets//etc/passwd", {}),
        ("/assets/index%00.html", {}),
        ("/static/../api/settings.py", {}),
        ("/.git/config", {}),
        ("/.env", {}),
        ("/v1/orders/<order>/../../keys/x", {}),
        ("/ical/%00.ics", {}),
        ("/ical/..%2f..%2fx.ics", {}),
        ("/ical/" + "x" * 5_000 + ".ics", {}),
        ("/my/%00", {"says": "text/html"}),
        ("/my/" + "A" * 43, {"says": "text/html"}),
        ("/v1/openapi.json?callback=alert", {"answered": UNHARMED}),
    )
)
HEADERS = (
    get("header: a wrong scheme", "/v1/me", ("Authorization", "Basic YTpi"), key="none"),
    get("header: an empty key", "/v1/me", ("Authorization", "Bearer ,"), key="none"),
    get(
        "header: a key of a megabyte",
        "/v1/me",
        ("Authorization", "Bearer " + "x" * 60_000),
        key="none",
        says="",
    ),
    get(
        "header: the none of JWT",
        "/v1/me",
        ("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYWRtaW4ifQ."),
        key="none",
    ),
    get("header: an invented cookie", "/v1/me", ("Cookie", "sojourn=" + "x" * 43), key="none"),
    get(
        "header: a thousand cookies",
        "/v1/me",
        ("Cookie", "; ".join(f"a{n}=b" for n in range(1_000))),
        key="none",
    ),
    get(
        "header: whose role it says", "/v1/me", ("X-Role", "admin"), ("X-Forwarded-User", "admin"), key="none"
    ),
    get(
        "header: who it says it is",
        "/v1/me",
        ("X-Original-URL", "/v1/keys"),
        ("X-Rewrite-URL", "/v1/keys"),
        key="none",
    ),
    Case(
        "header: a method within",
        "POST",
        "/v1/orders/<order>",
        headers=(("X-HTTP-Method-Override", "DELETE"),),
    ),
    Case("query: a method within", "POST", "/v1/feeds/<feed>?_method=DELETE"),
    get(
        "header: a method within a read",
        "/v1/orders/<order>",
        ("X-Method-Override", "DELETE"),
        answered=UNHARMED,
    ),
    Case(
        "If-Match: garbage",
        "PATCH",
        "/v1/orders/<order>",
        body={"participants": 3},
        headers=(("If-Match", "garbage"),),
    ),
    Case(
        "If-Match: a list",
        "PATCH",
        "/v1/orders/<order>",
        body={"participants": 3},
        headers=(("If-Match", '"1", "2"'),),
    ),
    Case(
        "If-Match: of a megabyte",
        "PATCH",
        "/v1/orders/<order>",
        body={"participants": 3},
        headers=(("If-Match", '"' + "9" * 50_000 + '"'),),
        says="",
    ),
    Case(
        "If-Match: below nothing",
        "PATCH",
        "/v1/orders/<order>",
        body={"participants": 3},
        headers=(("If-Match", '"-1"'),),
    ),
    Case(
        "If-Match: twice",
        "PATCH",
        "/v1/orders/<order>",
        body={"participants": 3},
        headers=(("If-Match", '"9"'), ("If-Match", '"8"')),
    ),
    get(
        "If-None-Match: ten thousand",
        "/v1<house>/catalog",
        ("If-None-Match", ", ".join(['"x"'] * 9_000)),
        answered=UNHARMED,
    ),
    post("Idempotency-Key: too long", "/v1<house>/orders", GOOD, headers=(("Idempotency-Key", "x" * 201),)),
    post("Idempotency-Key: empty", "/v1<house>/orders", GOOD, headers=(("Idempotency-Key", ""),)),
    post("Idempotency-Key: not printable", "/v1<house>/orders", GOOD, headers=(("Idempotency-Key", "a\tb"),)),
    post(
        "Idempotency-Key: twice",
        "/v1<house>/orders",
        GOOD,
        headers=(("Idempotency-Key", "a"), ("Idempotency-Key", "b")),
    ),
    get(
        "Accept: nonsense",
        "/v1<house>/catalog",
        ("Accept", "*/*;q=NaN, a/b;q=1e999, ;;;,,,"),
        answered=UNHARMED,
    ),
    get(
        "Accept: ten thousand",
        "/v1<house>/catalog",
        ("Accept", ",".join(["a/b;q=0.1"] * 5_000)),
        answered=UNHARMED,
        says="",
    ),
    get("Accept-Language: nonsense", "/my/x", ("Accept-Language", "\x01" * 100), says=""),
    get("Range: of nothing", "/", ("Range", "bytes=" + ",".join(["0-0"] * 2_000)), answered=UNHARMED),
    get("Last-Event-ID: no number", "/v1<house>/events?after=x", ("Last-Event-ID", "' or 1=1")),
    Case(
        "CORS: may another site?",
        "OPTIONS",
        "/v1<house>/orders",
        headers=(("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST")),
        key="none",
        answered=UNHARMED,
    ),
    Case("method: DELETE of a venue", "DELETE", "/v1<house>"),
    Case("method: PROPFIND", "PROPFIND", "/v1<house>/orders"),
    Case("method: TRACE", "TRACE", "/v1<house>/orders"),
    Case("method: PUT for POST", "PUT", "/v1<house>/orders", body=GOOD),
    post(
        "sign-in: a password of a megabyte",
        "/v1/session",
        {"email": "a@b.example", "password": "x" * 900_000},
        key="none",
    ),
    post(
        "sign-in: an object for a password",
        "/v1/session",
        {"email": "a@b.example", "password": {"$gt": ""}},
        key="none",
    ),
    post(
        "sign-in: NUL in the address", "/v1/session", {"email": "a\0@b.example", "password": "x"}, key="none"
    ),
    post(
        "sign-in: from another site",
        "/v1/session",
        {"email": "a@b.example", "password": "x"},
        headers=(("Origin", "https://evil.example"),),
        key="none",
    ),
)
HEAD = b"Host: HOST\r\nAuthorization: Bearer KEY\r\n"
LINES = (
    line("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)),
    line("HTTP 0.9", b"GET /v1/me\r\n\r\n"),
    line("HTTP of the future", b"GET /v1/me HTTP/9.9\r\n" + HEAD + b"\r\n", answered=UNHARMED | {505}),
    line("a long line", b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n"),
    line("a long header", b"GET /v1/me HTTP/1.1\r\n" + HEAD + b"X: " + b"a" * 2_000_000 + b"\r\n\r\n"),
    line(
        "a hundred thousand headers", b"GET /v1/nothing HTTP/1.1\r\n" + HEAD + b"A: b\r\n" * 100_000 + b"\r\n"
    ),
    line(
        "two lengths",
        b"POST /v1<house>/orders HTTP/1.1\r\n"
        + HEAD
        + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}    ",
    ),
    line(
        "a length and chunks",
        b"POST /v1<house>/orders HTTP/1.1\r\n"
        + HEAD
        + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    line(
        "a length below nothing",
        b"POST /v1<house>/orders HTTP/1.1\r\n" + HEAD + b"Content-Length: -5\r\n\r\n",
    ),
    line(
        "a length beyond all",
        b"POST /v1<house>/orders HTTP/1.1\r\n" + HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    ),
    line(
        "chunks that are none",
        b"POST /v1<house>/orders HTTP/1.1\r\n"
        + HEAD
        + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    ),
    line(
        "a chunk beyond all",
        b"POST /v1<house>/orders HTTP/1.1\r\n"
        + HEAD
        + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}",
    ),
    line(
        "another coding of the transfer",
        b"POST /v1<house>/orders HTTP/1.1\r\n"
        + HEAD
        + b"Transfer-Encoding: gzip, chunked\r\nContent-Type: application/json\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ),
    line("no host", b"GET /v1/nothing HTTP/1.1\r\nAuthorization: Bearer KEY\r\n\r\n"),
    line("two hosts", b"GET /v1/nothing HTTP/1.1\r\n" + HEAD + b"Host: evil.example\r\n\r\n"),
    line(
        "two keys",
        b"GET /v1/me HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer x\r\nAuthorization: Bearer KEY\r\n\r\n",
    ),
    line(
        "two types",
        b"POST /v1<house>/orders HTTP/1.1\r\n"
        + HEAD
        + b"Content-Type: text/plain\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    ),
    line("NUL in a header", b"GET /v1/me HTTP/1.1\r\n" + HEAD + b"X: a\0b\r\n\r\n"),
    line("a header folded", b"GET /v1/nothing HTTP/1.1\r\n" + HEAD + b"X: a\r\n b\r\n\r\n"),
    line("a line within the path", b"GET /v1/me\rSet-Cookie: a=b HTTP/1.1\r\n" + HEAD + b"\r\n"),
    line(
        "a line within, encoded", b"GET /v1/venues/a%0d%0aSet-Cookie:x=y/orders HTTP/1.1\r\n" + HEAD + b"\r\n"
    ),
    line("bytes in the path", b"GET /v1/venues/\xff\xfe/orders HTTP/1.1\r\n" + HEAD + b"\r\n"),
    line("an address as the target", b"GET http://evil.example/v1/nothing HTTP/1.1\r\n" + HEAD + b"\r\n"),
    line("above the root", b"GET /../../etc/passwd HTTP/1.1\r\n" + HEAD + b"\r\n"),
    line("a star", b"OPTIONS * HTTP/1.1\r\n" + HEAD + b"\r\n", answered=UNHARMED),
    line("a tunnel", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n"),
    line(
        "a web socket",
        b"GET /v1/me/socket HTTP/1.1\r\n"
        + HEAD
        + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    ),
    line("small letters", b"get /v1/nothing HTTP/1.1\r\n" + HEAD + b"\r\n"),
    line("a method of a kilobyte", b"G" * 1_024 + b" /v1/nothing HTTP/1.1\r\n" + HEAD + b"\r\n"),
    line(
        "another request within the body",
        b"POST /v1/nothing HTTP/1.1\r\n"
        + HEAD
        + b"Content-Length: 45\r\n\r\nDELETE /v1<house>/catalog HTTP/1.1\r\nHost: x\r\n\r\n",
    ),
)


HIDDEN = b"DELETE /v1/feeds/<feed> HTTP/1.1\r\n" + HEAD + b"\r\n"
"""What would change something, where it were taken for a request of its own."""
SMUGGLED = tuple(
    line(f"smuggled by {name}", b"POST /v1/nothing HTTP/1.1\r\n" + HEAD + lengths + b"\r\n" + body)
    for name, lengths, body in (
        ("a length before chunks", b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        ("chunks before a length", b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n"),
        ("chunks with a blank", b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"),
        ("chunks twice", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"0\r\n\r\n"),
        ("chunks that are not", b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"),
        ("a tab before chunks", b"Transfer-Encoding:\tchunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n"),
        ("a length with a sign", b"Content-Length: +0\r\n", b""),
        ("a length in hexadecimal", b"Content-Length: 0x0\r\n", b""),
        ("a list of lengths", b"Content-Length: 0, 0\r\n", b""),
        ("a header without a name", b"Content-Length: 5\r\n: chunked\r\n", b"0\r\n\r\n"),
        ("a line feed alone", b"X: a\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n"),
    )
    for body in (body + HIDDEN,)
) + (
    line(
        "two hundred in a row",
        (b"GET /v1/venues/nothing/orders HTTP/1.1\r\n" + HEAD + b"\r\n") * 200,
    ),
    line(
        "as many headers as there may be",
        b"GET /v1/nothing HTTP/1.1\r\n" + HEAD + b"A: b\r\n" * 9_000 + b"\r\n",
    ),
    line(
        "two megabytes in chunks",
        b"POST /v1<house>/orders HTTP/1.1\r\n"
        + HEAD
        + b"Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
        + (b"10000\r\n" + b" " * 65_536 + b"\r\n") * 32
        + b"0\r\n\r\n",
    ),
    line(
        "chunks with a thousand extensions",
        b"POST /v1<house>/orders HTTP/1.1\r\n"
        + HEAD
        + b"Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n2"
        + b";a=b" * 20_000
        + b"\r\n{}\r\n0\r\n\r\n",
    ),
    line(
        "a key behind the body",
        b"GET /v1/me HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n"
        b"0\r\nAuthorization: Bearer KEY\r\n\r\n",
    ),
)


def _spa(**changed: Any) -> Json:
    return spa() | changed


_LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)


def yaml(name: str, content: str) -> Case:
    return Case(
        f"catalog: {name}",
        "PUT",
        "/v1<house>/catalog",
        content=content.encode(),
        headers=(("Content-Type", "application/yaml"),),
    )


def toml(name: str, content: str) -> Case:
    return Case(
        f"catalog: {name}",
        "PUT",
        "/v1<house>/catalog",
        content=content.encode(),
        headers=(("Content-Type", "application/toml"),),
    )


CATALOGS = (
    catalog(
        "parts in a ring",
        _spa(resources=[room("a", 1, parts=["b"]), room("b", 1, parts=["c"]), room("c", 1, parts=["a"])]),
    ),
    catalog("a part of itself", _spa(resources=[room("a", 1, parts=["a"])])),
    catalog(
        "a thousand in a chain of parts",
        _spa(resources=[room(f"r{n}", 1, parts=[f"r{n + 1}"]) for n in range(1_000)]),
    ),
    catalog("fifteen thousand of one key", _spa(resources=[{"key": "a", "kind": "room"}] * 15_000)),
    catalog("twelve thousand rooms", _spa(resources=[room(f"r{n}", 1) for n in range(12_000)])),
    catalog("six thousand goods", _spa(products=[{"key": f"p{n}", "kind": "item"} for n in range(6_000)])),
    catalog(
        "other hours for ten years",
        _spa(
            venue=spa()["venue"]
            | {
                "exceptions": [
                    {"date": f"20{27 + n // 336}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}"} for n in range(3_360)
                ]
            }
        ),
    ),
    catalog("an unknown zone", _spa(venue=spa()["venue"] | {"time_zone": "Mars/Olympus"})),
    catalog("a zone that is a file", _spa(venue=spa()["venue"] | {"time_zone": "../../../etc/passwd"})),
    catalog("a zone with NUL", _spa(venue=spa()["venue"] | {"time_zone": "Europe/Stockholm\0"})),
    catalog("a price that is no number", _spa(products=[{"key": "a", "kind": "item", "price": "NaN"}])),
    catalog(
        "a price of a thousand digits", _spa(products=[{"key": "a", "kind": "item", "price": "9" * 1_000}])
    ),
    catalog(
        "a component of a component of itself",
        _spa(
            products=[
                package("p", {"key": "p", "product": "p", "quantity": "one", "relative_start_minutes": 0})
            ]
        ),
    ),
    catalog("five thousand faults", _spa(products=[{"key": "!", "kind": "?"}] * 5_000)),
    catalog(
        "two thousand associated in a ring",
        _spa(
            products=[
                service("s", "1.00", 5, {"pool": "rooms"}),
                package(
                    "p",
                    *(
                        {
                            "key": f"c{n}",
                            "product": "s",
                            "quantity": "one",
                            "associated_with": f"c{(n + 1) % 2000}",
                            "relative_start_minutes": 0,
                        }
                        for n in range(2_000)
                    ),
                ),
            ]
        ),
    ),
    yaml("a billion laughs", _LAUGHS),
    yaml("a YAML that runs", "!!python/object/apply:os.system ['true']"),
    yaml("an anchor within itself", "a: &a [*a]"),
    yaml("ten thousand within each other", "[" * 10_000),
    yaml("a date of the year 99999", "venue: 99999-01-01"),
    yaml("a merge of itself", "a: &a\n  <<: *a"),
    toml("a key of ten thousand parts", ".".join("a" * 10_000) + " = 1"),
    toml("a table twice", "[venue]\n[venue]"),
    toml("a number of ten thousand digits", "a = " + "9" * 10_000),
)
CASES = (
    *STRANGERS,
    *MASS,
    *VALUES,
    *BODIES_THAT_ARE_NONE,
    *QUERIES,
    *WILDCARDS,
    *PATHS,
    *HEADERS,
    *LINES,
    *SMUGGLED,
    *CATALOGS,
)
