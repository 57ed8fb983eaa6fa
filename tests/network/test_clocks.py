"""Statements whose time is over, and nodes whose clocks are wrong."""

from datetime import timedelta

import pytest

from app.domain.delegations import time_text
from app.services.recursing import FAILED
from tests.support.simcountry import CAR, CELL, Country

LEVELS = {"root": "88", "beijing": "88.118", "auto": "88.118.2002"}


@pytest.mark.parametrize("zone", LEVELS.values())
def test_below_an_expired_certificate_nothing_is_verified(country: Country, zone: str) -> None:
    over = time_text(country.net.clock() - timedelta(minutes=6))
    country.state(zone, not_after=over)
    way = country.resolve(CELL)
    assert way.outcome == FAILED
    assert way.state == "expired"
    country.state(zone)
    country.forget()
    assert country.resolve(CELL).state == "verified"


def test_a_certificate_of_a_time_to_come_is_not_taken_yet(country: Country) -> None:
    country.state("88.118.2002", not_before=time_text(country.net.clock() + timedelta(hours=1)))
    assert country.resolve(CELL).state == "expired"
    country.net.clock.pass_by(hours=1)
    assert country.resolve(CELL).state == "verified"


def test_a_certificate_that_runs_out_while_it_is_remembered_is_not_stretched(country: Country) -> None:
    """Neither by the cache nor by the parent's silence."""
    country.state("88.118.2002", not_after=time_text(country.net.clock() + timedelta(minutes=2)))
    assert country.resolve(CELL).state == "verified"
    country.net.wire.down("auto")
    country.net.clock.pass_by(hours=1)
    way = country.resolve("88.118.2002/OTHER")
    assert way.outcome == FAILED
    assert not country.net.wire.asked("cells", "OTHER")


@pytest.mark.parametrize("name", ["root", "beijing", "auto", "cells", "recursive"])
@pytest.mark.parametrize("minutes", [-10, 10])
def test_ten_minutes_between_two_clocks_keep_no_fresh_answer_from_being_verified(
    country: Country, name: str, minutes: int
) -> None:
    """The answer holds the nonce of the question: whatever its clock says, it was made just now."""
    country.net.clock.skews[name] = timedelta(minutes=minutes)
    for handle in (CELL, CAR):
        way = country.resolve(handle)
        assert way.outcome == "record", (way.reason, way.hops)
        assert way.state == "verified"


@pytest.mark.parametrize(("hours", "reason"), [(-2, "no-longer-valid"), (2, "not-yet-valid")])
def test_hours_between_two_clocks_are_told_as_what_they_are(
    country: Country, hours: int, reason: str
) -> None:
    country.register("cells", "88.118.2002/SHORT", ttl=60)
    country.net.clock.skews["cells"] = timedelta(hours=hours)
    way = country.resolve("88.118.2002/SHORT")
    assert way.outcome == FAILED
    assert way.state == "expired"
    assert way.reason == reason
    assert country.resolve(CAR).state == "verified"
    country.net.clock.skews.clear()
    country.net.clock.pass_by(minutes=1)
    assert country.resolve("88.118.2002/SHORT").state == "verified"


def test_a_clock_put_back_by_a_day_makes_nothing_immortal(country: Country) -> None:
    """What was remembered at a wrong time runs out by the right one."""
    country.net.clock.skews["recursive"] = timedelta(minutes=14)
    assert country.resolve(CELL).outcome == "record"
    country.net.clock.skews["recursive"] = timedelta()
    country.register("cells", CELL, "https://new.example/")
    country.net.clock.pass_by(days=2, minutes=20)
    assert b"new.example" in (country.resolve(CELL).array or b"")
