"""What bad input gets: a status of 400 to 499, the path of the fault, a sentence, and nothing is changed."""

import uuid
from typing import Any

import pytest

from tests.walks import documents
from tests.walks.server import House

Json = dict[str, Any]
GOOD = {"package": "weekend", "participants": 2, "start": "2027-06-12T10:00"}
SOMEBODY = str(uuid.UUID(int=5))
SEEN: dict[str, list[Any]] = {}
"""What was there after the case before, which saves looking twice."""

ORDERS: list[tuple[Json, int, str]] = [
    ({"participants": 0}, 422, "participants"),
    ({"participants": -1}, 422, "participants"),
    ({"participants": 501}, 422, "participants"),
    ({"participants": 2.5}, 422, "participants"),
    ({"participants": "two"}, 422, "participants"),
    ({"participants": True}, 422, "participants"),
    ({"participants": None}, 422, "participants"),
    ({"participants": 10**30}, 422, "participants"),
    ({"start": "2027-06-12"}, 422, "start"),
    ({"start": "2027-06-12T10:03"}, 422, "start"),
    ({"start": "2027-06-12T10:00:30"}, 422, "start"),
    ({"start": "2027-13-12T10:00"}, 422, "start"),
    ({"start": "2027-06-12T25:00"}, 422, "start"),
    ({"start": "2027-03-28T02:30"}, 422, "start"),
    ({"start": "2035-06-12T10:00"}, 422, "start"),
    ({"start": "0001-01-01T00:00"}, 422, "start"),
    ({"start": "9999-12-31T23:59"}, 422, "start"),
    ({"start": "tomorrow"}, 422, "start"),
    ({"start": ""}, 422, "start"),
    ({"start": None}, 422, "start"),
    ({"start": 1812794400}, 422, "start"),
    ({"start": "2027-06-12T10:00" + "0" * 100}, 422, "start"),
    ({"package": "Weekend"}, 422, "package"),
    ({"package": "massage"}, 422, "package"),
    ({"package": None, "product": "weekend"}, 422, "product"),
    ({"product": "massage"}, 422, "package"),
    ({"package": 7}, 422, "package"),
    ({"resource": "pool-9"}, 422, "resource"),
    ({"hold_minutes": 0}, 422, "hold_minutes"),
    ({"hold_minutes": 10_081}, 422, "hold_minutes"),
    ({"guests": [{}, {}, {}]}, 422, "guests"),
    ({"guests": [{"name": "x" * 201}]}, 422, "guests[0].name"),
    ({"guests": [{}, {"nmae": "Ada"}]}, 422, "guests[1].nmae"),
    ({"guests": {"name": "Ada"}}, 422, "guests"),
    ({"guests": [{"choices": {"massage": "facial"}}]}, 422, "guests[0].choices.massage"),
    ({"components": [{"component": "sauna"}]}, 422, "components[0].component"),
    ({"components": [{"component": "coffee", "quantity": -1}]}, 422, "components[0].quantity"),
    ({"components": [{"component": "coffee", "quantity": 10_001}]}, 422, "components[0].quantity"),
    ({"components": [{"component": "massage", "quantity": 3}]}, 422, "components[0].quantity"),
    ({"components": [{"component": "massage", "guests": [3]}]}, 422, "components[0].guests"),
    ({"components": [{"component": "massage", "start": "noon"}]}, 422, "components[0].start"),
    ({"components": [{"component": "massage", "start": "13:01"}]}, 422, "components[0].start"),
    ({"components": [{"component": "coffee", "message": "x" * 2001}]}, 422, "components[0].message"),
    ({"customer": {}}, 422, "customer.name"),
    ({"customer": {"name": ""}}, 422, "customer.name"),
    ({"customer": {"name": "Ada", "tier": 5}}, 422, "customer.tier"),
    ({"customer": "Ada"}, 422, "customer"),
    ({"customer": SOMEBODY}, 404, ""),
    ({"note": "x" * 2001}, 422, "note"),
    ({"note": "a\u0000b"}, 422, "note"),
    ({"discount": {"percent": "101", "reason": "x"}}, 422, "discount"),
    ({"discount": {"percent": "-1", "reason": "x"}}, 422, "discount"),
    ({"discount": {"amount": "1.005", "reason": "x"}}, 422, "discount"),
    ({"discount": {"percent": "NaN", "reason": "x"}}, 422, "discount.percent"),
    ({"discount": {"percent": "5", "amount": "5", "reason": "x"}}, 422, "discount"),
    ({"discount": {}}, 422, "discount"),
    ({"override": ["exclusive"]}, 422, "override[0]"),
    ({"lines": [GOOD]}, 422, "package"),
    ({"plan": "this is none"}, 422, "plan"),
    ({"colour": "red"}, 422, "colour"),
]

