"""Two pages side by side, and a network that goes away."""

from collections.abc import Callable
from datetime import date
from time import monotonic

from tests.e2e.desk import Desk, House

Open = Callable[..., Desk]


def test_what_one_desk_books_the_other_sees_within_a_second(open_desk: Open, house: House, day: date) -> None:
    left, right = open_desk(day), open_desk(day)
    began = monotonic()
    order = house.book(
        product="massage-50", start=f"{day}T10:00", resource="anna", customer={"name": "Zofia Lind"}
    )
    for desk in (left, right):
        desk.entry("anna", "Zofia Lind").wait_for()
    assert monotonic() - began < 5  # both, with the booking itself
    left.entry("anna", "Zofia Lind").click()
    left.panel.get_by_role("button", name="Cancel the order").click()
    left.apply()
    right.entry("anna", "Zofia Lind").wait_for(state="detached")
    assert house.order(order["id"])["status"] == "cancelled"


def test_two_desks_cannot_take_the_same_place(open_desk: Open, house: House, day: date) -> None:
    """Who is second is told so, and shown how it can be placed now."""
    desk = open_desk(day)
    desk.cursor_to("Anna", "10:00")
    desk.press("b")
    desk.type("Second")
    desk.page.get_by_role("option", name="New customer").wait_for()
    desk.press("Enter")
    desk.type("massage")
    desk.press("Enter")
    desk.page.locator("#book-now:not([disabled])").wait_for()
    house.book(product="massage-50", start=f"{day}T10:00", resource="anna", customer={"name": "First"})
    desk.page.locator("#book-now").click()
    desk.page.get_by_label("Why it does not fit").or_(
        desk.page.get_by_text("Somebody was faster")
    ).first.wait_for()
    assert house.orders_of(day, "Second") == []


def test_after_the_network_was_away_the_page_catches_up(open_desk: Open, house: House, day: date) -> None:
    desk = open_desk(day)
    desk.page.context.set_offline(True)
    desk.page.locator("[data-live=offline]").wait_for()
    assert "as of" in desk.page.locator("[data-live]").inner_text()
    house.book(product="massage-50", start=f"{day}T12:00", resource="bo", customer={"name": "Meanwhile"})
    desk.page.context.set_offline(False)
    desk.entry("bo", "Meanwhile").wait_for()
    desk.page.locator("[data-live=live]").wait_for()
