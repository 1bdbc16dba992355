"""A server for all walks of one worker; each walk has a venue of its own on it."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.walks.server import House, SojournServer


@pytest.fixture(scope="session")
def server() -> Iterator[SojournServer]:
    with SojournServer() as server:
        yield server


@pytest.fixture
def open_house(server: SojournServer) -> Iterator[Callable[[dict[str, Any]], House]]:
    """Makes a venue of a document."""
    with server.client() as client:

        def make(document: dict[str, Any]) -> House:
            house = House(server, client, f"v{uuid.uuid4().hex[:12]}")
            house.read_in(document)
            return house

        yield make
