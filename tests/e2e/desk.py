"""The page as a receptionist handles it, and the house behind it as the API tells of it."""

from datetime import date
from typing import Any

import httpx


class House:
    """What is true, whatever the page shows."""

    def __init__(self, client: httpx.Client, key: str) -> None:
        self.client, self.key = client, key

    def catalog(self) -> dict[str, Any]:
        return self._ok(self.client.get("/v1/venues/house/catalog"))

    def customer(self, name: str, phone: str = "") -> dict[str, Any]:
        return self._ok(self.client.post("/v1/venues/house/customers", json={"name": name, "phone": phone}))

    def user(self, email: str, name: str, password: str, **rights: str) -> None:
        person = {"email": email, "name": name, "password": password, "role": "reception", "venue": "house"}
        self._ok(self.client.post("/v1/users", json=person | rights))

    def book(self, **order: Any) -> dict[str, Any]:
        return self._ok(self.client.post("/v1/venues/house/orders", json=order))

    def change(self, order: str, **change: Any) -> dict[str, Any]:
        return self._ok(self.client.patch(f"/v1/orders/{order}", json=change))

    def order(self, order: str) -> dict[str, Any]:
        return self._ok(self.client.get(f"/v1/orders/{order}"))

    def orders_of(self, day: date, customer: str) -> list[dict[str, Any]]:
        items = self._ok(
            self.client.get("/v1/venues/house/orders", params={"from": f"{day}T00:00", "to": f"{day}T23:59"})
        )
        return [o for o in items["items"] if (o["customer"] or {}).get("name") == customer]

    @staticmethod
    def _ok(answer: httpx.Response) -> dict[str, Any]:
        assert answer.is_success, answer.text
        return dict(answer.json())


def times(order: dict[str, Any]) -> dict[str, str]:
    """When each component of the order begins, by the clock."""
    return {
        b["component"]: b["start"][11:16]
        for b in order["bookings"]
        if b["start"] and b["status"] != "cancelled"
    }


class Desk:
    """One page. `keys` counts what was pressed, one for each character."""

    def __init__(self, page: Any, house: House) -> None:
        self.page, self.house, self.keys = page, house, 0

    def sign_in(self) -> None:
        self.page.goto(str(self.house.client.base_url))
        self.page.get_by_label("Key", exact=True).or_(self.page.get_by_label("Nyckel", exact=True)).fill(
            self.house.key
        )
        self.page.keyboard.press("Enter")
        self.page.locator("#calendar").wait_for()
        self.page.locator("[data-live=live]").wait_for()

    def show(self, day: date) -> None:
        self.page.locator("input.picker").evaluate(
            "(e, d) => { e.value = d; e.dispatchEvent(new Event('change', { bubbles: true })) }",
            day.isoformat(),
        )
        self.page.locator("#calendar[aria-busy=false]").wait_for()
        self.page.wait_for_timeout(150)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def cursor_to(self, resource: str, clock: str) -> None:
        """By keys alone: to the row, then to the time."""
        self.page.locator("#calendar").focus()
        told = self.page.locator("div[role=status].hidden")
        self.press(*["PageUp"] * 3)
        for _ in range(12):
            if told.inner_text().startswith(f"{resource},"):
                break
            self.press("ArrowDown")
        self.press("Home")
        for _ in range(60):
            if f", {clock}:" in told.inner_text():
                return
            self.press("ArrowRight")
        raise AssertionError(f"the cursor does not reach {clock}: {told.inner_text()}")

    def entry(self, resource: str, customer: str) -> Any:
        return self.page.locator(f"[data-resource={resource}]").filter(has_text=f"{customer}, ")

    def place_of(self, resource: str, clock: str) -> tuple[float, float]:
        """Where on the screen that time of that row is."""
        x, y = self.page.evaluate(
            """([row, clock]) => {
                const head = [...document.querySelectorAll('.head')].find((h) => h.title === row);
                const hours = document.querySelector('.hours').getBoundingClientRect();
                const read = (m) => [Number(m.textContent.slice(0, 2)), m.getBoundingClientRect().left];
                const marks = [...document.querySelectorAll('.hour')].map(read);
                const [h, m] = clock.split(':').map(Number);
                const [a, b] = [marks[0], marks[1]];
                const perHour = (b[1] - a[1]) / (b[0] - a[0]);
                const box = head.getBoundingClientRect();
                return [a[1] + (h + m / 60 - a[0]) * perHour + 1, box.top + box.height / 2];
            }""",
            [resource, clock],
        )
        return float(x), float(y)

    @property
    def panel(self) -> Any:
        return self.page.locator("#panel")

    @property
    def what_changes(self) -> Any:
        return self.page.get_by_label("What changes", exact=True)

    def apply(self) -> None:
        self.page.get_by_role("button", name="Apply").click()
        self.what_changes.wait_for(state="detached")
