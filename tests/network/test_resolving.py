"""Through all levels, as the network is meant to work: what the tests of its faults compare with."""

import orjson
import pytest

from app.services.recursing import FAILED
from tests.support.simcountry import CAR, CELL, Country


def test_an_identifier_is_resolved_through_all_levels_with_each_hop_verified(country: Country) -> None:
    way = country.resolve(CELL)
    assert way.outcome == "record", way.reason
    assert [hop.zone for hop in way.hops] == ["", "88", "88.118", "88.118.2002"]
    assert {hop.state for hop in way.hops} == {"verified"}
    assert way.state == "verified"
    assert orjson.loads(way.array or b"")[0]["data"]["value"] == f"https://cells.example/{CELL}"


def test_the_second_of_a_zone_is_asked_of_its_node_alone(country: Country) -> None:
    country.resolve(CELL)
    country.net.wire.sent.clear()
    country.resolve(CAR)
    assert [each.to for each in country.net.wire.sent] == ["auto", "cars"]
    country.net.wire.sent.clear()
    country.resolve(CAR)
    assert not country.net.wire.sent


def test_one_national_node_is_enough(country: Country) -> None:
    country.net.wire.down("beijing")
    assert country.resolve(CELL).outcome == "record"
    country.net.wire.heal()
    country.forget()
    country.net.wire.down("wuhan")
    assert country.resolve(CELL).outcome == "record"


@pytest.mark.parametrize("name", ["root", "auto", "cells"])
def test_without_one_level_the_answer_is_that_nobody_answers(country: Country, name: str) -> None:
    country.net.wire.down(name)
    way = country.resolve(CELL)
    assert way.outcome == FAILED
    assert way.state != "verified"
    assert not way.array
    country.net.wire.heal()
    country.net.clock.pass_by(seconds=60)
    assert country.resolve(CELL).outcome == "record"


def test_half_of_all_requests_lost_delays_but_does_not_mislead(country: Country) -> None:
    for name in ("root", "beijing", "wuhan", "auto", "cells"):
        country.net.wire.loss["*", name] = 0.5
    outcomes = []
    for _ in range(40):
        outcomes.append(country.resolve(CELL).outcome)
        country.net.clock.pass_by(seconds=40)
        if outcomes[-1] == "record":
            break
    assert outcomes[-1] == "record"
    assert set(outcomes) <= {"record", FAILED}
