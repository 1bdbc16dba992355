"""The order beside the calendar: every change is shown before it is made."""

from collections.abc import Callable
from datetime import date

from tests.e2e.desk import Desk, House, times

Open = Callable[..., Desk]


def test_participants_follow_the_difference_that_staff_made(open_desk: Open, house: House, day: date) -> None:
    """S3-35, G3: coffee reduced by one stays one fewer; undo brings the numbers back."""
    order = house.book(
        package="conference", participants=10, start=f"{day}T09:00", customer={"name": "Nordia"}
    )
    house.change(order["id"], components=[{"component": "coffee", "quantity": 9}])
    desk = open_desk(day)
    desk.entry("hall-a", "Nordia").click()
    desk.panel.get_by_role("heading", name="Nordia · Conference").wait_for()
    desk.press("p")
    desk.type("8")
    desk.what_changes.get_by_text("Coffee: 9 → 7").first.wait_for()
    desk.press("Enter")
    desk.what_changes.wait_for(state="detached")
    now = house.order(order["id"])
    assert now["participants"] == 8
    assert {b["component"]: b["quantity"] for b in now["bookings"]}["coffee"] == 7
    desk.panel.get_by_text("8 guests").first.wait_for()
    desk.press("z")
    desk.what_changes.get_by_text("Coffee: 7 → 9").first.wait_for()
    desk.apply()
    assert house.order(order["id"])["participants"] == 10


def test_a_booking_moves_by_keys_and_a_time_typed(open_desk: Open, house: House, day: date) -> None:
    order = house.book(
        package="spa-day", participants=1, start=f"{day}T11:00", resource="anna", customer={"name": "Curie"}
    )
    desk = open_desk(day)
    desk.cursor_to("Anna", "13:00")
    desk.press("m")
    desk.type("1530")
    desk.what_changes.get_by_text("→ 15:30").first.wait_for()
    desk.press("ArrowDown")
    desk.what_changes.get_by_text("Bo").first.wait_for()
    desk.page.locator("[aria-label='What changes'][aria-busy=false]").wait_for()
    desk.press("Enter")
    desk.what_changes.wait_for(state="detached")
    massage = next(b for b in house.order(order["id"])["bookings"] if b["component"] == "massage")
    assert massage["start"][11:16] == "15:30"
    assert massage["allocations"][0]["resource"] == "bo"


def test_a_component_is_locked_and_a_whole_order_cancelled(open_desk: Open, house: House, day: date) -> None:
    """S3-33: cancelling the package cancels every component, after the preview."""
    order = house.book(
        package="spa-day", participants=1, start=f"{day}T11:00", resource="anna", customer={"name": "Sand"}
    )
    desk = open_desk(day)
    desk.cursor_to("Anna", "13:00")
    desk.press("l")
    desk.entry("anna", "Sand").filter(has_text="13:00–13:50, locked").wait_for()
    desk.panel.get_by_role("button", name="Cancel the order").click()
    desk.what_changes.get_by_text("Lunch").first.wait_for()
    desk.apply()
    desk.panel.get_by_text("cancelled").first.wait_for()
    now = house.order(order["id"])
    assert {b["status"] for b in now["bookings"]} == {"cancelled"}
    desk.entry("anna", "Sand").wait_for(state="detached")


def test_the_history_says_what_was_done(open_desk: Open, house: House, day: date) -> None:
    order = house.book(package="spa-day", participants=1, start=f"{day}T11:00", customer={"name": "Holm"})
    house.change(order["id"], participants=2)
    desk = open_desk(day)
    desk.page.get_by_label("Find guest, order, telephone").fill("holm")
    desk.page.get_by_role("option", name="Holm").first.click()
    desk.panel.get_by_text("History").click()
    desk.panel.get_by_text("· v2").first.wait_for()
    desk.panel.get_by_text("Price, line by line").click()
    desk.panel.get_by_text("Standard price 950.00").first.wait_for()


