"""The catalog document in its three formats: read, checked as a whole, written again."""

import json
import pickle
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import api.demo
from catalog import document
from catalog.document import Format
from catalog.errors import Invalid
from catalog.specs import as_sold
from tests.catalog.builders import HARBOUR_SPA, VENUE, doc, faults, one, package

FORMATS: tuple[Format, ...] = ("toml", "yaml", "json")


def test_the_document_of_the_contract_is_accepted_as_it_stands() -> None:
    catalog = document.read(HARBOUR_SPA, "toml")
    assert [len(catalog.resources), len(catalog.products)] == [6, 8]


@pytest.mark.parametrize("form", FORMATS)
def test_the_document_of_the_contract_survives_being_written(form: Format) -> None:
    catalog = document.read(HARBOUR_SPA, "toml")
    assert document.read(document.write(catalog, form), form) == catalog


def test_a_catalog_and_what_is_sold_are_sent_to_another_process_whole_and_read_there_once() -> None:
    catalog = document.read((Path(api.demo.__file__).parent / "venue.toml").read_text(), "toml")
    sold = [as_sold(catalog, product.key) for product in catalog.products]
    for thing in (catalog, *sold):
        sent = pickle.dumps(thing)
        assert pickle.loads(sent) == thing
        assert pickle.loads(sent) is pickle.loads(sent)


def test_a_key_left_out_is_the_products_and_null_means_everybody_together() -> None:
    data = doc(package(one()), package(one(choices=["coffee"], product=None), key="b"))
    data["products"][0]["group_size"] = None
    catalog = document.from_data(data)
    assert [p.components[0].key for p in catalog.products[2:]] == ["massage", "coffee"]
    assert catalog.products[0].group_size == "all"


def test_only_what_is_not_a_default_is_written() -> None:
    written = json.loads(document.write(document.from_data({"venue": VENUE}), "json"))
    assert written == {"venue": VENUE}


def test_unquoted_times_and_words_of_yaml_mean_what_they_say() -> None:
    catalog = document.read(
        """
        venue:
          name: no
          time_zone: Europe/Oslo
          currency: NOK
          hours: [{days: [mon], from: 07:00, to: 22:00}]
          exceptions: [{date: 2026-12-24, closed: true}]
        """,
        "yaml",
    )
    assert catalog.venue.name == "no"
    assert catalog.venue.hours[0].to == "22:00"


def test_local_times_and_dates_of_toml_may_stand_without_quotes() -> None:
    catalog = document.read(
        """
        [venue]
        time_zone = "Europe/Oslo"
        currency = "NOK"
        hours = [{ days = ["mon"], from = 07:00:00, to = 22:30:00 }]
        exceptions = [{ date = 2026-12-24, closed = true }]
        """,
        "toml",
    )
    assert catalog.venue.hours[0].to == "22:30"


def test_a_bare_number_is_no_amount_and_the_way_out_is_told() -> None:
    data = doc()
    data["products"][1]["price"] = 30.5
    assert faults(data) == {"products[1].price": 'write the number as text, between quotes: "30.5"'}


def test_faults_of_structure_and_of_sense_are_told_together() -> None:
    data = doc(
        package(one(fixed_start="10:00", relative_start_minutes=0, windw=["09:00", "10:00"])),
        {"key": "tea", "kind": "item", "tax": "none", "price": 3},
    )
    data["resources"].append({"key": "b", "kind": "rom", "pools": ["saunas"]})
    data["products"][0]["needs"].append({"pool": "saunas"})
    assert set(faults(data)) == {
        "resources[1].kind",
        "products[2].components[0].windw",
        "products[2].components[0].relative_start_minutes",
        "products[3].price",
        "products[3].tax",
    }


def test_what_an_unreadable_entry_defines_is_not_reported_as_unknown() -> None:
    data = doc(package(one("tea")), {"key": "tea", "kind": "drink"})
    assert set(faults(data)) == {"products[3].kind"}


def test_no_more_faults_are_told_than_anybody_reads() -> None:
    data = doc(resources=[{"key": "!", "kind": "?"}] * 400, products=[])
    assert len(faults(data)) == 500


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("json", "{"),
        ("json", "[" * 100_000),
        ("json", b"\xff\xfe"),
        ("toml", "a ="),
        ("toml", "a = " + "[" * 100_000),
        ("toml", "a = " + "1" * 5000),
        ("toml", ".".join(["a"] * 500_000) + " = 1"),
        ("toml", "x = { " + " . ".join(['"a"'] * 100_000) + " = 1 }"),
        ("yaml", "a: ["),
        ("yaml", "a: " + "[" * 1000),
        ("yaml", "a: 2026-13-45"),
        ("yaml", "a: &x [1]\nb: [*x, *x]"),
        ("yaml", "a: !!python/object:os.system {}"),
    ],
)
def test_what_cannot_be_parsed_is_malformed(form: Format, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        document.read(text, form)
    assert caught.value.code == "malformed"


def test_a_byte_order_mark_is_passed_over() -> None:
    assert (
        document.read(b"\xef\xbb\xbf" + json.dumps({"venue": VENUE}).encode(), "json").venue.currency == "SEK"
    )


# --- whatever is accepted is written so that it reads as the same

keys = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=6)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
words = st.sampled_from(
    ["", "no", "1.5", "10:00", "2026-01-01", "null", "~", "# x", "a: b", "- a", "'", '"', "é\n"]
)
names = texts | words
amounts = st.decimals(0, 10**6, places=2).map(str)
clocks = st.sampled_from(["00:00", "07:05", "10:00", "23:55"])
hours = st.fixed_dictionaries(
    {"days": st.lists(st.sampled_from(["mon", "sun"]), min_size=1), "from": clocks, "to": clocks}
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    optional = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "hours": st.lists(hours),
                "name": names,
                "exceptions": st.just([{"date": "2026-12-24", "closed": True}]),
            },
        )
    )
    rooms = draw(st.lists(keys, unique=True, min_size=1, max_size=4))
    goods = draw(st.lists(keys, unique=True, min_size=1, max_size=4))
    return {
        "venue": {**VENUE, **optional},
        "settings": draw(st.fixed_dictionaries({}, optional={"refund_used_packages": st.booleans()})),
        "resources": [
            {"key": key, "kind": "room", "attributes": draw(st.dictionaries(keys, names, max_size=2))}
            for key in rooms
        ],
        "products": [
            {"key": key, "kind": "item", "price": draw(amounts), "description": draw(names)} for key in goods
        ],
        "price_lists": [{"key": "list", "prices": {key: draw(amounts) for key in goods}}],
    }


@given(documents())
def test_whatever_is_accepted_reads_as_the_same_in_every_format(data: dict[str, Any]) -> None:
    catalog = document.from_data(data)
    for form in FORMATS:
        assert document.read(document.write(catalog, form), form) == catalog


def test_the_lists_of_a_document_have_an_end_that_is_told() -> None:
    rooms = [{"key": f"r{n}", "kind": "room"} for n in range(5001)]
    with pytest.raises(Invalid) as refusal:
        document.from_data({"venue": {"time_zone": "UTC", "currency": "EUR"}, "resources": rooms})
    assert ("resources", "expected at most 5000 in the list, not 5001") in [
        (p.path, p.message) for p in refusal.value.problems
    ]
