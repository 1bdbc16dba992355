"""The addresses, one file for each subject. `ROUTES` is all of them."""

from api.routes import (
    bookings,
    calendar,
    catalog,
    credits,
    customers,
    feeds,
    freebusy,
    imports,
    orders,
    page,
    replans,
    reports,
    sales,
    server,
    slots,
)

ROUTES = (
    *server.ROUTES,
    *catalog.ROUTES,
    *slots.ROUTES,
    *orders.ROUTES,
    *bookings.ROUTES,
    *replans.ROUTES,
    *calendar.ROUTES,
    *customers.ROUTES,
    *credits.ROUTES,
    *sales.ROUTES,
    *reports.ROUTES,
    *feeds.ROUTES,
    *freebusy.ROUTES,
    *imports.ROUTES,
    *page.ROUTES,
)
