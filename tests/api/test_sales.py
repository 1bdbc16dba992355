"""The point of sale over HTTP: the golden examples, and the steps of a sale."""

from datetime import timedelta

import httpx
import pytest

from catalog.base import utc_now
from tests.api.till import PRODUCTS, VENUE, Till, charged, nobody


@pytest.fixture
async def till(admin: httpx.AsyncClient) -> Till:
    return await Till(admin).open_shop()


async def test_g5_stock_covers_two_of_five_and_the_line_splits(till: Till) -> None:
    """S2-13 … S2-16."""
    await till.sell("two-bandages")
    sale = await till.open({"product": "bandage", "quantity": 5}, use_credits=True)
    assert charged(sale) == [
        ("Support bandage (customer stock)", 2, "0.00", "0.00"),
        ("Support bandage", 3, "12.00", "36.00"),
    ]
    assert [line["locked"] for line in sale["lines"]] == [True, False]
    assert sale["total"] == "36.00"
    assert (await till.lot("two-bandages"))["remaining"] == 2  # nothing is reserved until it is saved
    assert charged((await till.step(sale, "close")).json()) == charged(sale)
    assert (await till.lot("two-bandages"))["status"] == "fully_used"


async def test_g6_what_was_bought_first_is_used_first_whatever_the_expiry(till: Till) -> None:
    """S1-12."""
    await till.sell("a-year", sold_at="2026-01-01T12:00")
    await till.sell("a-month", sold_at="2026-02-01T12:00")
    a, b = await till.credits()
    assert a["valid_until"] == "2027-01-01T00:00:00+01:00"
    assert b["valid_until"] == "2026-03-02T00:00:00+01:00"
    sale = await till.open("cheap", use_credits=True, sold_at="2026-02-10T10:00")
    assert sale["lines"][0]["lot"] == a["id"]


async def test_g6_the_policy_first_to_expire_uses_the_other(till: Till) -> None:
    await till.open_shop(credit_policy="first_to_expire")
    await till.sell("a-year", sold_at="2026-01-01T12:00")
    await till.sell("a-month", sold_at="2026-02-01T12:00")
    sale = await till.sell("cheap", use_credits=True, sold_at="2026-02-10T10:00")
    assert sale["lines"][0]["lot"] == (await till.lot("a-month"))["id"]


async def test_g7_the_credit_goes_to_the_cheapest_and_then_the_first_line(till: Till) -> None:
    """S1-14: lines at 40, 25, 25."""
    await till.sell("any-treat")
    sale = await till.open("dear", "cheap", "cheap", use_credits=True)
    assert [line["lot"] is not None for line in sale["lines"]] == [False, True, False]
    assert sale["total"] == "65.00"


async def test_g8_valid_to_the_end_of_a_day_of_25_hours(till: Till) -> None:
    """S1-5."""
    await till.sell("a-month", sold_at="2026-09-27T09:00")
    assert (await till.lot("a-month"))["valid_until"] == "2026-10-26T00:00:00+01:00"
    late = await till.open("cheap", use_credits=True, sold_at="2026-10-26T00:00:00")
    assert late["lines"][0]["lot"] is None
    redeemed = await till.step(
        (await till.open("cheap", use_credits=True, sold_at="2026-10-25T23:59:59")), "close"
    )
    assert redeemed.json()["lines"][0]["lot"] is not None


async def test_g12_the_last_valid_day_of_a_series(till: Till) -> None:
    """S0-9: sold on 2025-01-04, 360 days."""
    await till.sell("series", sold_at="2025-01-04T12:00")
    lot = await till.lot("series")
    assert lot["valid_until"] == "2025-12-31T00:00:00+01:00"
    assert (lot["quantity"], lot["product"], lot["status"], lot["label"]) == (10, "massage", "expired", None)
    on_the_last = await till.client.post(f"/v1/credits/{lot['id']}/redeem", json={"at": "2025-12-30T23:59"})
    assert on_the_last.status_code == 200, on_the_last.text
    after = await till.client.post(f"/v1/credits/{lot['id']}/redeem", json={"at": "2025-12-31T00:00"})
    assert (after.status_code, after.json()["code"]) == (409, "credit_expired")


