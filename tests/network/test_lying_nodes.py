"""A node that lies: whatever it says, nobody believes more than it may say, and no other zone suffers for it.

Each lie is told by the second-level node or by the company's node; `CAR`, which has nothing to do with it, has to go on
resolving.
"""

from typing import Any

import orjson
import pytest

from app.domain import trust
from app.domain.delegations import KIND, time_text
from app.domain.messages import Ask, Fetch, Told
from app.services.recursing import FAILED, Resolution
from tests.support import simliars
from tests.support.simcountry import CAR, CELL, RECURSIVE, Country
from tests.support.simmesh import body_of
from tests.support.simnet import Lie

STRANGER = b"s" * 32
EVIL = {
    "index": 1,
    "type": "URL",
    "data": {"format": "string", "value": "https://evil.example/"},
    "ttl": 86400,
}
ANSWERS = "/api/network/answers/"


def signed_as(country: Country, name: str, **changes: Any) -> Lie:
    """The honest answer with other words, signed with the node's own good key."""
    seed = country.net[name].seed
    return simliars.signs_anew(lambda payload: trust.sign("answer", payload | changes, seed).wire)


def contained(country: Country, liar: str) -> Resolution:
    """Nothing was believed, and when the node is honest again all is well."""
    way = country.resolve(CELL)
    assert way.outcome == FAILED, way
    assert way.array is None
    assert b"evil" not in orjson.dumps([hop.told for hop in way.hops])
    assert not any(each.to in {"127.0.0.1", "localhost"} for each in country.net.wire.sent)
    if liar == "cells":
        assert country.resolve(CAR).outcome == "record"
    country.net.wire.heal()
    country.net.clock.pass_by(seconds=60)
    assert country.resolve(CELL).outcome == "record"
    return way


@pytest.mark.parametrize("liar", ["cells", "auto"])
@pytest.mark.parametrize(
    "lie",
    [
        simliars.forges_signature,
        simliars.changes({"outcome": "record", "values": [EVIL]}),
        simliars.signs_anew(lambda payload: trust.sign("answer", payload | {"values": [EVIL]}, STRANGER).wire),
        simliars.signs_anew(lambda payload: trust.sign("changes", payload, STRANGER).wire),
        simliars.redirects("http://127.0.0.1/"),
        simliars.redirects("http://169.254.169.254/latest/meta-data/", 307),
        simliars.says(b""),
        simliars.says(b"null"),
        simliars.says(b"[" * 50_000),
        simliars.says(b"\xff\xfe{}"),
        simliars.says(b'{"responseCode":1,"values":[]}'),  # as a node without keys would: a downgrade
        simliars.says(orjson.dumps({"payload": "", "key": "", "alg": "none", "signature": ""})),
        simliars.says(b"{}", 500),
        simliars.says_too_much(),
        simliars.drips(),
    ],
    ids=[
        "turned-bit", "changed-words", "other-key", "other-kind", "redirect-home", "redirect-to-metadata", "empty",
        "null", "deep", "no-utf8", "downgrade", "alg-none", "500", "2-gb", "drips",
    ],
)  # fmt: skip
def test_an_answer_that_its_zone_did_not_sign_is_no_answer(country: Country, liar: str, lie: Lie) -> None:
    country.net.wire.lie(liar, lie)
    contained(country, liar)


@pytest.mark.parametrize("zone", ["88.118", "88.118.5005", "", "88"])
def test_an_answer_outside_its_zone_is_forged_though_the_node_signed_it(country: Country, zone: str) -> None:
    country.net.wire.lie("cells", signed_as(country, "cells", zone=zone))
    assert contained(country, "cells").state == "forged"


def test_an_answer_about_another_handle_does_not_count_for_this_one(country: Country) -> None:
    country.net.wire.lie("cells", signed_as(country, "cells", handle="88.118.2002/OTHER", values=[EVIL]))
    assert contained(country, "cells").state == "forged"


def test_an_old_answer_told_again_does_not_count(country: Country) -> None:
    country.net.wire.lie("cells", simliars.replays())
    assert country.resolve(CELL).outcome == "record"
    country.register("cells", CELL, "https://new.example/")
    country.forget()
    way = country.resolve(CELL)
    assert way.outcome == FAILED
    assert way.state == "forged"


def test_an_old_answer_of_the_parent_brings_no_suspended_zone_back(country: Country) -> None:
    country.net.wire.lie("auto", simliars.replays())
    assert country.resolve(CELL).outcome == "record"
    country.state("88.118.2002", state="suspended")
    country.forget()
    assert country.resolve(CELL).outcome == FAILED


def test_a_parents_old_statement_in_a_new_answer_counts_less_than_the_newer_one_known(
    country: Country,
) -> None:
    """The address that the zone has left is not asked again; the newer statement still leads to the right one."""
    old = country.state("88.118.2002", endpoints=[{"url": "https://left.test"}])
    country.state("88.118.2002")
    assert country.resolve(CELL).outcome == "record"
    country.net.wire.lie("auto", signed_as(country, "auto", delegation=dict(old.wire)))
    country.net.clock.pass_by(days=1)
    way = country.resolve(CELL, fresh=True)
    assert not country.net.wire.asked("left")
    assert next(hop.state for hop in way.hops if hop.zone == "88.118") == "expired"
    country.forget()  # who has never seen the newer one cannot know
    country.resolve(CELL)
    assert country.net.wire.asked("left")


REFERRALS = {
    "sideways": "88.101",
    "to-itself": "88.118",
    "upwards": "88",
    "to-the-root": "",
    "to-another-company": "88.118.5005",
}


