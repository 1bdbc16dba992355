"""Mails: written once for what was committed, sent at least once, with parts that calendars obey."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from typing import Any
from unittest.mock import AsyncMock

import aiosmtplib
import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from aiosmtplib import SMTPRecipientRefused, SMTPRecipientsRefused
from icalendar import Calendar, Event
from litestar import Litestar
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.app import create_app
from api.database import make_engine
from api.mail import outgoing
from api.mail.outgoing import LEASE, pause, send_due
from api.mail.reminders import write_reminders
from api.mail.stored import Mail, MailTemplate
from api.mail.wordings import BUILT_IN, check
from api.mail.writing import one_address, write_mails
from api.people.keys import ensure_admin_key
from api.settings import Settings
from booking.orders import OrderRow
from booking.solvers import Solvers
from tests.api.conftest import ADMIN, running
from tests.api.test_orders import DAY

ADA = {"name": "Ada Berg", "email": "ada@example.org", "language": "en"}
ORDER = {
    "package": "spa-day",
    "participants": 2,
    "start": f"{DAY}T10:00",
    "customer": ADA,
    "guests": [{"name": "Ada"}, {"name": "Bo", "email": "bo@example.org"}],
}
SETTINGS = Settings(mail_from="Harbour Spa <booking@spa.example>", smtp_url="smtp://127.0.0.1:1")


class Caught:
    """A mail server that keeps what it is given; `refusals` are answered first."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.refusals: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refusals:
            return self.refusals.pop(0)
        content = envelope.original_content or b""
        self.raw.append(content)
        mail = message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@pytest.fixture
async def app(database: str, solvers: Solvers) -> AsyncIterator[Litestar]:
    """A server that leaves the chores to the test."""
    engine = make_engine(database)
    async with AsyncSession(engine) as session:
        await ensure_admin_key(session, ADMIN)
    await engine.dispose()
    app = create_app(Settings(admin_key=ADMIN, jobs=False, log_requests=False), database, solvers=solvers)
    async with running(app):
        yield app


@pytest.fixture
async def post() -> AsyncIterator[tuple[Caught, Settings]]:
    """A mail server, and the settings that lead to it."""
    caught = Caught()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(caught, hostname="mail.test"), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield caught, replace(SETTINGS, smtp_url=f"smtp://127.0.0.1:{port}")
    server.close()


class Office:
    """Writes and sends what there is, and gives what was caught since the last time."""

    def __init__(self, app: Litestar, caught: Caught, settings: Settings) -> None:
        self.sessions, self.now = app.state.desk.sessions, app.state.desk.now
        self.caught, self.settings = caught, settings

    async def mails(self) -> dict[str, EmailMessage]:
        """By recipient; fails where somebody got two."""
        await write_mails(self.sessions, self.settings, self.now())
        await send_due(self.sessions, self.settings, self.now)
        found, self.caught.mails = self.caught.mails, []
        by_address = {str(mail["To"].addresses[0].addr_spec): mail for mail in found}
        assert len(by_address) == len(found)
        return by_address

    async def kept(self) -> list[Mail]:
        async with self.sessions() as session:
            return list(await session.scalars(select(Mail).order_by(Mail.id)))


@pytest.fixture
def office(app: Litestar, post: tuple[Caught, Settings]) -> Office:
    return Office(app, *post)


@pytest.fixture
async def made(spa: httpx.AsyncClient, office: Office) -> dict[str, Any]:
    """An order for two: Ada, who pays, and Bo, who has an address too. What was written is read already."""
    answer = await spa.post("/v1/venues/spa/orders", json=ORDER)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def calendars(mail: EmailMessage) -> list[tuple[str, Event]]:
    """The method and the event of each calendar, each of which has to agree with itself."""
    found = []
    for part in mail.walk():
        if part.get_content_type() != "text/calendar":
            continue
        calendar = Calendar.from_ical(part.get_payload(decode=True))
        assert isinstance(calendar, Calendar)
        method = str(calendar["METHOD"])
        assert part.get_param("method") == method
        (event,) = (e for e in calendar.walk("VEVENT") if isinstance(e, Event))
        assert event["ORGANIZER"] == f"mailto:{mail['From'].addresses[0].addr_spec}"
        assert event["ATTENDEE"] == f"mailto:{mail['To'].addresses[0].addr_spec}"
        assert (event["STATUS"] == "CANCELLED") == (method == "CANCEL")
        assert {e["TZID"] for e in calendar.walk("VTIMEZONE")} == {"Europe/Stockholm"}
        found.append((method, event))
    return found