async def test_saving_reserves_closing_consumes_and_voiding_gives_back(till: Till) -> None:
    """S1-2."""
    await till.sell("two-bandages")
    sale = await till.open("bandage", use_credits=True)
    await till.step(sale, "save")
    lot = await till.lot("two-bandages")
    assert (lot["remaining"], lot["reserved"], lot["used"]) == (1, 1, 0)
    await till.step(sale, "close")
    lot = await till.lot("two-bandages")
    assert (lot["remaining"], lot["reserved"], lot["used"]) == (1, 0, 1)
    await till.step(sale, "void")
    lot = await till.lot("two-bandages")
    assert (lot["remaining"], lot["reserved"], lot["used"]) == (2, 0, 0)
    assert [e["kind"] for e in lot["entries"]] == ["issue", "reserve", "use", "return"]


async def test_a_credit_that_is_gone_by_then_is_a_conflict_and_nothing_is_closed(till: Till) -> None:
    await till.sell("a-year")
    first, second = [await till.open("cheap", use_credits=True) for _ in range(2)]
    assert (await till.step(first, "close")).status_code == 200
    refused = await till.step(second, "close")
    assert (refused.status_code, refused.json()["code"]) == (409, "credit_gone")
    assert (await till.client.get(f"/v1/sales/{second['id']}")).json()["status"] == "open"


async def test_closing_twice_is_refused(till: Till) -> None:
    sale = await till.sell("cheap")
    assert (await till.step(sale, "close")).status_code == 409


async def test_stock_bought_in_a_sale_is_not_for_that_sale(till: Till) -> None:
    """S2-7."""
    sale = await till.open("two-bandages", "bandage", use_credits=True)
    assert [line["lot"] for line in sale["lines"]] == [None, None]
    closed = (await till.step(sale, "close")).json()
    assert closed["total"] == "32.00"
    assert (await till.lot("two-bandages"))["remaining"] == 2


async def test_nor_for_that_sale_when_it_is_changed_after_it_was_saved(till: Till) -> None:
    """S2-7."""
    sale = (await till.step(await till.open("two-bandages", use_credits=True), "save")).json()
    lines = [{"id": sale["lines"][0]["id"]}, {"product": "bandage"}]
    changed = await till.client.patch(f"/v1/sales/{sale['id']}", json={"lines": lines})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["total"], changed.json()["lines"][1]["lot"]) == ("32.00", None)


async def test_a_series_of_goods_leaves_the_shelf_as_it_is_redeemed(till: Till) -> None:
    """S0-11."""
    jars = {"key": "jars", "kind": "stock_item", "price": "90.00", "stock": 30, "series": {"quantity": 10}}
    document = VENUE | {"products": [*PRODUCTS, jars]}
    assert (await till.client.put("/v1/venues/shop/catalog", json=document)).status_code == 200
    await till.sell({"product": "jars", "quantity": 2})
    assert await till.stock("jars") == 30
    lot = await till.lot("jars")
    assert (await till.client.post(f"/v1/credits/{lot['id']}/redeem", json={"quantity": 3})).is_success
    assert await till.stock("jars") == 27
    covered = await till.sell({"product": "jars", "quantity": 4}, use_credits=True)
    assert (covered["total"], await till.stock("jars")) == ("0.00", 23)


async def test_a_line_that_sold_stock_is_not_edited_and_not_deleted_once_it_was_used(till: Till) -> None:
    """S2-9, S2-10."""
    sale = (await till.step(await till.open("two-bandages", "cheap"), "save")).json()
    selling, other = sale["lines"]
    url = f"/v1/sales/{sale['id']}"
    edited = await till.client.patch(
        url, json={"lines": [{"id": selling["id"], "quantity": 2}, {"id": other["id"]}]}
    )
    assert (edited.status_code, edited.json()["code"]) == (409, "line_locked")
    again = await till.client.patch(url, json={"lines": [{"product": "two-bandages"}, {"id": other["id"]}]})
    assert again.status_code == 200, again.text
    ended, fresh = await till.credits()
    assert (ended["remaining"], fresh["remaining"]) == (0, 2)
    await till.sell("bandage", use_credits=True)
    deleted = await till.client.patch(url, json={"lines": [{"id": other["id"]}]})
    assert (deleted.status_code, deleted.json()["code"]) == (409, "credits_used")


