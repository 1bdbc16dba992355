"""What is asked of a solver process."""

import pickle

from booking.occupancy import Held
from tests.building import ask, between, party, service, venue


def test_what_is_sent_arrives_as_it_was() -> None:
    house = venue(service("massage", 60))
    rows = (
        Held("anna", "exclusive", 1, *between("10:00", "11:00"), "b1"),
        Held("hall", "shared", 5, 7, 9, ""),
    )
    for held in (rows, ()):
        asked = ask(house, party(house, product="massage"), held=held)
        assert pickle.loads(pickle.dumps(asked)) == asked
