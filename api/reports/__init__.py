"""The reports of a venue, one file each. `REPORTS` is all of them, by the name in their address."""

from api.documents import Report
from api.reports.function_sheet import FUNCTION_SHEET
from api.reports.takings import TAKINGS

REPORTS: dict[str, Report] = {report.key: report for report in (TAKINGS, FUNCTION_SHEET)}
