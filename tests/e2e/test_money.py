"""Money at the desk: who signs in, what is paid, sold and owned."""

from collections.abc import Callable
from datetime import date

from tests.e2e.desk import Desk, House

Open = Callable[..., Desk]


def test_somebody_signs_in_with_a_password_stays_and_signs_out(
    open_desk: Open, house: House, day: date
) -> None:
    house.user("kim@example.org", "Kim", "a-long-enough-password")
    house.book(product="massage-50", start=f"{day}T10:00", resource="anna", customer={"name": "Berg"})
    desk = open_desk(signed_in=False)
    page = desk.page
    page.get_by_label("E-mail").fill("kim@example.org")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").filter(has_text="not right").wait_for()
    page.get_by_label("Password").fill("a-long-enough-password")
    page.keyboard.press("Enter")
    page.locator("[data-live=live]").wait_for()
    page.reload()
    page.locator("[data-live=live]").wait_for()
    desk.show(day)
    desk.entry("anna", "Berg").click()
    desk.panel.get_by_role("button", name="Lock").first.click()
    desk.panel.get_by_text("History").click()
    # A change made with the cookie, in the name of who made it.
    desk.panel.get_by_text("Kim · v2 · 127.0.0.1").wait_for()
    page.locator("#more").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Password").wait_for()
    page.reload()
    page.get_by_label("Password").wait_for()


def test_an_order_is_paid_and_its_charges_are_told(open_desk: Open, house: House, day: date) -> None:
    order = house.book(product="massage-50", start=f"{day}T11:00", resource="bo", customer={"name": "Sand"})
    desk = open_desk(day)
    desk.entry("bo", "Sand").click()
    desk.panel.get_by_text("Payments").click()
    desk.panel.get_by_role("button", name="Take payment").click()
    desk.panel.get_by_label("Amount").fill("500")
    desk.panel.get_by_label("Method").select_option("cash")
    desk.panel.get_by_role("button", name="Take payment").click()
    desk.panel.get_by_text("Paid", exact=True).wait_for()
    assert house.order(order["id"])["due"] == "450.00"
    desk.panel.get_by_text("Charges").click()
    desk.panel.get_by_text("950.00").first.wait_for()


def test_a_series_is_sold_and_one_of_it_used(open_desk: Open, house: House) -> None:
    """S0-2, S1-8: the balance and the history are on the customer's page."""
    house.customer("Grace Hopper")
    desk = open_desk()
    page = desk.page
    desk.press("s")
    desk.type("hopper")
    page.get_by_role("option", name="Grace Hopper").wait_for()
    desk.press("Enter")
    desk.type("ten mass")
    desk.press("Enter")
    desk.panel.locator(".total").filter(has_text="7,600.00").wait_for()
    desk.panel.get_by_role("button", name="Close the sale").click()
    desk.panel.get_by_label("Amount").wait_for()  # it is asked for the money at once
    desk.press("Enter")
    desk.panel.get_by_text("closed", exact=True).wait_for()
    desk.panel.get_by_role("button", name="Grace Hopper").click()
    desk.panel.get_by_text("10 of 10 left").click()
    desk.panel.get_by_role("button", name="Use one without a sale").click()
    desk.panel.get_by_role("button", name="Use one of 10").click()
    desk.panel.get_by_text("9 of 10 left").wait_for()
    desk.panel.get_by_role("button", name="Sell").click()
    page.locator("#sale-what").click()
    desk.type("massage 50")
    desk.press("Enter")
    desk.panel.get_by_text("Credits pay for a part").wait_for()
    desk.panel.locator(".total").filter(has_text="0.00").wait_for()
