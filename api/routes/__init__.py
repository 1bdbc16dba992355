"""The addresses, one file for each subject. `ROUTES` is all of them."""

from api.routes import bookings, calendar, catalog, customers, feeds, orders, replans, server, slots

ROUTES = (
    *server.ROUTES,
    *catalog.ROUTES,
    *slots.ROUTES,
    *orders.ROUTES,
    *bookings.ROUTES,
    *replans.ROUTES,
    *calendar.ROUTES,
    *customers.ROUTES,
    *feeds.ROUTES,
)
