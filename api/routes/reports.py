"""Reports: tables about a range of time, as JSON, CSV or PDF."""

import asyncio
from datetime import timedelta
from typing import Any

from litestar import Response

from api.auth import DESK
from api.call import Call
from api.documents import CSV, MEDIA, PDF, Heading, ReportView, as_csv, as_json, as_pdf, preferred
from api.endpoint import endpoint
from api.inputs import ReportQuery, read_range
from api.reports import REPORTS
from catalog.errors import Invalid, NotFound, Problem
from catalog.times import local, wall_of

MOST_DAYS = 800


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/reports/{report:str}",
    roles=DESK,
    tag="reports",
    summary=f"A report as JSON, CSV or PDF, by Accept: {', '.join(REPORTS)}",
    query=ReportQuery,
    answer=ReportView,
    media=MEDIA,
    choices={"report": tuple(REPORTS)},
    refusals=(404, 422),
)
async def read(call: Call, venue: str, report: str) -> Response[Any]:
    asked = call.query(ReportQuery)
    async with call.session() as session:
        at = await call.venue(session, venue)
        wanted = REPORTS.get(report)
        if wanted is None:
            raise NotFound(f"There is no report {report!r}; there are: {', '.join(REPORTS)}.")
        today = wall_of(at.tz, call.now)[0]
        tomorrow = today + timedelta(days=1)
        if (asked.from_ is None) != (asked.to is None):
            raise Invalid(problems=(Problem("to" if asked.to is None else "from", "is missing"),))
        begins, ends = asked.from_ or str(today), asked.to or str(tomorrow)
        first, last = read_range(at.tz, begins, ends, most_days=MOST_DAYS)
        table = await wanted.make(session, at, first, last, call.desk.now())
    about = Heading(
        report=wanted.key,
        title=wanted.title,
        venue=at.catalog.venue.name or at.key,
        currency=at.catalog.venue.currency,
        first=local(at.tz, first),
        last=local(at.tz, last),
    )
    media = preferred(call.request.headers.get("accept"))
    if media == CSV:
        return _download(as_csv(table, about), "text/csv; charset=utf-8; header=present", about, "csv")
    if media == PDF:
        return _download(await asyncio.to_thread(as_pdf, table, about), PDF, about, "pdf")
    return call.respond(as_json(table, about), headers={"Vary": "Accept"})


def _download(body: bytes, media: str, about: Heading, ending: str) -> Response[bytes]:
    name = f"{about.report}-{about.first:%Y-%m-%d}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"}
    return Response(body, status_code=200, media_type=media, headers=headers)


ROUTES = (read,)
