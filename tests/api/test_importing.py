"""What is read out of a calendar from elsewhere, and what is refused, in the process that reads it."""

import contextlib
import http.server
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from api.importing.addresses import may_be_asked, networks
from api.importing.child import Answer, Task, answer
from api.importing.errors import Unreadable
from api.importing.reader import read_elsewhere

FIRST, LAST = datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 12, 1, tzinfo=UTC)
WINDOW = (int(FIRST.timestamp()) // 60, int(LAST.timestamp()) // 60)
TASK = Task(time_zone="Europe/Stockholm", window=WINDOW)


def calendar(*events: str, head: str = "") -> bytes:
    parts = [f"BEGIN:VEVENT\nUID:{i}\n{event}\nEND:VEVENT\n" for i, event in enumerate(events)]
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{''.join(parts)}END:VCALENDAR\n".encode()


def busy(content: bytes) -> list[str]:
    """The busy times, in UTC."""
    found = answer(TASK, content)
    assert not found.refused, found.refused
    return [" ".join(f"{datetime.fromtimestamp(m * 60, UTC):%m-%dT%H:%M}" for m in i) for i in found.busy]


def refused(content: bytes) -> str:
    found = answer(TASK, content)
    assert found.refused
    return found.refused


EXCHANGE = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


@pytest.mark.parametrize(
    ("start", "utc"),
    [
        (";TZID=Europe/Helsinki:20261205T100000", "12-05T08:00 12-05T09:00"),
        (";TZID=FLE Standard Time:20261205T100000", "12-05T08:00 12-05T09:00"),
        (";TZID=W. Europe Standard Time:20261205T100000", "12-05T09:00 12-05T10:00"),
        (';TZID="Eastern Standard Time":20261205T100000', "12-05T15:00 12-05T16:00"),
        (";TZID=/mozilla.org/20050126_1/America/New_York:20261205T100000", "12-05T15:00 12-05T16:00"),
        (";TZID=America/Argentina/Buenos_Aires:20261205T100000", "12-05T13:00 12-05T14:00"),
        (";TZID=Customized Time Zone:20261205T100000", "12-05T09:00 12-05T10:00"),
        (":20261205T100000Z", "12-05T10:00 12-05T11:00"),
        (":20261205T100000", "12-05T09:00 12-05T10:00"),  # the venue's
    ],
)
def test_a_time_is_read_by_its_own_zone(start: str, utc: str) -> None:
    """B10: 10:00 in Helsinki is not 10:00 in London."""
    assert busy(calendar(f"DTSTART{start}\nDURATION:PT1H", head=EXCHANGE)) == [utc]


def test_a_time_without_a_zone_is_read_by_that_of_the_calendar() -> None:
    event = "DTSTART:20261205T100000\nDTEND:20261205T110000"
    assert busy(calendar(event, head="X-WR-TIMEZONE:America/New_York\n")) == ["12-05T15:00 12-05T16:00"]


def test_an_event_that_recurs_stays_at_its_hour_when_the_clocks_change() -> None:
    """B11."""
    event = "DTSTART;TZID=Europe/Stockholm:20270326T100000\nDTEND;TZID=Europe/Stockholm:20270326T110000\n"
    assert busy(calendar(event + "RRULE:FREQ=WEEKLY;COUNT=2")) == [
        "03-26T09:00 03-26T10:00",
        "04-02T08:00 04-02T09:00",
    ]


def test_days_without_a_time_are_whole_days_of_the_venue() -> None:
    assert busy(calendar("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261226")) == [
        "12-23T23:00 12-25T23:00"
    ]
    assert busy(calendar("DTSTART;VALUE=DATE:20261224")) == ["12-23T23:00 12-24T23:00"]


def test_what_takes_no_time_and_what_is_cancelled_is_left_out() -> None:
    event = "DTSTART:20261205T100000Z\nDURATION:PT1H\n"
    for free in (
        "TRANSP:TRANSPARENT",
        "STATUS:CANCELLED",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "DTSTART:20261205T100000Z",
    ):
        content = calendar(event + free if free[0] != "D" else free)
        assert busy(content) == []


def test_dates_are_left_out_added_and_moved() -> None:
    series = "DTSTART:20261201T100000Z\nDTEND:20261201T110000Z\nRRULE:FREQ=DAILY;UNTIL=20261204T100000Z\n"
    series += "EXDATE:20261202T100000Z\nRDATE;VALUE=PERIOD:20261210T100000Z/PT1H\nUID:x"
    moved = "UID:x\nRECURRENCE-ID:20261203T100000Z\nDTSTART:20261203T150000Z\nDTEND:20261203T160000Z"
    gone = "UID:x\nRECURRENCE-ID:20261204T100000Z\nDTSTART:20261204T100000Z\nSTATUS:CANCELLED"
    content = calendar(series, moved, gone).replace(b"UID:0\n", b"").replace(b"UID:1\n", b"")
    assert busy(content.replace(b"UID:2\n", b"")) == [
        "12-01T10:00 12-01T11:00",
        "12-03T15:00 12-03T16:00",
        "12-10T10:00 12-10T11:00",
    ]


def test_a_change_of_this_and_all_later_ones_is_followed() -> None:
    series = "DTSTART:20261201T100000Z\nDTEND:20261201T110000Z\nRRULE:FREQ=DAILY;COUNT=4\nUID:x"
    later = "UID:x\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261203T100000Z\nDTSTART:20261203T120000Z"
    content = calendar(series, later + "\nDURATION:PT30M").replace(b"UID:0\n", b"").replace(b"UID:1\n", b"")
    assert busy(content) == [
        "12-01T10:00 12-01T11:00",
        "12-02T10:00 12-02T11:00",
        "12-03T12:00 12-03T12:30",
        "12-04T12:00 12-04T12:30",
    ]


def test_seconds_are_rounded_to_the_minutes_they_touch_and_what_touches_is_one() -> None:
    one = "DTSTART:20261205T100030Z\nDTEND:20261205T105930Z"
    two = "DTSTART:20261205T110000Z\nDTEND:20261205T120000Z"
    assert busy(calendar(one, two)) == ["12-05T10:00 12-05T12:00"]


HOSTILE = "SUMMARY:Evil\\, really\nDTSTART:20261205T100000Z\nDTEND:20261205T110000Z\nRRULE:"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (calendar(HOSTILE + "FREQ=SECONDLY"), "SECONDLY"),
        (calendar(HOSTILE + "FREQ=MINUTELY;COUNT=3"), "MINUTELY"),
        (calendar(HOSTILE + "FREQ=HOURLY"), "HOURLY"),
        (calendar(HOSTILE + "FREQ=DAILY;INTERVAL=0"), "INTERVAL=0"),
        (calendar(HOSTILE + "FREQ=DAILY;INTERVAL=-1"), "INTERVAL=-1"),
        (calendar(HOSTILE + "FREQ=DAILY;COUNT=1000000000"), "COUNT=1000000000"),
        (calendar(HOSTILE + "FREQ=DAILY;BYMINUTE=" + ",".join(map(str, range(60)))), "60 times a day"),
        (calendar(HOSTILE + "FREQ=DAILY;BYEASTER=1"), "BYEASTER"),
        (calendar(HOSTILE + "FREQ=MONTHLY;BYDAY=XX"), "makes no sense"),
        (calendar((HOSTILE + "FREQ=DAILY").replace("20261205", "19000101")), "since 1900"),
        (calendar("DTSTART:99999999T000000Z"), "is no time"),
        (calendar("DTSTART;TZID=Mars/Base:20261205T100000\nDURATION:PT1H"), "Mars/Base"),
        (calendar("DTSTART:20261205T100000Z\nDURATION:soon"), "soon"),
        (b"<html></html>", "no VCALENDAR"),
        (b"", "no VCALENDAR"),
        (calendar("DTSTART:20261205T100000Z")[:-20], "broken"),
        (calendar("DTSTART:20261205T100000Z")[:-15], "in the middle"),
        (b"BEGIN:A\n" * 100_000, "parts"),
        (b"x" * ((1 << 20) + 1), "1 MiB"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:X\nEND:X\n" * 20_001, "parts"),
    ],
)
def test_a_hostile_or_broken_calendar_is_refused_with_a_sentence(content: bytes, said: str) -> None:
    began = time.perf_counter()
    sentence = refused(content)
    assert said in sentence
    assert sentence.endswith(".")
    assert time.perf_counter() - began < 10