async def feed(connect: Any, order: dict[str, Any]) -> dict[str, Event]:
    calendar = Calendar.from_ical((await connect(None).get(order["calendar_url"])).content)
    assert isinstance(calendar, Calendar)
    return {str(e["UID"]): e for e in calendar.walk("VEVENT") if isinstance(e, Event)}


async def test_a_booking_is_confirmed_to_who_pays_and_each_guest_reads_only_the_own_part(
    made: dict[str, Any], office: Office
) -> None:
    mails = await office.mails()
    assert set(mails) == {"ada@example.org", "bo@example.org"}
    ada, bo = mails["ada@example.org"], mails["bo@example.org"]
    assert ada["From"] == "Harbour Spa <booking@spa.example>"
    assert ada["Subject"] == "Your booking 1 at Harbour Spa, Saturday 5 June 2027"
    text = ada.get_body(("plain",))
    html = ada.get_body(("html",))
    assert text is not None
    assert html is not None
    said = text.get_content()
    assert "10:00–10:50   Massage 50 min (Ada), Room 1; (Bo), Room 2" in said
    assert "All times are Central European Time (Europe/Stockholm)." in said
    assert "/my/" in said
    assert "2,120.00" in said
    assert "Massage 50 min" in html.get_content()
    others = bo.as_string()
    for hidden in ("Ada", "2,120.00", "/my/", "Room 1; "):
        assert hidden not in others
    assert {str(e["SUMMARY"]) for _, e in calendars(bo)} == {"2 × A glass of cava", "Massage 50 min"}


async def test_feed_download_and_mail_have_the_same_events(
    made: dict[str, Any], office: Office, spa: httpx.AsyncClient, connect: Any
) -> None:
    """B08: one UID everywhere, the same instants."""
    told = {str(e["UID"]): e for _, e in calendars((await office.mails())["ada@example.org"])}
    shown = await feed(connect, made)
    assert told.keys() == shown.keys() == {f"{b['id']}@sojourn" for b in made["bookings"]}
    for uid, event in told.items():
        for name in ("DTSTART", "DTEND"):
            assert (name in event) == (name in shown[uid])
            if name in event:
                assert event[name].dt == shown[uid][name].dt
        assert {n: event[n] for n in ("SEQUENCE", "SUMMARY", "LOCATION")} == {
            n: shown[uid][n] for n in ("SEQUENCE", "SUMMARY", "LOCATION")
        }


async def test_every_move_raises_the_sequence_by_one_under_the_same_uid(
    made: dict[str, Any], office: Office, spa: httpx.AsyncClient
) -> None:
    """B06."""
    first = {str(e["UID"]) for _, e in calendars((await office.mails())["ada@example.org"])}
    for n, time in enumerate(("11:00", "12:00", "13:00"), 1):
        await spa.patch(f"/v1/orders/{made['id']}", json={"start": f"{DAY}T{time}"})
        mail = (await office.mails())["ada@example.org"]
        assert mail["Subject"].startswith("Changed: ")
        parts = calendars(mail)
        assert {m for m, _ in parts} == {"REQUEST"}
        assert {str(e["UID"]) for _, e in parts} == first
        assert {e["SEQUENCE"] for _, e in parts} == {n}