@pytest.mark.parametrize("zone", REFERRALS.values(), ids=list(REFERRALS))
def test_a_referral_that_leads_no_closer_is_not_followed(country: Country, zone: str) -> None:
    """The node signs it all with its own good key: that it may not state is what stops it."""
    seed = country.net["auto"].seed
    body = body_of(zone, "88.118", 9, country.net.clock(), endpoints=[{"url": "https://auto.test"}])
    statement = trust.sign(KIND, body, seed).wire
    country.net.wire.lie("auto", signed_as(country, "auto", outcome="referral", delegation=statement))
    contained(country, "auto")


def test_two_nodes_that_point_at_each_other_are_left_at_once(country: Country) -> None:
    """Each says that the other one answers for its child."""
    for name, zone, other in (("auto", "88.118.2002", "cells"), ("cells", "88.118.2002.1", "auto")):
        net, seed = country.net, country.net[name].seed
        body = body_of(
            zone,
            net[name].zone,
            9,
            net.clock(),
            keys=[net[other].jwk],
            endpoints=[{"url": net[other].url}],
        )
        statement = trust.sign(KIND, body, seed).wire
        country.net.wire.lie(name, signed_as(country, name, outcome="referral", delegation=statement))
    way = country.resolve(CELL)
    assert way.outcome == FAILED
    assert len(country.net.wire.sent) < 12
    country.net.wire.sent.clear()
    country.resolve("88.118.2002.1.1.1.1.1.1.1/X")
    assert len(country.net.wire.sent) < 12


def test_a_child_that_names_a_hundred_addresses_cannot_send_us_to_all_of_them(country: Country) -> None:
    many = [{"url": f"https://victim{number}.test"} for number in range(32)]
    country.state("88.118.2002", endpoints=many)
    assert country.resolve(CELL).outcome == FAILED
    assert len([each for each in country.net.wire.sent if each.to.startswith("victim")]) <= 8


def test_a_child_whose_address_is_behind_our_firewall_is_not_asked_there(country: Country) -> None:
    for url in ("http://127.0.0.1:8000", "http://169.254.169.254", "http://localhost"):
        country.state("88.118.2002", endpoints=[{"url": url}])
        country.forget()
        way = country.resolve(CELL)
        assert way.outcome == FAILED
        assert way.hops[-1].reason == "address-refused"


def test_one_lying_national_node_is_passed_over_for_an_honest_one(country: Country) -> None:
    country.net.wire.lie("beijing", signed_as(country, "beijing", zone="86"))
    assert country.resolve(CELL).outcome == "record"
    country.forget()
    country.net.wire.lie("beijing", simliars.forges_signature)
    way = country.resolve(CELL)
    assert way.outcome == "record"
    assert way.state == "verified"


def test_a_slow_liar_costs_its_own_zone_and_not_the_others(country: Country) -> None:
    """It answers nothing for as long as it can; asked for its names again and again, the others still resolve."""
    country.net.wire.lie("cells", simliars.drips())
    for number in range(20):
        country.resolve(f"88.118.2002/NAME-{number}")
    assert country.resolve(CAR).outcome == "record"
    assert len(country.net.wire.asked("cells")) < 20  # it is given a rest


def test_values_that_are_no_values_are_no_answer(country: Country) -> None:
    for values in ("x", [1], [{}], [{"index": 1, "type": 2, "data": {}}], {"a": 1}, None):
        country.net.wire.lie("cells", signed_as(country, "cells", values=values))
        country.forget()
        assert country.resolve(CELL).outcome == FAILED
        country.net.clock.pass_by(seconds=60)


def test_a_time_to_live_without_end_is_cut_to_two_days(country: Country) -> None:
    forever = time_text(country.net.clock().replace(year=2200))
    country.net.wire.lie("cells", signed_as(country, "cells", ttl=10**9))
    assert country.resolve(CELL).outcome == "record"
    country.net.wire.lie("cells", signed_as(country, "cells", expires=forever))
    country.forget()
    assert country.resolve(CELL).outcome == FAILED
    country.net.wire.lie("cells", None)
    country.net.clock.pass_by(days=2, seconds=1)
    country.register("cells", CELL, "https://new.example/")
    assert b"new.example" in (country.resolve(CELL).array or b"")


def test_the_text_of_a_liar_reaches_nobody_unchanged(country: Country) -> None:
    def mocks(_ask: Ask, _honestly: Fetch) -> Told:
        return Told(500, b'{"detail":"<script>alert(1)</script>"}')

    country.net.wire.lie("cells", mocks)
    way = country.resolve(CELL)
    assert "script" not in orjson.dumps([hop.told for hop in way.hops]).decode() + way.reason


def test_what_was_heard_of_a_zone_holds_after_the_node_was_started_anew(country: Country) -> None:
    """Else an address or a key that the zone has left would count again after each start."""
    old = country.state("88.118.2002", endpoints=[{"url": "https://left.test"}])
    country.state("88.118.2002")
    node = country.net[RECURSIVE]
    assert b"verified" in node.get(f"/api/network/explanations/{CELL}").body
    country.net.wire.lie("auto", signed_as(country, "auto", delegation=dict(old.wire)))
    node.again()
    way = orjson.loads(node.get(f"/api/network/explanations/{CELL}?fresh=1").body)
    assert not country.net.wire.asked("left")
    assert [hop["reason"] for hop in way["hops"] if hop["zone"] == "88.118"] == ["superseded"]
