"""The catalog's forms: the venue, its resources, packages; what a change means is said before it is saved."""

from collections.abc import Callable
from datetime import date
from typing import Any

from tests.e2e.desk import Desk, House

Open = Callable[..., Desk]


def test_a_closed_day_is_written_down_in_the_form_and_shades_the_calendar(
    open_desk: Open, house: House, day: date
) -> None:
    desk = open_desk(day)
    dialog = catalog(desk)
    dialog.get_by_role("button", name="Venue").click()
    dialog.get_by_role("button", name="Exception").click()
    dialog.get_by_label("Date").last.fill(day.isoformat())
    dialog.get_by_label("Date").last.blur()
    dialog.get_by_text("What the change means").wait_for()
    dialog.get_by_text(f"{day} closed").wait_for()
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_text("Saved.").wait_for()
    assert {"date": day.isoformat(), "closed": True} in house.catalog()["venue"]["exceptions"]
    desk.press("Escape")
    desk.cursor_to("Anna", "10:00")
    assert desk.page.locator("div[role=status].hidden").inner_text().endswith("closed")


def test_a_start_is_fixed_or_relative_and_deleting_asks_first(open_desk: Open, house: House) -> None:
    """S3-16 on the form; S3-28."""
    desk = open_desk()
    dialog = catalog(desk)
    dialog.get_by_role("button", name="Spa day").click()
    lunch = dialog.get_by_role("group", name="Component 1")
    assert lunch.get_by_label("Time").input_value() == "12:00"
    lunch.get_by_label("Start").select_option("relative")
    assert lunch.get_by_label("Time").count() == 0
    lunch.get_by_label("Minutes").fill("30")
    dialog.get_by_text("What the change means").wait_for()
    dialog.get_by_role("button", name="Delete").click()
    dialog.get_by_text("Are you sure you want to delete the selected record?").wait_for()
    dialog.get_by_role("button", name="Leave it").click()
    assert "fixed_start" in house.catalog()["products"][-2]["components"][0]  # nothing was saved


def catalog(desk: Desk) -> Any:
    desk.page.locator("#more").click()
    desk.page.get_by_role("button", name="Catalog").click()
    return desk.page.get_by_role("dialog")