async def test_what_takes_too_long_to_work_out_ends_with_its_process() -> None:
    never = "DTSTART:20261205T100000Z\nDTEND:20261205T110000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"
    with pytest.raises(Unreadable, match=r"to work out|was not read within"):  # the latter when busy
        await read_elsewhere(TASK, calendar(*[never] * 500))


# --- addresses


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *(
            "100.64.0.1",
            "192.0.0.170",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::1",
            "::",
        ),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fec0::1", "fc00::1", "fd00::1"),
        *("64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "ff02::1"),
    ],
)
def test_no_address_inside_a_house_is_asked(text: str) -> None:
    assert not may_be_asked(ip_address(text))


def test_addresses_of_the_internet_are_asked_and_others_where_the_operator_says_so() -> None:
    for text in ("1.1.1.1", "193.10.0.1", "2606:4700::1111", "2a00:1450:400f::1"):
        assert may_be_asked(ip_address(text))
    assert may_be_asked(ip_address("10.1.2.3"), networks("10.1.0.0/16, fd00::/8"))
    assert not may_be_asked(ip_address("10.2.2.3"), networks("10.1.0.0/16"))


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://127.1/", "http://0x7f.1/", "http://2130706433/", "http://0177.0.0.1/"),
        *("http://[::1]/", "http://[::ffff:7f00:1]/", "http://localhost/", "webcal://localhost/x.ics"),
        *("http://①②⑦.⓪.⓪.①/", "http://0/", "http://[::]/", "https://127.0.0.1:8443/"),
    ],
)
def test_the_own_machine_is_not_asked_however_it_is_spelled(url: str) -> None:
    found = answer(Task(url=url, time_zone="UTC", window=WINDOW), b"")
    assert "inside a private network" in found.refused


