"""Draws docs/images from a running demo: `python -m tests.e2e.screenshots URL KEY`."""

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parents[2] / "docs" / "images"
BUSY = "document.querySelectorAll('.piece').length"


def main(url: str, key: str) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": 1440, "height": 900}, color_scheme=scheme, locale="en-GB"
            )
            page = context.new_page()
            page.goto(url)
            page.get_by_label("Key", exact=True).fill(key)
            page.keyboard.press("Enter")
            page.locator("#calendar").wait_for()
            page.locator("[data-live=live]").wait_for()
            _busiest(page)
            _draw(page, f"desk-{scheme}")
            if scheme == "light":
                _booking(page)
                _finding(page)
                page.keyboard.press("w")
                page.locator("#calendar[aria-busy=false]").wait_for()
                _draw(page, "desk-week")
            context.close()
        browser.close()


def _busiest(page: Any) -> None:
    """The fullest of the coming days, with an order of several guests open."""
    best, most = 0, -1
    for n in range(8):
        page.wait_for_timeout(500)
        if (shown := page.evaluate(BUSY)) > most:
            best, most = n, shown
        page.locator("#calendar").focus()
        page.keyboard.press("Shift+PageDown")
    for _ in range(8 - best):
        page.keyboard.press("Shift+PageUp")
    page.wait_for_timeout(800)
    page.locator(".piece.spa").first.click()
    page.locator("#panel h2").wait_for()
    page.wait_for_timeout(600)


def _booking(page: Any) -> None:
    page.keyboard.press("Escape")
    page.locator("#calendar").focus()
    for key in ("PageUp", "PageUp", "Home", "ArrowRight", "ArrowRight", "b"):
        page.keyboard.press(key)
    page.keyboard.type("a")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type("day for two")
    page.keyboard.press("Enter")
    page.keyboard.type("2")
    page.wait_for_timeout(2500)
    _draw(page, "desk-booking")
    page.keyboard.press("Escape")


def _finding(page: Any) -> None:
    page.locator("#calendar").focus()
    page.keyboard.press("f")
    page.locator(".day.l4, .day.l3").first.wait_for()
    page.wait_for_timeout(3000)
    _draw(page, "desk-find")
    page.keyboard.press("Escape")


def _draw(page: Any, name: str) -> None:
    page.screenshot(path=str(IMAGES / f"{name}.png"))


if __name__ == "__main__":
    main(*sys.argv[1:3])
