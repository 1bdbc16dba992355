"""How abuse is sent, as it is, and what it is looked at afterwards. What is sent: `abuse_cases`."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.walks.documents import spa
from tests.walks.server import ADMIN, House, SojournServer

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
REFUSED = frozenset(range(400, 500)) - {408, 429}
UNHARMED = REFUSED | {200, 204, 301, 304, 307}
"""Where what was sent means nothing here, and the answer is that of the request without it."""
GOOD = {"package": "weekend", "participants": 2, "start": "2027-06-12T10:00"}


@dataclass
class Scene:
    """A server with two venues of two organisations, and what there was before."""

    server: SojournServer
    house: House
    stranger: str
    ids: dict[str, str]
    calendar: str
    client: httpx.Client
    before: list[str] = field(default_factory=list)

    def look(self) -> list[str]:
        """Everything that abuse could change."""
        client, path = self.house.client, self.house.path
        seen = [
            client.get(address).text
            for address in (
                f"{path}/orders?limit=500",
                f"{path}/customers?limit=500",
                f"{path}/catalog",
                f"{path}/feeds",
                "/users",
                "/keys",
            )
        ]
        return [re.sub(r'"last_used_at":"[^"]*"', "", text) for text in seen]

    def told(self, text: str) -> str:
        """With the ids and keys of this scene in the place of their names."""
        for name, value in self.ids.items():
            text = text.replace(f"<{name}>", value)
        return text


@dataclass(frozen=True)
class Case:
    """A request, or what else is sent. `raw`: the bytes as they go out, `KEY` standing for a valid key.

    `waits`: how long it takes by design. `says`: how the media type of a refusal begins.
    """

    name: str
    method: str = "GET"
    path: str = ""
    body: Any = None
    content: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    key: str = "admin"
    raw: bytes | None = None
    answered: frozenset[int] = REFUSED
    waits: float = 0.0
    says: str = "application/problem+json"


@contextmanager
def scene_of(server: SojournServer) -> Iterator[Scene]:
    with server.client() as client, httpx.Client(base_url=server.url, timeout=60) as nobody:
        house = House(server, client, "abused")
        house.read_in(spa())
        customer = house.done(client.post(f"{house.path}/customers", json={"name": "Ada"}), 201)
        order = house.book(**GOOD, customer=customer["id"])
        bystanders = House(server, client, "bystanders")
        bystanders.read_in(spa())
        bystanders.book(**GOOD)
        made = server.sojourn("key", "create", "--role", "admin", "--organisation", "strangers")
        assert made.returncode == 0, made.stderr
        feed = house.done(client.post(f"{house.path}/feeds", json={"kind": "venue"}), 201)
        ids = {
            "house": house.path,
            "order": order["id"],
            "booking": order["bookings"][0]["id"],
            "line": order["lines"][0]["id"] if order.get("lines") else order["id"],
            "customer": customer["id"],
            "feed": feed["id"],
        }
        scene = Scene(
            server,
            house,
            made.stdout.strip(),
            ids,
            f"{bystanders.path}/calendar?from=2027-06-12&to=2027-06-14",
            nobody,
        )
        scene.before = scene.look()
        yield scene


def sent(scene: Scene, case: Case) -> list[Answer]:
    """The answers to the case."""
    if case.raw is not None:
        return [raw(scene, scene.told(case.raw.decode("latin-1")).encode("latin-1"), case)]
    key = {"admin": ADMIN, "stranger": scene.stranger, "none": ""}[case.key]
    headers = [("Authorization", f"Bearer {key}")] if key else []
    content = case.content
    if case.body is not None:
        content = scene.told(json.dumps(case.body)).encode()
    if content is not None and not any(name.lower() == "content-type" for name, _ in case.headers):
        headers.append(("Content-Type", "application/json"))
    path = scene.told(case.path)
    answer = scene.client.request(case.method, path, content=content, headers=[*headers, *case.headers])
    return [(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, answer.content)]


def raw(scene: Scene, request: bytes, case: Case) -> Answer:
    """Sent byte by byte as it is; a connection that is closed without an answer counts as 400."""
    host, port = scene.server.url.removeprefix("http://").split(":")
    request = request.replace(b"KEY", ADMIN.encode()).replace(b"HOST", f"{host}:{port}".encode())
    answer = b""
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        try:
            connection.sendall(request)
            while part := connection.recv(1 << 16):
                answer += part
                head, found, body = answer.partition(b"\r\n\r\n")
                length = [
                    int(h.split(b":")[1])
                    for h in head.split(b"\r\n")
                    if h.lower().startswith(b"content-length:")
                ]
                if found and length and len(body) >= length[0]:
                    break
        except ConnectionError:
            pass
    if not answer:
        return 400, {"content-type": case.says}, b""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = [line.partition(":") for line in lines[1:]]
    return int(lines[0].split()[1]), {n.strip().lower(): v.strip() for n, _, v in fields}, body