CHANGES: list[tuple[Json, int, str]] = [
    ({"participants": 0}, 422, "participants"),
    ({"participants": 501}, 422, "participants"),
    ({"remove_guests": [9]}, 422, "remove_guests"),
    ({"remove_guests": [0]}, 422, "remove_guests[0]"),
    ({"remove_guests": [1, 2]}, 422, "participants"),
    ({"participants": 2, "remove_guests": [1, 2, 3]}, 422, "remove_guests"),
    ({"start": "2027-06-12T10:01"}, 422, "start"),
    ({"start": None}, 422, "start"),
    ({"components": [{"component": "sauna"}]}, 422, "components[0].component"),
    ({"package": "weekend"}, 422, "package"),
    ({"customer": SOMEBODY}, 404, ""),
    ({"status": "cancelled"}, 422, "status"),
    ({"version": 7}, 422, "version"),
    ([], 422, ""),  # type: ignore[list-item]
]

BOOKINGS: list[tuple[Json, int, str]] = [
    ({"start": "2027-06-12T13:02"}, 422, "start"),
    ({"quantity": -1}, 422, "quantity"),
    ({"quantity": 2}, 422, "quantity"),
    ({"resources": ["nobody"]}, 422, "resources"),
    ({"resources": ["sauna"]}, 422, "resources"),
    ({"resources": "therapist-1"}, 422, "resources"),
    ({"locked": "yes"}, 422, "locked"),
    ({"message": "x" * 2001}, 422, "message"),
    ({"guests": [1]}, 422, "guests"),
]


@pytest.fixture(scope="module")
def house(server: Any) -> Any:
    with server.client() as client:
        house = House(server, client, "bad-input")
        house.read_in(documents.spa())
        house.book(**GOOD)
        yield house


def refused(house: House, method: str, path: str, body: Any, status: int, fault: str) -> None:
    """The status, the path of the fault with a sentence for it, and all as it was."""
    before = SEEN.pop("state", None) or state(house)
    answer = house.client.request(method, path, json=body)
    assert answer.status_code == status, answer.text[:500]
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["detail"]
    if fault:
        assert fault in [error["path"] for error in told["errors"]], told
        assert all(error["message"] for error in told["errors"])
    SEEN["state"] = state(house)
    assert SEEN["state"] == before


def state(house: House) -> list[Any]:
    customers = house.client.get(f"{house.path}/customers").json()
    return [house.orders(), house.calendar("2027-06-01", "2027-07-01"), customers]


def told_apart(case: tuple[Any, int, str]) -> str:
    return repr(case[0])[:40]


@pytest.mark.parametrize("case", ORDERS, ids=told_apart)
def test_an_order(house: House, case: tuple[Json, int, str]) -> None:
    body, status, fault = case
    refused(house, "POST", f"{house.path}/orders", GOOD | body, status, fault)


@pytest.mark.parametrize("case", CHANGES, ids=told_apart)
def test_a_change_of_an_order(house: House, case: tuple[Json, int, str]) -> None:
    body, status, fault = case
    refused(house, "PATCH", f"/orders/{house.orders()[0]['id']}", body, status, fault)


@pytest.mark.parametrize("case", BOOKINGS, ids=told_apart)
def test_a_change_of_a_booking(house: House, case: tuple[Json, int, str]) -> None:
    body, status, fault = case
    massage = next(b for b in house.orders()[0]["bookings"] if b["component"] == "massage")
    refused(house, "PATCH", f"/bookings/{massage['id']}", body, status, fault)


def test_one_fault_in_one_of_several_lines_is_told_by_its_path(house: House) -> None:
    for fault, path in (
        ({"participants": 0}, "lines[1].participants"),
        ({"start": "2027-06-12T10:03"}, "lines[1].start"),
        ({"resource": "nobody"}, "lines[1].resource"),
        ({"components": [{"component": "sauna"}]}, "lines[1].components[0].component"),
        ({"guests": [{}, {}, {}]}, "lines[1].guests"),
    ):
        refused(house, "POST", f"{house.path}/orders", {"lines": [GOOD, GOOD | fault]}, 422, path)
    refused(house, "POST", f"{house.path}/orders", {"lines": []}, 422, "start")


def test_moves_of_the_same_or_of_no_booking(house: House) -> None:
    massage = next(b for b in house.orders()[0]["bookings"] if b["component"] == "massage")
    path, move = f"{house.path}/moves", {"booking": massage["id"], "start": "2027-06-12T15:00"}
    refused(house, "POST", path, {"moves": [move, move]}, 422, "moves")
    refused(house, "POST", path, {"moves": []}, 422, "moves")
    refused(house, "POST", path, {"moves": [move | {"resources": ["sauna"]}]}, 422, "moves[0].resources")
    refused(house, "POST", path, {"moves": [{"booking": SOMEBODY, "start": "2027-06-12T15:00"}]}, 404, "")