async def test_a_line_supplied_from_stock_is_locked(till: Till) -> None:
    """S2-14."""
    await till.sell("two-bandages")
    sale = await till.open({"product": "bandage", "quantity": 5}, use_credits=True)
    covered, rest = sale["lines"]
    url = f"/v1/sales/{sale['id']}"
    refused = await till.client.patch(
        url, json={"lines": [{"id": covered["id"], "quantity": 1}, {"id": rest["id"]}]}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "line_locked")
    fewer = await till.client.patch(
        url, json={"lines": [{"id": covered["id"]}, {"id": rest["id"], "quantity": 1}]}
    )
    assert [(n["quantity"], n["amount"]) for n in fewer.json()["lines"]] == [(2, "0.00"), (1, "12.00")]


async def test_stock_falls_when_saved_and_customer_stock_when_it_is_used(till: Till) -> None:
    """S2-4, S2-5."""
    await till.sell("two-bandages")
    assert await till.stock("bandage") == 40
    sale = await till.open({"product": "bandage", "quantity": 3}, use_credits=True)
    assert await till.stock("bandage") == 40
    await till.step(sale, "save")
    assert await till.stock("bandage") == 37
    await till.step(sale, "void")
    assert await till.stock("bandage") == 40
    await till.sell({"product": "family", "quantity": 3})
    assert await till.stock("bandage") == 34


async def test_nothing_is_sold_that_is_not_there(till: Till) -> None:
    sale = await till.open({"product": "bandage", "quantity": 41})
    refused = await till.step(sale, "close")
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_stock")
    assert "has 40 in stock, and 41 are needed" in refused.json()["detail"]
    assert await till.stock("bandage") == 40


async def test_q_series_are_q_lots_and_the_series_serves_n_times(till: Till) -> None:
    """S0-8, S0-14."""
    await till.sell({"product": "series", "quantity": 2})
    lots = await till.credits()
    assert [(lot["quantity"], lot["price"]) for lot in lots] == [(10, "7600.00")] * 2
    for count in (10, 1):
        answer = await till.client.post(f"/v1/credits/{lots[0]['id']}/redeem", json={"quantity": count})
        assert answer.status_code == (200 if count == 10 else 409)


async def test_entries_print_one_ticket_for_one_and_one_for_each_participant(till: Till) -> None:
    """S3-24, S3-27."""
    sale = await till.open({"product": "family", "quantity": 3})
    assert sale["tickets"] == []
    tickets = (await till.step(sale, "close")).json()["tickets"]
    assert sorted(ticket["component"] for ticket in tickets) == ["locker", "pool", "pool", "pool"]
    assert len({ticket["code"] for ticket in tickets}) == 4
    assert (await till.step(sale, "void")).json()["tickets"] == []


async def test_tickets_taken_back_and_wanted_again_count_again(till: Till) -> None:
    sale = (await till.step(await till.open({"product": "entry", "quantity": 3}), "save")).json()
    codes = {ticket["code"] for ticket in sale["tickets"]}
    for quantity in (1, 3):
        lines = [{"id": sale["lines"][0]["id"], "quantity": quantity}]
        changed = await till.client.patch(f"/v1/sales/{sale['id']}", json={"lines": lines})
        assert len(changed.json()["tickets"]) == quantity, changed.text
    assert {ticket["code"] for ticket in changed.json()["tickets"]} == codes
    used = await till.client.post(f"/v1/venues/shop/tickets/{codes.pop()}/use")
    assert used.status_code == 200, used.text
    refused = await till.step(sale, "void")
    assert (refused.status_code, refused.json()["code"]) == (409, "ticket_used")


async def test_taxes_are_rounded_once_per_rate(till: Till) -> None:
    sale = await till.open("massage", "massage", "cheap")
    assert sale["total"] == "1925.00"
    assert sale["taxes"] == [{"rate": "25", "net": "1520.00", "tax": "380.00", "gross": "1900.00"}]


async def test_a_discount_comes_off_the_line(till: Till) -> None:
    sale = await till.open({"product": "massage", "quantity": 2, "discount_percent": "10"})
    assert charged(sale) == [("Massage", 2, "950.00", "1710.00")]
    assert sale["lines"][0]["discount"] == "190.00"


async def test_commission_for_what_is_eligible_at_the_price_of_the_package(till: Till) -> None:
    """S1-6, S1-7: 7 600 for ten."""
    await till.sell("series")
    line = {"product": "massage", "quantity": 2, "staff": "anna"}
    covered = await till.sell(line, {"product": "facial", "staff": "anna"}, use_credits=True)
    assert [(c["product"], c["basis"], c["base"]) for c in covered["commissions"]] == [
        ("massage", "package", "1520.00")
    ]
    plain = await till.sell(line)
    assert plain["commissions"][0]["base"] == "1900.00"


