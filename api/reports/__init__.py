"""The reports of a venue, one file each. `REPORTS` is all of them, by the name in their address."""

from api.documents import Report
from api.reports.commissions import COMMISSIONS
from api.reports.credits import CREDIT_LIABILITY, CUSTOMER_STOCK, PACKAGE_BALANCES
from api.reports.function_sheet import FUNCTION_SHEET
from api.reports.takings import TAKINGS

REPORTS: dict[str, Report] = {
    report.key: report
    for report in (
        TAKINGS,
        COMMISSIONS,
        PACKAGE_BALANCES,
        CUSTOMER_STOCK,
        CREDIT_LIABILITY,
        FUNCTION_SHEET,
    )
}
