"""Plain data becomes Structs; what is wrong with it is said in sentences, all at once."""

import uuid
from datetime import date, time
from decimal import Decimal
from timeit import timeit
from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import UNSET, Meta, Struct, UnsetType, field

from catalog.convert import convert
from catalog.errors import Invalid
from catalog.specs import Clock, Key, Name


class Guest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name = ""
    age: Annotated[int, Meta(ge=0, le=130)] | None = None


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    key: Key = "k"
    start: Clock | UnsetType = UNSET
    from_: date | None = field(name="from", default=None)
    amount: Decimal | None = None
    many: int = 0
    locked: bool | UnsetType = UNSET
    guests: tuple[Guest, ...] = ()
    window: tuple[Clock, Clock] | None = None
    prices: dict[Key, Decimal] = {}
    customer: Guest | uuid.UUID | None = None
    use: Literal["exclusive", "shared"] = "exclusive"
    group: Annotated[int, Meta(ge=1)] | Literal["all"] = 1


def fault(**fields: object) -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        convert(fields, Body)
    (problem,) = caught.value.problems
    return problem.path, problem.message


def test_what_is_absent_takes_its_default_and_unset_stays_apart_from_null() -> None:
    body = convert({"customer": None}, Body)
    assert body == Body()
    assert body.locked is UNSET
    assert body.customer is None


def test_every_kind_of_value_arrives() -> None:
    someone = uuid.uuid4()
    body = convert(
        {
            "start": "24:00",
            "from": "2026-12-24",
            "amount": "-12.50",
            "locked": False,
            "guests": [{"name": "Ada", "age": 36}, {}],
            "window": ["09:00", "10:00"],
            "prices": {"tea": "3.00"},
            "customer": str(someone),
            "group": "all",
        },
        Body,
    )
    assert body == Body(
        start="24:00",
        from_=date(2026, 12, 24),
        amount=Decimal("-12.50"),
        locked=False,
        guests=(Guest(name="Ada", age=36), Guest()),
        window=("09:00", "10:00"),
        prices={"tea": Decimal("3.00")},
        customer=someone,
        group="all",
    )


def test_a_group_of_fields_goes_to_the_arm_of_a_union_that_has_fields() -> None:
    assert convert({"customer": {"name": "Ada"}}, Body).customer == Guest(name="Ada")
    assert fault(customer={"nam": "Ada"}) == ("customer.nam", "unknown field; did you mean `name`?")
    assert fault(customer="Ada")[1] == 'expected a group of fields or an id (a UUID), not "Ada"'


def test_all_faults_are_told_at_once_each_by_its_path() -> None:
    with pytest.raises(Invalid) as caught:
        convert(
            {"guests": [{"age": 200}, 3, {"nme": ""}], "prices": {"TEA": "1", "tea": "x"}, "many": "1"}, Body
        )
    assert [p.path for p in caught.value.problems] == [
        "guests[0].age",
        "guests[1]",
        "guests[2].nme",
        "prices.TEA",
        "prices.tea",
        "many",
    ]
    assert caught.value.sentence.endswith("(and 5 more)")


@pytest.mark.parametrize(
    ("given", "path", "sentence"),
    [
        ({"many": True}, "many", "expected a whole number, not true"),
        ({"many": 1.5}, "many", "expected a whole number, not 1.5"),
        ({"many": None}, "many", "expected a whole number, not null"),
        ({"many": 2**63}, "many", "the number is out of reach"),
        ({"guests": [{"age": 131}]}, "guests[0].age", "expected a whole number from 0 to 130, not 131"),
        ({"guests": {}}, "guests", "expected a list, not a group of fields"),
        ({"window": ["09:00"]}, "window", "expected 2 in the list, not 1"),
        ({"key": "Ada B"}, "key", 'expected a key of lower-case letters, digits and `-`, not "Ada B"'),
        ({"key": ""}, "key", "must not be empty"),
        ({"key": "a\n"}, "key", "must not end with a line break"),
        ({"start": "9:30"}, "start", 'expected a time such as 09:30, not "9:30"'),
        ({"use": "full"}, "use", 'expected one of "exclusive", "shared", not "full"'),
        ({"group": "some"}, "group", 'expected a whole number of at least 1 or "all", not "some"'),
        ({"from": "2026-02-30"}, "from", 'expected a date such as 2026-12-24, not "2026-02-30"'),
        ({"from": "9999-12-31"}, "from", "the year 9999 is out of reach (1900 to 2900)"),
        ({"locked": 1}, "locked", "expected true or false, not 1"),
        ({"cusomer": 1}, "cusomer", "unknown field; did you mean `customer`?"),
    ],
)  # fmt: skip
def test_a_fault_is_said_for_people(given: dict[str, object], path: str, sentence: str) -> None:
    assert fault(**given) == (path, sentence)


@pytest.mark.parametrize(
    "number", [9.5, 9, True, "NaN", "Infinity", "1e400000", "1_0", " 1", "", "٣", "1" * 13]
)
def test_money_is_a_plain_decimal_written_as_text(number: object) -> None:
    path, sentence = fault(amount=number)
    assert path == "amount"
    assert "text" in sentence


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "a\udfff"])
def test_text_that_no_database_takes_is_refused_and_the_refusal_can_be_sent(text: str) -> None:
    assert "cannot be stored" in fault(guests=[{"name": text}])[1]
    with pytest.raises(Invalid) as caught:
        convert({text: 1}, Body)
    msgspec.json.encode([p.path + p.message for p in caught.value.problems])


def test_text_that_is_too_long_is_not_repeated() -> None:
    assert fault(guests=[{"name": "x" * 201}])[1] == "is too long: 201 characters, at most 200"


def test_times_and_dates_of_toml_are_taken() -> None:
    assert convert({"start": time(7), "from": date(2026, 1, 1)}, Body).start == "07:00"
    assert fault(start=time(7, 0, 30))[0] == "start"


def test_what_is_no_group_of_fields_at_all_is_said_so() -> None:
    with pytest.raises(Invalid, match="expected a group of fields, not a list"):
        convert([], Body)


def test_no_depth_of_nesting_is_an_error_of_ours() -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Invalid):
        convert({"guests": deep, "other": deep}, Body)


def test_a_usual_body_is_read_in_well_under_a_tenth_of_a_millisecond() -> None:
    body = {"key": "spa", "start": "10:00", "many": 2, "amount": "9.50", "guests": [{"name": "Ada"}]}
    assert min(timeit(lambda: convert(body, Body), number=200) for _ in range(5)) / 200 < 100e-6