@pytest.mark.parametrize(
    "url",
    [
        *(
            "file:///etc/passwd",
            "ftp://x.example/",
            "gopher://x/",
            "//x.example/",
            "x.ics",
            "",
            "http://",
            "http:///x",
        ),
        *(
            "http://a b/",
            "http://x.example/\r\nX: y",
            "http://me:secret@x.example/",
            "http://x.example:99999/",
        ),
        "http://127.0.0.1\\@x.example/",
    ],
)
def test_an_address_that_is_none_is_refused_and_not_repeated(url: str) -> None:
    found = answer(Task(url=url or " ", time_zone="UTC", window=WINDOW), b"")
    assert found.refused.startswith("The address of")
    assert "secret" not in found.refused


# --- fetching

Answers = dict[str, Callable[[http.server.BaseHTTPRequestHandler], None]]
ONE = calendar("DTSTART:20261205T100000Z\nDURATION:PT1H")


@pytest.fixture
def served() -> Iterator[tuple[str, Answers]]:
    """A web server on this machine: its address, and what it answers to each path."""
    answers: Answers = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                answers[self.path](self)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    server.server_close()
    thread.join()


def sends(
    content: bytes, status: int = 200, **headers: str
) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    def send(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return send


def fetched(url: str) -> Answer:
    return answer(Task(url=url, allowed="127.0.0.0/8", time_zone="UTC", window=WINDOW), b"")


def packed(content: bytes) -> bytes:
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    return pack.compress(content) + pack.flush()


def test_a_calendar_is_fetched_also_packed_and_where_it_is_sent_on(served: tuple[str, Answers]) -> None:
    address, answers = served
    answers["/plain"] = sends(ONE)
    answers["/packed"] = sends(packed(ONE), Content_Encoding="gzip")
    answers["/on"] = sends(b"", 302, Location="/plain?x=1")
    answers["/plain?x=1"] = sends(ONE)
    for path in ("/plain", "/packed", "/on"):
        assert len(fetched(address + path).busy) == 1, path


def test_a_calendar_that_is_too_large_bombs_or_circles_is_refused(served: tuple[str, Answers]) -> None:
    address, answers = served
    answers["/large"] = sends(b"x" * (3 << 20))
    answers["/bomb"] = sends(packed(b"x" * (100 << 20)), Content_Encoding="gzip")
    answers["/twice"] = sends(packed(packed(ONE)), Content_Encoding="gzip, gzip")
    answers["/cut"] = sends(packed(ONE)[:-12], Content_Encoding="gzip")
    answers["/lies"] = sends(ONE, Content_Encoding="gzip")
    answers["/a"] = sends(b"", 301, Location="/b")
    answers["/b"] = sends(b"", 301, Location="/a")
    answers["/self"] = sends(b"", 307, Location="/self")
    for n in range(9):
        answers[f"/{n}"] = sends(b"", 302, Location=f"/{n + 1}")
    answers["/gone"] = sends(b"", 404)
    answers["/file"] = sends(b"", 302, Location="file:///etc/passwd")
    for path, said in (
        ("/large", "1 MiB"),
        ("/bomb", "1 MiB"),
        ("/twice", "packed as"),
        ("/cut", "in the middle"),
        ("/lies", "cannot be unpacked"),
        ("/a", "circle"),
        ("/self", "circle"),
        ("/0", "sent on more than 5 times"),
        ("/gone", "404"),
        ("/file", "begins with https://"),
    ):
        assert said in fetched(address + path).refused, path


def test_who_is_sent_on_into_the_house_is_refused(served: tuple[str, Answers]) -> None:
    address, answers = served
    answers["/in"] = sends(b"", 302, Location=address.replace("127.0.0.1", "[::1]") + "/plain")
    answers["/plain"] = sends(ONE)
    assert "inside a private network" in fetched(address + "/in").refused


def test_a_server_that_drips_is_given_up_on(
    served: tuple[str, Answers], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, answers = served
    monkeypatch.setattr("api.importing.fetch._SECONDS", 0.5)

    def drip(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(600):  # half a minute
            handler.wfile.write(b"x")
            time.sleep(0.05)

    answers["/drip"] = drip
    began = time.perf_counter()
    assert "in time" in fetched(address + "/drip").refused
    assert time.perf_counter() - began < 10