async def test_a_cancellation_is_a_cancel(
    made: dict[str, Any], office: Office, spa: httpx.AsyncClient
) -> None:
    """B07: METHOD:CANCEL, in the part's type too, with a higher SEQUENCE."""
    await office.mails()
    await spa.post(f"/v1/orders/{made['id']}/cancel")
    mails = await office.mails()
    assert set(mails) == {"ada@example.org", "bo@example.org"}
    for mail in mails.values():
        assert mail["Subject"].startswith("Cancelled: ")
        assert {(m, e["SEQUENCE"]) for m, e in calendars(mail)} == {("CANCEL", 1)}


async def test_who_leaves_is_told_alone(made: dict[str, Any], office: Office, spa: httpx.AsyncClient) -> None:
    """B09: a CANCEL to the one who leaves; what the others share goes on for them without a word."""
    await office.mails()
    answer = await spa.patch(f"/v1/orders/{made['id']}", json={"remove_guests": [2]})
    assert answer.status_code == 200, answer.text
    mails = await office.mails()
    assert {m for m, _ in calendars(mails["bo@example.org"])} == {"CANCEL"}
    assert len(calendars(mails["bo@example.org"])) == 2  # the own massage, and the cava of both
    assert [(m, str(e["SUMMARY"])) for m, e in calendars(mails["ada@example.org"])] == [
        ("CANCEL", "Massage 50 min")
    ]


async def test_a_hold_is_not_written_about_until_it_is_confirmed(
    spa: httpx.AsyncClient, office: Office
) -> None:
    held = (await spa.post("/v1/venues/spa/orders", json=ORDER | {"hold_minutes": 5})).json()
    assert await office.mails() == {}
    await spa.post(f"/v1/orders/{held['id']}/confirm")
    assert (await office.mails())["ada@example.org"]["Subject"].startswith("Your booking")


async def test_nothing_is_said_of_what_no_customer_sees(
    made: dict[str, Any], office: Office, spa: httpx.AsyncClient
) -> None:
    await office.mails()
    await spa.patch(f"/v1/orders/{made['id']}", json={"note": "window seat"})
    assert await office.mails() == {}


async def test_each_event_is_written_about_once_by_however_many_workers(
    made: dict[str, Any], office: Office
) -> None:
    work = [write_mails(office.sessions, office.settings, office.now()) for _ in range(4)]
    await asyncio.gather(*work)
    send = [send_due(office.sessions, office.settings, office.now) for _ in range(4)]
    assert sum(await asyncio.gather(*send)) == 2
    assert len(await office.kept()) == len(office.caught.mails) == 2


async def test_a_mail_is_tried_again_under_the_same_message_id(made: dict[str, Any], office: Office) -> None:
    office.caught.refusals = ["451 later", "451 later"]
    assert await office.mails() == {}
    ada = next(m for m in await office.kept() if m.recipient == "ada@example.org")
    assert (ada.state, ada.attempts, ada.last_error) == ("queued", 1, "451 later")
    assert ada.next_at is not None
    assert ada.next_at > office.now()
    office.now = lambda: datetime.now(UTC) + timedelta(minutes=1)
    mails = await office.mails()
    assert mails["ada@example.org"]["Message-ID"] == ada.message_id
    (sent,) = (m for m in await office.kept() if m.id == ada.id)
    assert (sent.state, sent.attempts) == ("sent", 2)
    assert sent.sent_at is not None


async def test_a_worker_that_died_leaves_its_mail_to_another(made: dict[str, Any], office: Office) -> None:
    await write_mails(office.sessions, office.settings, office.now())
    async with office.sessions.begin() as session:  # taken, and never heard of again
        await session.execute(update(Mail).values(attempts=1, next_at=office.now() + timedelta(minutes=5)))
    assert await office.mails() == {}
    office.now = lambda: datetime.now(UTC) + timedelta(minutes=6)
    assert len(await office.mails()) == 2