async def test_a_free_item_takes_no_credit(till: Till) -> None:
    """S1-10."""
    await till.sell("a-year")
    line = {"product": "cheap", "discount_percent": "100"}
    assert (await till.open(line, use_credits=True))["lines"][0]["lot"] is None
    await till.open_shop(credits_for_free_items=True)
    assert (await till.open(line, use_credits=True))["lines"][0]["lot"] is not None


async def test_a_used_package_is_refunded_only_where_the_setting_allows_it(till: Till) -> None:
    """S1-9."""
    package = await till.sell("two-bandages")
    await till.step(package, "payments", amount="20.00", method="cash")
    await till.sell("bandage", use_credits=True)
    refused = await till.step(package, "refund")
    assert (refused.status_code, refused.json()["code"]) == (409, "credits_used")
    await till.open_shop(refund_used_packages=True)
    refunded = (await till.step(package, "refund", reason="Unhappy.")).json()
    assert (refunded["status"], refunded["paid"], refunded["due"]) == ("refunded", "0.00", "0.00")
    lot = await till.lot("two-bandages")
    assert (lot["remaining"], lot["used"]) == (0, 1)


async def test_no_more_is_refunded_than_was_paid(till: Till) -> None:
    sale = await till.sell("massage")
    await till.step(sale, "payments", amount="900.00", method="card_terminal")
    refused = await till.step(sale, "refund", amount="900.01")
    assert (refused.status_code, refused.json()["code"]) == (409, "refund_too_large")
    refunded = (await till.step(sale, "refund", amount="500.00")).json()
    assert (refunded["paid"], refunded["due"]) == ("400.00", "0.00")


async def test_a_gift_card_pays_a_part_and_gets_it_back(till: Till) -> None:
    await till.sell("gift")
    card = await till.lot("gift")
    assert (card["quantity"], card["remaining"], card["kind"]) == ("1000.00", "1000.00", "money")
    sale = await till.sell("massage", "cheap")
    paid = await till.step(sale, "payments", amount="975.00", method="value_card", reference=card["id"])
    assert (paid.status_code, paid.json()["due"]) == (201, "0.00")
    assert (await till.lot("gift"))["remaining"] == "25.00"
    more = await till.step(sale, "payments", amount="25.01", method="value_card", reference=card["id"])
    assert (more.status_code, more.json()["code"]) == (409, "credit_gone")
    await till.step(sale, "refund")
    assert (await till.lot("gift"))["remaining"] == "1000.00"


async def test_a_clip_card_holds_times(till: Till) -> None:
    await till.sell("clips")
    sale = await till.sell({"product": "massage", "quantity": 6}, use_credits=True)
    assert [(n["quantity"], n["amount"]) for n in sale["lines"]] == [(5, "0.00"), (1, "950.00")]


async def test_a_credit_of_another_customer_pays_for_nobody_else(till: Till) -> None:
    await till.sell("gift", "clips")
    card, clips = await till.lot("gift"), await till.lot("clips")
    other = await till.new_customer()
    sale = await till.sell("massage", customer=other, use_credits=True)
    assert sale["lines"][0]["lot"] is None
    paid = await till.step(sale, "payments", amount="10.00", method="value_card", reference=card["id"])
    assert (paid.status_code, paid.json()["code"]) == (409, "foreign_credit")
    redeemed = await till.client.post(f"/v1/credits/{clips['id']}/redeem", json={"customer": other})
    assert (redeemed.status_code, redeemed.json()["code"]) == (409, "foreign_credit")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ({"product": "secret"}, "lines[0].product"),
        ({"product": "nothing"}, "lines[0].product"),
        ({"product": "old-offer"}, "lines[0].product"),
        ({"product": "cheap", "quantity": 0}, "lines[0].quantity"),
        ({"product": "cheap", "staff": "nobody"}, "lines[0].staff"),
        ({"product": "cheap", "price": "1"}, "lines[0].price"),
    ],
)
async def test_a_line_that_cannot_be_sold_is_refused_by_name(
    till: Till, line: dict[str, object], path: str
) -> None:
    """S1-3, S2-6."""
    refused = await till.ask(line)
    assert refused.status_code == 422, refused.text
    assert [error["path"] for error in refused.json()["errors"]] == [path]


async def test_an_offer_may_be_sold_as_of_a_day_when_it_held(till: Till) -> None:
    assert (await till.ask("old-offer", sold_at="2026-01-31T23:59")).status_code == 201


