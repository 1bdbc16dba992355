"""What everybody can use: nothing found by axe in light and dark, a tablet, and a day of 600 entries."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.e2e.desk import Desk, House

Open = Callable[..., Desk]
AXE = Path(__file__).parents[2] / "api" / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Any) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate("(tags) => axe.run({ runOnly: tags })", RULES)["violations"]
    return [f"{v['id']}: {n['html'][:160]} {n['failureSummary'][:200]}" for v in found for n in v["nodes"]]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there: it comes with the build of the page")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_anywhere(open_desk: Open, house: House, day: date, scheme: str) -> None:
    house.book(package="spa-day", participants=2, start=f"{day}T11:00", customer={"name": "Berg"})
    house.book(product="massage-50", start=f"{day}T09:00", hold_minutes=60, customer={"name": "Falk"})
    desk = open_desk(day, color_scheme=scheme, reduced_motion="reduce")
    page = desk.page
    found: dict[str, list[str]] = {"day": violations(page)}
    desk.entry("anna", "Berg").click()
    desk.panel.get_by_role("heading", name="Berg").wait_for()
    for summary in ("Payments", "Charges", "Mails", "History"):
        desk.panel.get_by_text(summary).click()
    desk.panel.get_by_role("button", name="Take payment").click()
    page.wait_for_timeout(400)
    found["order"] = violations(page)
    desk.panel.get_by_role("button", name="Leave it").click()
    desk.press("p")
    desk.type("3")
    desk.page.get_by_role("button", name="Apply").wait_for()
    found["preview"] = violations(page)
    desk.press("Escape", "Escape")
    desk.cursor_to("Anna", "10:00")
    desk.press("b")
    desk.type("Somebody")
    page.get_by_role("option").first.wait_for()
    desk.press("Enter")
    desk.type("massage")
    desk.press("Enter")
    page.locator("#book-now:not([disabled])").wait_for()
    found["booking"] = violations(page)
    desk.press("Escape")
    for key, name in (("f", "Find a time"), ("?", "All keys"), ("i", "Someone is ill, or a room is closed")):
        page.locator("#calendar").focus()
        desk.press(key)
        page.get_by_role("dialog", name=name).wait_for()
        page.wait_for_timeout(400)
        found[name] = violations(page)
        desk.press("Escape")
    page.locator("#calendar").focus()
    desk.press("s")
    desk.type("Somebody")
    page.locator("#sale-what").click()
    desk.type("coffee")
    desk.press("Enter")
    desk.panel.locator(".total").filter(has_text="65.00").wait_for()
    found["sale"] = violations(page)
    desk.press("Escape", "Escape")
    page.get_by_label("Find guest, order, telephone").fill("berg")
    page.get_by_role("option", name="Berg").last.click()
    page.wait_for_timeout(400)
    found["customer"] = violations(page)
    for item in ("Lists to print", "Catalog"):
        page.locator("#more").click()
        page.get_by_role("button", name=item).click()
        page.get_by_role("dialog").wait_for()
        if item == "Catalog":
            page.get_by_role("dialog").get_by_role("button", name="Venue").click()
            found["venue"] = violations(page)
            page.get_by_role("dialog").get_by_role("button", name="Packages").click()
            page.get_by_role("dialog").get_by_role("button", name="Spa day").click()
        page.wait_for_timeout(400)
        found[item] = violations(page)
        desk.press("Escape")
    page.locator("#more").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in").wait_for()
    found["sign-in"] = violations(page)
    assert [f"{where}: {what}" for where, each in found.items() for what in each] == []


def test_on_a_tablet_the_panel_slides_over(open_desk: Open, house: House, day: date) -> None:
    house.book(product="massage-50", start=f"{day}T10:00", resource="anna", customer={"name": "Berg"})
    desk = open_desk(day, width=1024, height=768, has_touch=True)
    wide = desk.page.locator("#calendar").bounding_box()["width"]
    desk.entry("anna", "Berg").tap()
    desk.panel.get_by_role("heading", name="Berg").wait_for()
    assert desk.page.locator("#calendar").bounding_box()["width"] == wide
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 1024


def test_the_page_speaks_swedish(open_desk: Open, day: date) -> None:
    desk = open_desk(day, locale="sv-SE")
    desk.page.get_by_role("button", name="Hitta en tid").wait_for()
    assert desk.page.locator("html").get_attribute("lang") == "sv"
    desk.cursor_to("Anna", "18:00")
    desk.press("b")
    desk.type("Ingen")
    desk.page.get_by_role("option").first.wait_for()
    desk.press("Enter")
    desk.type("spa day")
    desk.press("Enter")
    desk.page.get_by_text("skulle börja innan gästerna kommer").first.wait_for()


def test_filters_stay_and_a_day_of_23_hours_has_23(open_desk: Open, house: House) -> None:
    desk = open_desk(date(2027, 3, 28))
    page = desk.page
    page.locator("#more").click()
    page.get_by_role("button", name="24 h").click()
    page.mouse.click(700, 500)
    hours = page.locator(".hour:not(.minor)").all_inner_texts()
    assert hours == [f"{h:02d}" for h in range(24) if h != 2]
    page.get_by_role("button", name="All resources").click()
    page.get_by_label("Therapists").uncheck()
    page.reload()
    page.locator("[data-live=live]").wait_for()
    page.get_by_role("button", name="Some resources").wait_for()
    assert page.get_by_title("Anna").count() == 0


def test_who_may_not_book_is_told_who_may(open_desk: Open, house: House, day: date) -> None:
    house.book(product="massage-50", start=f"{day}T10:00", resource="anna", customer={"name": "Berg"})
    house.user("anna@example.org", "Anna", "a-long-enough-password", role="staff", resource="anna")
    desk = open_desk(signed_in=False)
    desk.page.get_by_label("E-mail").fill("anna@example.org")
    desk.page.get_by_label("Password").fill("a-long-enough-password")
    desk.page.keyboard.press("Enter")
    desk.page.locator("[data-live=none]").wait_for()
    desk.show(day)
    desk.page.locator("#calendar").focus()
    desk.press("b")
    desk.page.get_by_text("Only reception and managers may book.").first.wait_for()


def test_a_hundred_resources_with_six_hundred_entries_are_drawn_at_once(
    open_desk: Open, house: House, day: date
) -> None:
    desk = open_desk(day)
    resources, entries = _large(day)
    span = {"start": f"{day}T00:00:00+01:00", "end": f"{day}T23:59:00+01:00", "time_zone": "Europe/Stockholm"}
    answer = {**span, "grid_minutes": 5, "event": 0, "resources": resources, "entries": entries}
    desk.page.route(re.compile(r"/calendar\?"), lambda route: route.fulfill(json=answer))
    began = monotonic()
    desk.press("Shift+PageDown", "Shift+PageUp")
    desk.page.get_by_title("Resource 5").first.wait_for()
    assert monotonic() - began < 5
    longest = desk.page.evaluate(
        """async () => {
            const box = document.getElementById('calendar');
            let longest = 0, last = performance.now();
            for (let n = 0; n < 90; n++) {
                box.scrollTop += 40;
                await new Promise(requestAnimationFrame);
                const now = performance.now();
                longest = Math.max(longest, now - last);
                last = now;
            }
            return [longest, document.querySelectorAll('.line').length];
        }"""
    )
    assert longest[0] < 250
    assert longest[1] < 40  # of the hundred rows only those in sight are there


def _large(day: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    def at(hour: int, minute: int = 0) -> str:
        return f"{day}T{hour:02d}:{minute:02d}:00+01:00"

    def resource(n: int) -> dict[str, Any]:
        hours = [{"start": at(8), "end": at(20)}]
        named = {"key": f"r{n}", "name": f"Resource {n}", "kind": "room", "pools": [f"pool-{n // 20}"]}
        return {**named, "capacity": 1, "parts": [], "open": hours, "blocks": []}

    def entry(n: int, hour: int) -> dict[str, Any]:
        held = {"resource": f"r{n}", "held_from": at(hour), "held_to": at(hour + 1), "use": "exclusive"}
        ids = {"booking": f"b{n}-{hour}", "order": f"o{n}-{hour}", "number": n, "line": "l", "component": "c"}
        what = {"product": "massage-50", "name": "Massage", "package": "Massage", "customer": f"Guest {n}"}
        who = {"guests": [1], "guest_names": [""], "participants": 1, "quantity": 1, "places": 1}
        state = {"status": "confirmed", "held_until": None, "message": "", "locked": False, "warnings": []}
        return {**held, **ids, **what, **who, **state, "start": at(hour), "end": at(hour, 50)}

    return [resource(n) for n in range(100)], [entry(n, hour) for n in range(100) for hour in range(8, 20, 2)]