async def test_nobody_gets_a_later_mail_before_an_earlier_one(
    made: dict[str, Any], office: Office, spa: httpx.AsyncClient
) -> None:
    """A confirmation that waits for its next try keeps back what tells of the move."""
    office.caught.refusals = ["451 later", "451 later"]
    assert await office.mails() == {}
    massage = next(b["id"] for b in made["bookings"] if b["component"] == "massage")
    assert (await spa.patch(f"/v1/bookings/{massage}", json={"start": f"{DAY}T14:00"})).is_success
    assert await office.mails() == {}
    office.now = lambda: datetime.now(UTC) + timedelta(minutes=1)
    await send_due(office.sessions, office.settings, office.now)
    ids = [mail["Message-ID"] for mail in office.caught.mails if "ada@" in mail["To"]]
    assert ids == [mail.message_id for mail in await office.kept() if mail.recipient == "ada@example.org"]
    assert len(ids) == 2


async def test_who_was_slow_does_not_say_what_became_of_a_mail_that_another_is_at(
    made: dict[str, Any], office: Office
) -> None:
    await write_mails(office.sessions, office.settings, office.now())
    late = office.now() + LEASE + timedelta(minutes=1)
    slow = await outgoing._take(office.sessions, office.now())
    assert slow is not None
    taken = [await outgoing._take(office.sessions, late) for _ in range(2)]
    assert slow.id in {mail.id for mail in taken if mail is not None}
    await outgoing._note(office.sessions, slow, "It took too long.", True, late)
    (now,) = (mail for mail in await office.kept() if mail.id == slow.id)
    assert (now.state, now.attempts, now.last_error) == ("queued", 2, None)


