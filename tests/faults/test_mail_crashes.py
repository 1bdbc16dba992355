"""Whoever is killed, a mail goes out at least once, with one id, and only for what was committed."""

import socket
from collections.abc import Iterator
from email import message_from_bytes

import asyncpg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.faults.books import books
from tests.faults.children import Nursery
from tests.faults.conftest import Copies
from tests.faults.operations import Operation

WRITE: Operation = ("CHORE", "mails", None)
SEND: Operation = ("CHORE", "outgoing", None)
LEASE = 400  # seconds, after which another worker takes a mail up


class Caught:
    """A mail server: what it took, by Message-ID."""

    def __init__(self) -> None:
        self.mails: dict[str, list[tuple[str, str]]] = {}

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.original_content or b"")
        text = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
        content = (str(mail["Subject"]), str(text.get_payload()))
        self.mails.setdefault(str(mail["Message-ID"]), []).append(content)
        return "250 OK"


@pytest.fixture
def post() -> Iterator[tuple[Caught, str]]:
    caught = Caught()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(caught, hostname="127.0.0.1", port=port)
    server.start()
    yield caught, f"smtp://127.0.0.1:{port}"
    server.stop()


async def mails(address: str, state: str) -> dict[str, str]:
    """The mails in that state: the recipient of each by its Message-ID."""
    connection = await asyncpg.connect(address)
    try:
        found = await connection.fetch("select message_id, recipient from mail where state = $1", state)
        return {row["message_id"]: row["recipient"] for row in found}
    finally:
        await connection.close()


async def test_a_mail_is_written_once_whenever_its_writer_is_killed(
    house: Copies, nursery: Nursery, post: tuple[Caught, str]
) -> None:
    address = await house()
    whole = nursery.run(address, WRITE, smtp=post[1])
    assert whole.status == 200, whole
    expected = (await books(address))["mail"]
    number = len(whole.passed)
    assert len(await mails(address, "queued")) >= 4

    address = await house()
    for point in (1, number // 3, number - 1, number):
        nursery.run(address, WRITE, crash_at=point, smtp=post[1])
    nursery.run(address, WRITE, smtp=post[1])
    assert (await books(address))["mail"] == expected


async def test_a_mail_goes_out_at_least_once_with_one_id_whenever_its_sender_is_killed(
    house: Copies, nursery: Nursery, post: tuple[Caught, str]
) -> None:
    caught, smtp = post
    address = await house()
    assert nursery.run(address, WRITE, smtp=smtp).status == 200
    queued = await mails(address, "queued")
    passed: set[str] = set()
    for n in range(8):  # at each point of the first mail, and of the next that is due
        crashed = nursery.run(address, SEND, crash_at=n + 1, smtp=smtp, later=LEASE * n)
        assert crashed.killed
        passed |= set(crashed.passed)
        assert caught.mails.keys() <= queued.keys()
    assert passed == {"before_commit", "after_commit", "after_outbox_claim", "after_mail_sent"}
    assert nursery.run(address, SEND, smtp=smtp, later=LEASE * 9).status == 200
    assert await mails(address, "queued") == {}
    assert await mails(address, "sent") == queued
    assert caught.mails.keys() == queued.keys()
    assert all(len(set(copies)) == 1 for copies in caught.mails.values())
    assert any(len(copies) > 1 for copies in caught.mails.values())


async def test_what_was_not_committed_is_never_told(
    house: Copies, nursery: Nursery, operations: dict[str, Operation], post: tuple[Caught, str]
) -> None:
    """A cancellation that is killed at its commit is no cancellation to anybody."""
    caught, smtp = post
    address = await house()
    nursery.run(address, WRITE, smtp=smtp)
    nursery.run(address, SEND, smtp=smtp)
    before = dict(caught.mails)
    cancel = operations["cancel"]
    points = nursery.run(await house(), cancel, key="one").passed
    committed = len(points) - 1 - points[::-1].index("before_commit")
    assert nursery.run(address, cancel, crash_at=committed + 1, key="one").killed
    for chore in (WRITE, SEND):
        nursery.run(address, chore, smtp=smtp)
    assert caught.mails == before
    assert nursery.run(address, cancel, key="one").status == 200
    for chore in (WRITE, SEND):
        nursery.run(address, chore, smtp=smtp)
    assert len(caught.mails) == len(before) + 1
