"""The reports about credits, and tickets on paper."""

import httpx
import pytest

from tests.api.till import Json, Till


@pytest.fixture
async def till(admin: httpx.AsyncClient) -> Till:
    return await Till(admin).open_shop()


async def report(till: Till, name: str, **query: str) -> Json:
    answer = await till.client.get(f"/v1/venues/shop/reports/{name}", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_package_balances_show_what_remains_of_active_packages_alone(till: Till) -> None:
    """S1-11, S1-13."""
    await till.sell("series", "a-year")
    await till.sell("a-month", sold_at="2026-01-01T12:00")  # over
    await till.sell({"product": "massage", "quantity": 2}, "cheap", use_credits=True)
    rows = (await report(till, "package-balances"))["rows"]
    assert [(row["sold_as"], int(row["remaining"]), row["customer"]) for row in rows] == [
        ("series", 8, "Albert Ernest")
    ]


async def test_the_liability_is_what_unused_credits_were_bought_for(till: Till) -> None:
    """S1-7: 7 600 for ten, three used."""
    await till.sell("series")
    await till.sell({"product": "massage", "quantity": 3}, use_credits=True)
    said = await report(till, "liability")
    assert [(int(row["unused"]), row["value"]) for row in said["rows"]] == [(7, "5320.00")]
    assert said["totals"] == {"value": "5320.00"}


async def test_customer_stock_sold_credited_and_used_by_day(till: Till) -> None:
    """S2-20, S2-21."""
    await till.sell({"product": "two-bandages", "quantity": 2})
    await till.sell({"product": "bandage", "quantity": 3}, use_credits=True)
    rows = (await report(till, "customer-stock"))["rows"]
    assert [(r["product"], r["what"], int(r["quantity"]), r["amount"]) for r in rows] == [
        ("", "sold", 2, "40.00"),
        ("bandage", "credited", 4, "0.00"),
        ("bandage", "used", 3, "0.00"),
    ]
    url = "/v1/venues/shop/reports/customer-stock"
    table = await till.client.get(url, headers={"Accept": "text/csv"})
    assert table.text.splitlines()[0] == "date,package,product,what,quantity,amount"
    pdf = await till.client.get(url, headers={"Accept": "application/pdf"})
    assert pdf.content.startswith(b"%PDF-")


async def test_commissions_by_staff_at_their_bases(till: Till) -> None:
    """S1-6, S1-7."""
    await till.sell("series")
    line = {"product": "massage", "staff": "anna"}
    await till.sell(line, use_credits=True)
    await till.sell(line)
    said = await report(till, "commissions")
    assert [(r["staff"], r["basis"], r["base"]) for r in said["rows"]] == [
        ("anna", "package", "760.00"),
        ("anna", "retail", "950.00"),
    ]
    assert said["totals"] == {"base": "1710.00"}


async def test_takings_count_the_payments_of_sales_by_rate(till: Till) -> None:
    sale = await till.sell("massage", "cheap")
    await till.step(sale, "payments", amount="975.00", method="cash")
    rows = (await report(till, "takings"))["rows"]
    assert [(row["method"], row["rate"], row["gross"], row["tax"]) for row in rows] == [
        ("cash", None, "25.00", "0.00"),
        ("cash", "25", "950.00", "190.00"),
    ]


async def test_tickets_are_printed_a_page_each(till: Till) -> None:
    sale = await till.sell({"product": "family", "quantity": 2})
    pdf = await till.client.get(f"/v1/sales/{sale['id']}/tickets.pdf")
    assert pdf.content.startswith(b"%PDF-")
    none = await till.client.get(f"/v1/sales/{(await till.sell('cheap'))['id']}/tickets.pdf")
    assert none.status_code == 404