@pytest.mark.parametrize(
    ("url", "tls", "start_tls"),
    [
        ("smtp://mail.example", False, None),  # encrypted where it can be
        ("smtp://ada:secret@mail.example", False, True),  # a password never goes in the clear
        ("smtp+starttls://mail.example", False, True),
        ("smtps://ada:secret@mail.example", True, False),
        ("smtp://ada:secret@127.0.0.1:25", False, None),
    ],
)
async def test_a_password_for_the_mail_server_goes_through_a_tunnel_or_not_at_all(
    url: str, tls: bool, start_tls: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = AsyncMock()
    monkeypatch.setattr(aiosmtplib, "send", sent)
    monkeypatch.setattr(outgoing, "message_of", lambda _: EmailMessage())
    await outgoing._send(replace(SETTINGS, smtp_url=url), Mail(sender="a@b.test", recipient="c@d.test"))
    assert (sent.await_args.kwargs["use_tls"], sent.await_args.kwargs["start_tls"]) == (tls, start_tls)


@pytest.mark.parametrize(
    ("trouble", "is_final"),
    [
        (SMTPRecipientsRefused([SMTPRecipientRefused(450, "busy", "c@d.test")]), False),
        (SMTPRecipientsRefused([SMTPRecipientRefused(550, "nobody", "c@d.test")]), True),
        (aiosmtplib.SMTPDataError(451, "later"), False),
        (aiosmtplib.SMTPDataError(554, "no"), True),
        (aiosmtplib.SMTPAuthenticationError(535, "wrong"), False),
        (ConnectionError("gone"), False),
        (ValueError("no address"), True),
    ],
)
async def test_only_what_will_never_be_otherwise_is_given_up(
    trouble: Exception, is_final: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "_send", AsyncMock(side_effect=trouble))
    assert (await outgoing._try(SETTINGS, Mail()))[1] is is_final


async def test_a_visit_that_has_begun_is_not_reminded_of(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = AsyncMock()
    monkeypatch.setattr(outgoing, "_send", sent)
    now = datetime.now(UTC)
    for begins, times in ((now + timedelta(minutes=1), 1), (now, 1), (now - timedelta(minutes=1), 1)):
        await outgoing._try(SETTINGS, Mail(reminds_of=begins, next_at=now + LEASE))
        assert sent.await_count == times


async def test_a_mail_that_is_refused_for_good_is_shown_as_failed_and_can_be_tried_again(
    made: dict[str, Any], office: Office, spa: httpx.AsyncClient, app: Litestar
) -> None:
    office.caught.refusals = ["554 no"] * 2
    await office.mails()
    listed = (await spa.get(f"/v1/orders/{made['id']}/mails")).json()["items"]
    assert {(m["state"], m["last_error"]) for m in listed} == {("failed", "554 no")}
    refused = await spa.post(f"/v1/mails/{listed[0]['id']}/send")
    assert refused.json()["code"] == "no_server"  # of this application's settings


def test_pauses_grow_to_a_limit() -> None:
    pauses = [pause(n).total_seconds() for n in range(1, 8)]
    assert pauses[:4] == [30, 120, 480, 1920]
    assert pauses[-1] == 4 * 3600


async def test_without_a_mail_server_mails_are_kept_and_shown(
    made: dict[str, Any], office: Office, spa: httpx.AsyncClient
) -> None:
    await write_mails(office.sessions, Settings(), office.now())
    listed = (await spa.get(f"/v1/orders/{made['id']}/mails")).json()["items"]
    assert [m["state"] for m in listed] == ["kept", "kept"]
    assert "SOJOURN_SMTP_URL" in listed[0]["last_error"]


async def test_a_reminder_goes_out_once_a_day_ahead(made: dict[str, Any], office: Office) -> None:
    await office.mails()
    start = datetime.fromisoformat(made["start"])
    early, late = start - timedelta(hours=25), start - timedelta(hours=23)
    assert await write_reminders(office.sessions, office.settings, early) == 0
    assert await write_reminders(office.sessions, office.settings, late) == 1
    assert await write_reminders(office.sessions, office.settings, late) == 0
    office.now = lambda: late + timedelta(minutes=1)
    mail = (await office.mails())["ada@example.org"]
    assert mail["Subject"].startswith("Soon: Spa day at Harbour Spa")
    assert calendars(mail) == []


async def test_who_books_or_changes_within_the_day_is_not_reminded(
    made: dict[str, Any], office: Office
) -> None:
    start = datetime.fromisoformat(made["start"])
    for hours, written in ((23, 0), (25, 1)):
        async with office.sessions.begin() as session:
            changed = update(OrderRow).values(updated_at=start - timedelta(hours=hours))
            await session.execute(changed)
        last = start - timedelta(hours=22)
        assert await write_reminders(office.sessions, office.settings, last) == written


async def test_hostile_names_change_no_header_and_are_shown_as_written(
    spa: httpx.AsyncClient, office: Office
) -> None:
    name = "Eve\r\nBcc: all@example.org\u2028<script>; , 🧖🏽‍♀️ {{link}} אבג"
    await spa.post(
        "/v1/venues/spa/orders",
        json=ORDER | {"customer": {"name": name, "email": "eve@example.org"}, "guests": []},
    )
    mail = (await office.mails())["eve@example.org"]
    assert "Bcc" not in mail
    assert [a.addr_spec for a in mail["To"].addresses] == ["eve@example.org"]
    shown = "Eve Bcc: all@example.org <script>; , 🧖🏽‍♀️ {{link}} אבג"
    raw = message_from_bytes(office.caught.raw[0])  # by the plain reader: the other one adds blanks
    assert str(make_header(decode_header(raw["To"]))) == f"{shown} <eve@example.org>"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert shown in text.get_content()
    assert "<script>" not in html.get_content()
    _, event = calendars(mail)[0]
    assert event["ATTENDEE"].params["CN"] == shown
    assert all(len(line) <= 998 for raw in office.caught.raw for line in raw.split(b"\r\n"))


@pytest.mark.parametrize(
    "address",
    ["", "ada", "a@b@c.se", "a@b.se, c@d.se", "a b@c.se", "a@b.se\r\nBcc: x@y.se", "<a@b.se>", "@b.se", "a@"],
)
def test_what_is_not_one_address_is_none(address: str) -> None:
    assert one_address(address) is None


async def test_an_address_that_is_none_is_a_failure_that_staff_see(
    spa: httpx.AsyncClient, office: Office
) -> None:
    order = ORDER | {"customer": {"name": "Ada", "email": "ada at home"}, "guests": []}
    made = (await spa.post("/v1/venues/spa/orders", json=order)).json()
    assert await office.mails() == {}
    (mail,) = (await spa.get(f"/v1/orders/{made['id']}/mails")).json()["items"]
    assert (mail["state"], mail["last_error"]) == ("failed", "This is not an e-mail address.")


async def test_a_venue_words_its_mails_and_faults_are_named_by_line(
    made: dict[str, Any], office: Office, spa: httpx.AsyncClient
) -> None:
    path = "/v1/venues/spa/mail-templates/confirmation/en"
    wrong = {"subject": "{{nope}}", "body": "Hello\n{{#link}}\n{{naem}} }}"}
    refused = await spa.put(path, json=wrong)
    assert refused.status_code == 422
    assert [(e["path"], e["message"].partition(":")[0]) for e in refused.json()["errors"]] == [
        ("subject", "Line 1"),
        ("body", "Line 3"),
        ("body", "Line 3"),
        ("body", "Line 2"),
    ]
    own = {"subject": "See you {{day}}", "body": "Dear {{name}},\n\n<b>{{venue}}</b>\n\n{{itinerary}}"}
    assert (await spa.put(path, json=own)).status_code == 200
    mail = (await office.mails())["ada@example.org"]
    assert mail["Subject"] == "See you Saturday 5 June 2027"
    html = mail.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;Harbour Spa&lt;/b&gt;" in html.get_content()
    async with office.sessions.begin() as session:
        await session.execute(update(MailTemplate).values(body="{{gone}}"))  # of another version
    shown = await spa.post(f"/v1/orders/{made['id']}/mails/preview", json={"kind": "confirmation"})
    assert "Line 1" in shown.json()["fault"]
    assert "is confirmed" in shown.json()["text"]
    assert (await spa.delete(path)).json()["own"] is False
    assert (await spa.put("/v1/venues/spa/mail-templates/birthday/en", json=own)).status_code == 404


async def test_a_preview_says_who_would_be_written_to(
    made: dict[str, Any], spa: httpx.AsyncClient, office: Office
) -> None:
    path, fewer = f"/v1/orders/{made['id']}?preview=true", {"remove_guests": [2], "participants": 1}
    shown = (await spa.patch(path, json=fewer)).json()
    told = {mail["recipient"]: mail["kind"] for mail in shown["mails"]}
    assert told == {"ada@example.org": "change", "bo@example.org": "cancellation"}
    await office.mails()
    await spa.patch(path.partition("?")[0], json=fewer)
    assert (await office.mails()).keys() == told.keys()
    assert "mails" not in (await spa.get(f"/v1/orders/{made['id']}")).json()


async def test_every_built_in_wording_is_sound_and_previewed_in_both_languages(
    made: dict[str, Any], spa: httpx.AsyncClient
) -> None:
    for (kind, language), wording in BUILT_IN.items():
        check(wording)
        shown = await spa.post(
            f"/v1/orders/{made['id']}/mails/preview", json={"kind": kind, "language": language}
        )
        assert shown.status_code == 200, shown.text
        assert shown.json()["fault"] == ""
        assert "{{" not in shown.json()["text"]
        assert f'lang="{language}"' in shown.json()["html"]
        assert "Europe/Stockholm" in shown.json()["text"]


async def test_staff_write_once_more_when_they_are_asked_to(
    made: dict[str, Any], office: Office, spa: httpx.AsyncClient
) -> None:
    await office.mails()
    answer = await spa.post(f"/v1/orders/{made['id']}/mails", json={})
    assert answer.status_code == 201, answer.text
    assert {m["recipient"] for m in answer.json()["items"]} == {"ada@example.org", "bo@example.org"}
    assert len(await office.kept()) == 4


async def test_the_language_is_the_customer_s_or_the_venue_s(spa: httpx.AsyncClient, office: Office) -> None:
    await spa.post("/v1/venues/spa/orders", json=ORDER | {"customer": ADA | {"language": None}, "guests": []})
    mail = (await office.mails())["ada@example.org"]
    assert mail["Subject"] == "Din bokning 1 hos Harbour Spa, lördag 5 juni 2027"
    assert mail["Content-Language"] == "sv"