def test_dragging_takes_the_linked_coffee_along(open_desk: Open, house: House, day: date) -> None:
    """S3-17: what is associated moves by the same shift, and is in the preview while dragging."""
    order = house.book(
        package="conference", participants=12, start=f"{day}T09:00", customer={"name": "Skanska"}
    )
    desk = open_desk(day)
    mouse = desk.page.mouse
    x, y = desk.place_of("Hall A", "09:30")
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 20, y, steps=3)
    to, _ = desk.place_of("Hall A", "11:30")
    mouse.move(to, y, steps=6)
    desk.what_changes.get_by_text("Coffee").first.wait_for()
    mouse.up()
    assert times(house.order(order["id"]))["room"] == "09:00"  # nothing is done before it is applied
    desk.page.locator("[aria-label='What changes'][aria-busy=false]").wait_for()
    desk.apply()
    assert times(house.order(order["id"])) == {"room": "11:00", "coffee": "12:00"}


def test_dropping_where_it_does_not_fit_offers_the_nearest_that_does(
    open_desk: Open, house: House, day: date
) -> None:
    house.book(product="massage-50", participants=2, start=f"{day}T15:00", customer={"name": "Both"})
    order = house.book(
        package="spa-day", participants=1, start=f"{day}T11:00", resource="anna", customer={"name": "Lind"}
    )
    desk = open_desk(day)
    mouse = desk.page.mouse
    x, y = desk.place_of("Anna", "13:20")
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 15, y, steps=3)
    to, _ = desk.place_of("Anna", "15:30")
    mouse.move(to, y, steps=6)
    desk.page.locator(".outline.bad").first.wait_for()
    mouse.up()
    near = desk.what_changes.get_by_role("button", name="Anna").first
    near.wait_for()
    near.click()
    desk.apply()
    assert times(house.order(order["id"]))["massage"] in (
        "13:55",
        "14:00",
        "14:10",
        "16:00",
        "16:05",
        "16:10",
    )


def test_a_booking_is_made_longer_by_its_edge_and_by_keys(open_desk: Open, house: House, day: date) -> None:
    order = house.book(product="massage-50", start=f"{day}T10:00", resource="anna", customer={"name": "Long"})
    desk = open_desk(day)
    mouse = desk.page.mouse
    x, y = desk.place_of("Anna", "10:46")
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 15, y, steps=3)
    to, _ = desk.place_of("Anna", "11:26")
    mouse.move(to, y, steps=6)
    desk.what_changes.get_by_text("until 11:30, not 10:50").wait_for()
    mouse.up()
    desk.apply()
    assert house.order(order["id"])["bookings"][0]["end"][11:16] == "11:30"
    desk.cursor_to("Anna", "10:00")
    desk.press("r", "ArrowRight")
    desk.what_changes.get_by_text("until 11:45, not 11:30").wait_for()
    desk.page.locator("[aria-label='What changes'][aria-busy=false]").wait_for()
    desk.press("Enter")
    desk.what_changes.wait_for(state="detached")
    assert house.order(order["id"])["lines"][0]["adjustments"]["massage-50"]["duration_minutes"] == 105


def test_the_day_is_planned_anew_by_keys(open_desk: Open, house: House, day: date) -> None:
    """Cleo had to wait for a therapist who has become free."""
    ada, _, cleo = (
        house.book(package="spa-day", participants=1, start=f"{day}T11:00", customer={"name": name})
        for name in ("Ada", "Bea", "Cleo")
    )
    waited = times(cleo)["massage"]
    house.client.post(f"/v1/orders/{ada['id']}/cancel", json={}).raise_for_status()
    desk = open_desk(day)
    desk.press("n")
    desk.panel.get_by_role("radio", name="Short waits").wait_for()
    desk.press("Enter")
    desk.panel.get_by_text(f"{waited} → 13:00").wait_for()
    desk.panel.locator("section[aria-busy=false]").wait_for()
    desk.panel.get_by_role("button", name="Apply ↵").and_(desk.page.locator(":focus")).wait_for()
    desk.press("Enter")
    desk.panel.get_by_role("heading", name="Whom to call").wait_for()
    assert times(house.order(cleo["id"]))["massage"] == "13:00"