@pytest.mark.parametrize("percent", ["100.01", "-1"])
async def test_a_discount_is_between_nothing_and_all(till: Till, percent: str) -> None:
    refused = await till.ask({"product": "cheap", "discount_percent": percent})
    assert (refused.status_code, refused.json()["code"]) == (422, "discount_refused")


async def test_credits_belong_to_a_customer(till: Till) -> None:
    assert (await till.ask("series", customer=None)).status_code == 422
    assert (await till.ask("gift", customer=None)).status_code == 201
    assert (await till.ask("cheap", customer=nobody())).status_code == 404


async def test_only_managers_date_a_sale_back_and_nobody_ahead(till: Till, connect, new_key) -> None:  # type: ignore[no-untyped-def]
    for later in ("2100-01-01T10:00", f"{utc_now() + timedelta(minutes=2):%Y-%m-%dT%H:%M}Z"):
        assert (await till.ask("cheap", sold_at=later)).status_code == 422
    async with connect(await new_key("reception")) as reception:
        other = Till(reception)
        other.customer = till.customer
        assert (await other.ask("cheap", sold_at="2026-01-10T15:00")).status_code == 403
        assert (await other.ask("cheap")).status_code == 201
    sale = await till.open("cheap", sold_at="2026-01-10T15:00")
    history = (await till.client.get(f"/v1/sales/{sale['id']}/history")).json()
    assert history["items"][0]["what"] == "Opened, dated 2026-01-10T15:00:00+01:00."


async def test_a_preview_keeps_nothing_and_its_plan_is_applied_exactly(till: Till) -> None:
    await till.sell("a-year")
    sale = await till.open("cheap", use_credits=True)
    url = f"/v1/sales/{sale['id']}/close"
    preview = (await till.client.post(url, params={"preview": "true"})).json()
    assert (preview["status"], preview["changes"][0]["kind"]) == ("closed", "reserve")
    assert (await till.lot("a-year"))["remaining"] == 1
    other = await till.client.patch(
        f"/v1/sales/{sale['id']}", json={"lines": [{"product": "cheap", "quantity": 2}]}
    )
    assert other.status_code == 200
    stale = await till.client.post(url, json={"plan": preview["plan"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "plan_outdated")
    fresh = (await till.client.post(url, params={"preview": "true"})).json()
    assert (await till.client.post(url, json={"plan": fresh["plan"]})).status_code == 200


async def test_a_change_based_on_an_old_version_is_refused(till: Till) -> None:
    sale = await till.open("cheap")
    url = f"/v1/sales/{sale['id']}"
    first = await till.client.patch(url, json={"lines": []}, headers={"If-Match": '"1"'})
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    again = await till.client.patch(url, json={"lines": []}, headers={"If-Match": '"1"'})
    assert again.status_code == 412


async def test_the_same_request_again_gives_the_first_answer_again(till: Till) -> None:
    sale = await till.open("two-bandages")
    answers = [
        await till.client.post(f"/v1/sales/{sale['id']}/close", headers={"Idempotency-Key": "once"})
        for _ in range(2)
    ]
    assert [a.status_code for a in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert len(await till.credits()) == 1


async def test_a_manager_corrects_validity_and_number_with_a_reason(till: Till) -> None:
    await till.sell("a-month", sold_at="2026-02-01T12:00")
    lot = await till.lot("a-month")
    url = f"/v1/credits/{lot['id']}"
    assert (await till.client.patch(url, json={"remaining": 3})).status_code == 422
    changed = await till.client.patch(
        url, json={"remaining": 3, "valid_until": "2100-01-01", "reason": "She was ill."}
    )
    assert changed.status_code == 200, changed.text
    lot = await till.lot("a-month")
    assert (lot["remaining"], lot["status"], lot["label"]) == (3, "active", "Package")
    assert {e["reason"] for e in lot["entries"]} == {"", "She was ill."}
    sale = await till.sell({"product": "cheap", "quantity": 4}, use_credits=True)
    assert [n["quantity"] for n in sale["lines"]] == [3, 1]
    negative = await till.client.patch(url, json={"remaining": -1, "reason": "x"})
    assert negative.status_code == 422


async def test_nobody_sells_millions_of_credits_at_once(till: Till) -> None:
    refused = await till.ask({"product": "series", "quantity": 10_000})
    assert refused.status_code == 422
    assert "at most 1000 lots" in refused.json()["detail"]
