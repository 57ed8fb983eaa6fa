"""A zone that is suspended or leaves, an address that moves, a key that is lost: within a TTL nobody is misled."""

import pytest

from app.domain import trust
from app.domain.resolution import REFERRAL_TTL
from app.services.recursing import FAILED
from tests.support import simliars
from tests.support.simcountry import CAR, CELL, Country

AFTER_TTL = REFERRAL_TTL + 1


@pytest.mark.parametrize(("state", "outcome"), [("suspended", "suspended"), ("left", "missing")])
def test_a_revoked_zone_is_resolved_by_nobody_after_the_time_of_a_referral(
    country: Country, state: str, outcome: str
) -> None:
    country.resolve(CELL)
    country.state("88.118.2002", state=state)
    country.net.clock.pass_by(seconds=AFTER_TTL)
    assert country.resolve("88.118.2002/NEW").outcome == outcome
    country.forget()
    assert country.resolve(CELL).outcome == outcome
    assert country.resolve(CAR).state == "verified"
    country.state("88.118.2002", state="active")
    country.net.clock.pass_by(seconds=61)
    assert country.resolve(CELL).state == "verified"


def test_a_whole_branch_is_revoked_with_its_top(country: Country) -> None:
    country.resolve(CELL)
    country.state("88.118", state="suspended")
    country.net.clock.pass_by(seconds=AFTER_TTL)
    for handle in ("88.118.2002/NEW", "88.118.5005/NEW", "88.118.9999/NEW"):
        assert country.resolve(handle).outcome == "suspended"
    assert country.resolve("88.101.1/NEW").outcome == "missing"


def test_who_asks_afresh_sees_a_revocation_at_once(country: Country) -> None:
    country.resolve(CELL)
    country.state("88.118.2002", state="suspended")
    assert country.resolve(CELL, fresh=True).outcome == "suspended"
    assert country.resolve(CELL).outcome == "suspended"  # and what was remembered is gone


def test_a_revoked_node_cannot_go_on_speaking_while_its_parent_is_cut_off(country: Country) -> None:
    """Its parent was heard once after the revocation; silence brings the zone not back."""
    country.register("cells", "88.118.2002/SHORT", ttl=30)
    country.resolve("88.118.2002/SHORT")
    country.state("88.118.2002", state="suspended")
    country.net.clock.pass_by(seconds=AFTER_TTL)
    assert country.resolve("88.118.2002/SHORT").outcome == "suspended"
    country.net.wire.down("auto")
    country.net.clock.pass_by(seconds=AFTER_TTL)
    way = country.resolve("88.118.2002/SHORT")
    assert way.outcome != "record"


def test_one_national_node_that_has_not_heard_of_a_revocation_is_corrected_by_the_other(
    country: Country,
) -> None:
    """Beijing suspends; Wuhan is cut off from it and would still refer there."""
    country.resolve(CELL)
    country.state("88.118", state="suspended", by=["beijing"])
    country.net.clock.pass_by(seconds=AFTER_TTL)
    assert country.resolve("88.118.2002/A").outcome == "suspended"
    country.net.wire.down("beijing")
    country.net.clock.pass_by(seconds=AFTER_TTL)
    way = country.resolve("88.118.2002/B")  # Wuhan's old statement is older than what was seen
    assert way.outcome == FAILED or way.state != "verified"


def test_a_zone_that_moved_is_found_at_its_new_address_at_once_when_the_old_one_is_gone(
    country: Country,
) -> None:
    country.resolve(CELL)
    net = country.net
    net.node("moved", zone="88.118.2002", roles=("enterprise",), root_hints=str(country.hints))
    country.zones["88.118.2002"] = ("moved",)
    country.found("moved")
    country.register("moved", "88.118.2002/NEW")
    country.state("88.118.2002")
    net.wire.down("cells")
    way = country.resolve("88.118.2002/NEW")
    assert way.outcome == "record"
    assert way.state == "verified"


def test_a_lost_key_that_was_replaced_is_believed_at_once_and_the_old_one_no_more(country: Country) -> None:
    country.resolve(CELL)
    lost = country.net["cells"].seed
    country.net["cells"].loses_its_key()
    assert country.resolve("88.118.2002/BEFORE").outcome == FAILED  # nobody vouches for the new key yet
    country.state("88.118.2002")
    country.net.clock.pass_by(seconds=61)
    assert country.resolve("88.118.2002/AFTER").outcome == "missing"
    assert country.resolve(CELL, fresh=True).state == "verified"
    thief = simliars.signs_anew(lambda payload: trust.sign("answer", payload, lost).wire)
    country.net.wire.lie("cells", thief)
    country.net.clock.pass_by(seconds=61)
    way = country.resolve("88.118.2002/STOLEN")
    assert way.outcome == FAILED
    assert way.state == "forged"


def test_a_second_level_node_with_a_new_key_has_to_state_its_companies_anew(country: Country) -> None:
    country.net["auto"].loses_its_key()
    country.state("88.118")
    assert (
        country.resolve(CELL).outcome == FAILED
    )  # what it had stated is signed by a key that counts no more
    for zone in ("88.118.2002", "88.118.5005"):
        country.state(zone)
    country.net.clock.pass_by(seconds=61)
    assert country.resolve(CELL).state == "verified"
    assert country.resolve(CAR).state == "verified"


def test_a_root_with_a_key_that_is_not_in_the_hints_is_believed_in_nothing(country: Country) -> None:
    country.net["root"].loses_its_key()
    country.state("88")
    way = country.resolve(CELL)
    assert way.outcome == FAILED
    assert way.state == "forged"
