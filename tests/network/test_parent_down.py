"""Nodes that are down for long: what was verified goes on being told for as long as its parent has signed for it."""

from datetime import timedelta

from app.domain.delegations import time_text
from app.services.recursing import FAILED
from tests.support.simcountry import CAR, CELL, Country

DAY = 24 * 3600


def test_a_parent_down_for_a_day_keeps_nobody_from_resolving_what_lies_below_it(country: Country) -> None:
    for handle in (CELL, CAR):
        country.resolve(handle)
    country.net.wire.down("auto")
    for _ in range(24):
        country.net.clock.pass_by(hours=1)
        for name, handle in (("cells", CELL), ("cars", CAR)):
            way = country.resolve(handle)
            assert way.outcome == "record", way.reason
            new = f"88.118.{country.net[name].zone.rpartition('.')[2]}/NEVER-ASKED"
            assert country.resolve(new).outcome == "missing"
    country.net.wire.up("auto")
    country.net.clock.pass_by(hours=1)
    assert country.resolve(CELL).state == "verified"


def test_all_national_nodes_down_for_a_day_too(country: Country) -> None:
    country.resolve(CELL)
    country.net.wire.down("root", "beijing", "wuhan")
    country.net.clock.pass_by(hours=23)
    assert country.resolve(CELL).outcome == "record"
    assert country.resolve(CAR).outcome == "record"  # below a second-level node that is known


def test_what_is_told_while_its_node_is_down_says_that_it_is_old(country: Country) -> None:
    country.register("cells", "88.118.2002/SHORT", ttl=60)
    assert not country.resolve("88.118.2002/SHORT").stale
    country.net.wire.down("cells")
    country.net.clock.pass_by(minutes=5)
    way = country.resolve("88.118.2002/SHORT")
    assert way.outcome == "record"
    assert way.stale
    country.net.wire.up("cells")
    country.net.clock.pass_by(minutes=5)
    assert not country.resolve("88.118.2002/SHORT").stale


def test_after_two_days_without_a_word_nothing_old_is_told_any_more(country: Country) -> None:
    country.register("cells", "88.118.2002/SHORT", ttl=60)
    country.resolve("88.118.2002/SHORT")
    country.net.wire.down("cells")
    country.net.clock.pass_by(days=2, minutes=2)
    assert country.resolve("88.118.2002/SHORT").outcome == FAILED


def test_a_silent_parent_stretches_no_certificate(country: Country) -> None:
    country.state("88.118.2002", not_after=time_text(country.net.clock() + timedelta(hours=3)))
    country.register("cells", "88.118.2002/SHORT", ttl=60)
    country.resolve("88.118.2002/SHORT")
    country.net.wire.down("auto")
    country.net.clock.pass_by(hours=2)
    assert country.resolve("88.118.2002/SHORT").state == "verified"
    country.net.clock.pass_by(hours=2)
    way = country.resolve("88.118.2002/SHORT")
    assert way.outcome == FAILED or way.stale
    assert not (way.outcome == "record" and way.state == "verified" and not way.stale)


def test_who_never_asked_before_learns_nothing_while_the_root_is_down(country: Country) -> None:
    country.net.wire.down("root")
    way = country.resolve(CELL)
    assert way.outcome == FAILED
    assert way.hops[0].reason == "peer-unreachable"


def test_a_walk_ends_though_every_node_is_slow(country: Country) -> None:
    """Within the time of a walk, however many levels and addresses there are."""
    country.net.wire.pace = 1.0
    for name in ("root", "beijing", "wuhan", "auto", "cells"):
        country.net.wire.latency["*", name] = 1.9
    way = country.resolve(CELL)
    assert way.seconds <= 5.5
    assert way.outcome in {"record", FAILED}
