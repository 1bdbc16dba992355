"""S3-29 … S3-32: a package is booked at the calendar, with the keyboard alone and with the mouse alone."""

from collections.abc import Callable
from datetime import date

from tests.e2e.desk import Desk, House, times

Open = Callable[..., Desk]


def test_a_package_is_booked_with_the_keyboard_alone(open_desk: Open, house: House, day: date) -> None:
    """S3-29 … S3-32, in at most ten keys once the customer is found."""
    house.customer("Ada Lovelace", "070-1")
    desk = open_desk(day)
    desk.cursor_to("Anna", "11:00")
    desk.press("b")
    desk.type("lovel")
    desk.page.get_by_role("option", name="Ada Lovelace").wait_for()
    desk.press("Enter")
    desk.keys = 0
    desk.type("spa")
    desk.press("Enter")
    desk.type("2")
    desk.press("Enter")
    desk.page.locator("#book-now:focus").wait_for()
    desk.press("Enter")
    desk.panel.get_by_text("confirmed", exact=True).wait_for()
    assert desk.keys <= 10
    (order,) = house.orders_of(day, "Ada Lovelace")
    assert (order["package"], order["participants"], order["start"][11:16]) == ("spa-day", 2, "11:00")
    assert times(order)["lunch"] == "12:00"
    massages = [b for b in order["bookings"] if b["component"] == "massage"]
    assert {"anna", "bo"} == {b["allocations"][0]["resource"] for b in massages}
    desk.entry("anna", "Ada Lovelace").wait_for()
    assert desk.panel.get_by_role("heading", name="Ada Lovelace · Spa day").is_visible()


def test_a_package_is_booked_and_adjusted_with_the_mouse_alone(
    open_desk: Open, house: House, day: date
) -> None:
    """S3-29 … S3-32: every component's time, quantity and message can be adjusted before it is booked."""
    house.customer("Blaise Pascal")
    desk = open_desk(day)
    page = desk.page
    page.mouse.dblclick(*desk.place_of("Room 1", "11:00"))
    page.get_by_label("Customer", exact=True).fill("pascal")
    page.get_by_role("option", name="Blaise Pascal").click()
    page.get_by_label("Package or treatment", exact=True).click()
    page.get_by_role("option", name="Spa day").click()
    page.get_by_label("Participants").fill("2")
    page.get_by_role("button", name="Massage 50 min").click()
    page.get_by_role("textbox", name="Time", exact=True).fill("14:30")
    page.get_by_role("textbox", name="Time", exact=True).blur()
    page.get_by_label("Message").fill("a quiet room")
    page.get_by_label("Message").blur()
    page.get_by_role("button", name="14:30 Massage 50 min").wait_for()
    page.get_by_role("button", name="Lunch").click()
    page.locator("#q-lunch").fill("1")
    page.locator("#q-lunch").blur()
    page.locator(".placed[aria-busy=false]").wait_for()
    page.locator("#book-now").click()
    desk.panel.get_by_text("confirmed", exact=True).wait_for()
    (order,) = house.orders_of(day, "Blaise Pascal")
    assert times(order)["massage"] == "14:30"
    assert {b["message"] for b in order["bookings"] if b["component"] == "massage"} == {"a quiet room"}
    assert order["lines"][0]["adjustments"]["lunch"]["difference"] == -1


def test_what_does_not_fit_is_said_in_sentences_with_alternatives(
    open_desk: Open, house: House, day: date
) -> None:
    house.book(product="massage-50", participants=2, start=f"{day}T10:00", customer={"name": "Both"})
    desk = open_desk(day)
    desk.cursor_to("Anna", "10:00")
    desk.press("b")
    desk.type("Nobody Yet")
    desk.page.get_by_role("option", name="New customer").wait_for()
    desk.press("Enter")
    desk.type("massage")
    desk.press("Enter")
    why = desk.page.get_by_label("Why it does not fit")
    why.wait_for()
    assert "Anna" in why.inner_text() or "therapist" in why.inner_text()
    alternative = why.get_by_role("button").first
    alternative.click()
    desk.page.locator("#book-now:not([disabled])").click()
    desk.panel.get_by_text("confirmed", exact=True).wait_for()
    assert len(house.orders_of(day, "Nobody Yet")) == 1


def test_a_hold_is_dashed_and_confirmed_from_the_panel(open_desk: Open, house: House, day: date) -> None:
    order = house.book(
        product="massage-50",
        start=f"{day}T10:00",
        resource="anna",
        hold_minutes=30,
        customer={"name": "Falk"},
    )
    desk = open_desk(day)
    entry = desk.entry("anna", "Falk")
    assert "held until" in entry.text_content()
    entry.click()
    desk.panel.get_by_role("button", name="Confirm").click()
    desk.apply()
    desk.panel.get_by_text("confirmed", exact=True).wait_for()
    assert house.order(order["id"])["status"] == "confirmed"


def test_a_month_at_a_glance_and_one_click_to_book(open_desk: Open, house: House, day: date) -> None:
    house.customer("Emmy Noether")
    desk = open_desk(day)
    desk.press("f")
    page = desk.page
    page.locator("#find-what").select_option("spa-day")
    page.get_by_role("button", name="11:00").first.wait_for()
    page.get_by_role("button", name="11:00").first.click()
    page.get_by_label("Customer", exact=True).wait_for()
    desk.type("noether")
    page.get_by_role("option", name="Emmy Noether").wait_for()
    desk.press("Enter")
    page.locator("#book-now:not([disabled])").click()
    desk.panel.get_by_role("heading", name="Emmy Noether · Spa day").wait_for()
