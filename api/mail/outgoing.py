"""The job that sends mails: each at least once, with the same Message-ID however often it is tried."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog
from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import aliased

from api.mail.stored import Mail
from api.mail.writing import can_send
from api.settings import Settings
from catalog.crash_points import passing

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=4)
ATTEMPTS = 14  # over about a day and a half
LEASE = timedelta(minutes=5)
"""How long a worker that took a mail has for it, before another one takes it: longer than any try takes."""
TIMEOUT = 60.0  # seconds, of each step with the mail server
_log = structlog.get_logger()


async def send_due(
    sessions: async_sessionmaker[AsyncSession], settings: Settings, clock: Callable[[], datetime]
) -> int:
    """Send what is due, one mail after another; how many were tried."""
    if not can_send(settings):
        return 0
    tried = 0
    while (mail := await _take(sessions, clock())) is not None:
        tried += 1
        passing("after_outbox_claim")
        error, final = await _try(settings, mail)
        passing("after_mail_sent")
        await _note(sessions, mail, error, final, clock())
    return tried


async def _take(sessions: async_sessionmaker[AsyncSession], now: datetime) -> Mail | None:
    """The next mail that is due and that no other worker is at; nobody gets a later one before an earlier.

    Taking it counts as a try, so that a mail that kills its worker is not tried for ever.
    """
    earlier = aliased(Mail)
    first = ~exists().where(
        earlier.venue_id == Mail.venue_id,
        earlier.order_id == Mail.order_id,
        earlier.recipient == Mail.recipient,
        earlier.state == "queued",
        earlier.id < Mail.id,
    )
    due = select(Mail).where(Mail.state == "queued", Mail.next_at <= now, first)
    async with sessions.begin() as session:
        one = due.order_by(Mail.next_at).limit(1).with_for_update(skip_locked=True)
        mail = await session.scalar(one)
        if mail is not None:
            mail.attempts += 1
            mail.next_at = now + LEASE
        return mail


async def _try(settings: Settings, mail: Mail) -> tuple[str | None, bool]:
    """Why it did not go out, None where it did; and whether another try is of no use."""
    if mail.reminds_of is not None and mail.next_at is not None and mail.reminds_of <= mail.next_at - LEASE:
        return "The visit had begun before this could be sent.", True
    try:
        await asyncio.wait_for(_send(settings, mail), LEASE.total_seconds() - 30)
    except aiosmtplib.SMTPRecipientsRefused as error:
        refused = error.recipients[0]
        return f"{refused.code} {refused.message}", 500 <= refused.code < 600
    except aiosmtplib.SMTPDataError as error:
        return f"{error.code} {error.message}", 500 <= error.code < 600
    except aiosmtplib.SMTPResponseException as error:  # about us, not about this mail
        return f"{error.code} {error.message}", False
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        return str(error) or type(error).__name__, False
    except ValueError as error:  # an address that this server cannot take
        return str(error), True
    return None, False


async def _send(settings: Settings, mail: Mail) -> None:
    message = message_of(mail)
    url = urlsplit(settings.smtp_url)
    tls, starttls = url.scheme.startswith("smtps"), url.scheme.endswith("+starttls")
    await aiosmtplib.send(
        message,
        sender=mail.sender,
        recipients=[mail.recipient],
        hostname=url.hostname,
        port=url.port or (465 if tls else 587 if starttls else 25),
        username=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        use_tls=tls,
        start_tls=None if not starttls and _may_be_open(url.username, url.hostname) else not tls,
        timeout=TIMEOUT,
    )


def _may_be_open(username: str | None, host: str | None) -> bool:
    """Whether a server that offers no encryption is spoken to: never with a password, but on this machine."""
    return not username or host in ("localhost", "127.0.0.1", "::1")


async def _note(
    sessions: async_sessionmaker[AsyncSession], mail: Mail, error: str | None, final: bool, now: datetime
) -> None:
    """What became of it, unless somebody else has written that already."""
    values: dict[str, object] = {"last_error": None if error is None else error[:1000]}
    if error is None:
        values |= {"state": "sent", "sent_at": now, "next_at": None}
    elif final or mail.attempts >= ATTEMPTS:
        values |= {"state": "failed", "next_at": None}
    else:
        values |= {"next_at": now + pause(mail.attempts)}
    mine = (Mail.venue_id == mail.venue_id) & (Mail.id == mail.id) & (Mail.attempts == mail.attempts)
    async with sessions.begin() as session:
        await session.execute(update(Mail).where(mine, Mail.state == "queued").values(**values))
    if error is not None:
        _log.warning("a mail was not sent", mail=str(mail.id), attempt=mail.attempts, error=error)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many tries: half a minute, then four times as long each time."""
    times: int = 4 ** min(attempts - 1, 8)
    return min(LONGEST_PAUSE, FIRST_PAUSE * times)


def message_of(mail: Mail) -> EmailMessage:
    """The mail as it goes out: the same bytes each time but for the boundaries between its parts.

    Text, HTML and the first calendar are alternatives, so that calendars show it as an invitation; the other
    calendars follow as parts of their own. Raises ValueError for an address that no header can take.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(mail.sender_name, addr_spec=mail.sender)
    message["To"] = Address(mail.recipient_name, addr_spec=mail.recipient)
    message["Subject"] = mail.subject
    message["Date"] = mail.created_at
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for i, calendar in enumerate(mail.calendars):
        add = message.add_attachment if i else message.add_alternative
        add(
            calendar["content"].encode(),
            maintype="text",
            subtype="calendar",
            cte="base64",
            params={"method": calendar["method"], "charset": "utf-8", "component": "VEVENT"},
            **({"filename": calendar["name"]} if i else {}),
        )
    message["Content-Language"] = mail.language
    return message


async def send_again(session: AsyncSession, venue_id: uuid.UUID, mail_id: uuid.UUID, now: datetime) -> None:
    """Queue a mail that failed, or was kept, once more; with the caller's transaction."""
    mine = (Mail.venue_id == venue_id) & (Mail.id == mail_id) & Mail.state.in_(("failed", "kept"))
    again = {"state": "queued", "attempts": 0, "next_at": now, "last_error": None}
    await session.execute(update(Mail).where(mine).values(**again))
