"""A partner that revokes us in the middle, and what a partner may learn from how it is refused: nothing."""

from collections.abc import Callable
from decimal import Decimal

import orjson
import pytest

from app.domain import calls
from app.domain.messages import Ask, Fetch, Told
from app.domain.provenance import Provenance
from app.domain.resolution import REFERRAL_TTL
from app.services import disclosing
from tests.support.simchain import ZONES, Car, SimChain
from tests.support.simnet import SimNet

PROVENANCE = "/api/network/provenance"


@pytest.fixture
def chain(net: SimNet) -> SimChain:
    return SimChain(net)


def states(report: Provenance) -> dict[str, str]:
    return {source.party.prefix: source.state for source in report.sources}


def names(report: Provenance) -> set[str]:
    return {node.epc for node in report.nodes}


def nobody(chain: SimChain, by: str) -> None:
    with chain.net[by].writing() as session:
        disclosing.add_rule(session, chain.who[by], "item", "nobody", chain.net.clock())


def before_it_answers(chain: SimChain, name: str, act: Callable[[], object]) -> None:
    """`act` happens once, when the node is asked about provenance: amid the walk of whoever asks."""
    done: list[bool] = []

    def lie(ask: Ask, honestly: Fetch) -> Told:
        if not done and PROVENANCE in ask.url:
            done.append(True)
            act()
        return honestly(ask)

    chain.net.wire.lie(name, lie)


def test_who_withdraws_while_we_ask_tells_nothing_and_the_rest_of_the_report_stands(chain: SimChain) -> None:
    car = chain.car()
    before_it_answers(chain, "cells", lambda: nobody(chain, "cells"))
    report = chain.report("cars", car.car)
    assert states(report)[ZONES["cells"]] == "nothing"
    assert states(report)[ZONES["packs"]] == "told"
    assert {car.pack, car.module, car.car} <= names(report)
    assert not [record for record in report.records if record.zone == ZONES["cells"]]


def test_who_withdrew_is_not_quoted_from_what_it_told_before(chain: SimChain) -> None:
    car = chain.car()
    assert states(chain.report("cars", car.car))[ZONES["cells"]] == "told"
    nobody(chain, "cells")
    report = chain.report("cars", car.car)
    assert states(report)[ZONES["cells"]] == "nothing"
    assert not [record for record in report.records if record.zone == ZONES["cells"]]


def test_a_partner_that_its_parent_revokes_amid_the_walk_is_not_believed_after_a_referrals_time(
    chain: SimChain,
) -> None:
    car = chain.car()
    before_it_answers(chain, "packs", lambda: chain.country.state(ZONES["cells"], state="suspended"))
    chain.report("cars", car.car)
    chain.net.wire.lie("packs", None)
    chain.net.clock.pass_by(seconds=REFERRAL_TTL + 1)
    report = chain.report("cars", car.car)
    assert states(report)[ZONES["cells"]] in {"refused", "kept", "silent"}
    assert not any(
        source.trust == "verified" and source.state == "told"
        for source in report.sources
        if source.party.prefix == ZONES["cells"]
    )


def test_we_ourselves_revoked_amid_the_walk_are_told_nothing_more(chain: SimChain) -> None:
    """Our parent suspends us; who has heard of it answers us no longer, and our own report says who did not."""
    car = chain.car()
    chain.country.state(ZONES["cars"], state="suspended")
    chain.net.clock.pass_by(seconds=REFERRAL_TTL + 1)
    report = chain.report("cars", car.car)
    assert set(states(report).values()) <= {"refused", "silent"}
    assert car.car in names(report)
    assert car.cells not in names(report)


def answer_to(chain: SimChain, by: str, epcs: list[str], nonce: str) -> Told:
    node = chain.net[by]
    body = {"why": "trace", "up": epcs, "down": [], "introductions": []}
    sealed = calls.seal(
        "ask-provenance",
        body,
        seed=node.seed,
        sender=node.zone,
        audience=ZONES["cells"],
        nonce=nonce,
        now=node.now(),
    )
    headers = (("Content-Type", "application/json"),)
    return node.fetch(Ask(chain.net["cells"].url + PROVENANCE, "POST", headers, orjson.dumps(sealed.wire)))


def shape(told: Told) -> tuple[int, int, list[tuple[str, str]]]:
    """Status, length, headers: all that is there beside the words themselves."""
    return told.status, len(told.body), sorted(told.headers)


@pytest.mark.parametrize("by", ["packs", "carrier", "dealer"])
def test_what_is_withheld_has_the_very_shape_of_what_is_not_there(chain: SimChain, by: str) -> None:
    """For a customer, for one of the chain and for a stranger: same status, same length, same headers."""
    car: Car = chain.car()
    nobody(chain, "cells")
    withheld = answer_to(chain, by, [car.cells], "1" * 32)
    missing = answer_to(chain, by, [car.cells[:-1] + "9"], "2" * 32)
    assert withheld.status == 200
    assert shape(withheld) == shape(missing)


def test_how_much_there_is_of_what_is_withheld_does_not_show_either(chain: SimChain) -> None:
    car = chain.car()
    few = shape(answer_to(chain, "dealer", [car.cells], "1" * 32))
    for number in range(6):
        lot = chain.lot("cell", f"X-{number}", 10)
        chain.hand_over("cells", "packs", lot, quantity=Decimal(5))
    many = shape(answer_to(chain, "dealer", [car.cells], "2" * 32))
    assert few[0] == many[0]
    assert few[2] == many[2]
    assert abs(few[1] - many[1]) <= 4  # the size of the log, which anybody may know, has a digit more


def test_who_signs_in_anothers_name_or_asks_twice_is_told_nothing(chain: SimChain) -> None:
    car = chain.car()
    first = answer_to(chain, "packs", [car.cells], "3" * 32)
    again = answer_to(chain, "packs", [car.cells], "3" * 32)
    assert first.status == 200
    assert again.status == 409
    assert car.cells.encode() not in again.body
    thief = chain.net["dealer"]
    body = {"why": "trace", "up": [car.cells], "down": [], "introductions": []}
    sealed = calls.seal(
        "ask-provenance",
        body,
        seed=thief.seed,
        sender=ZONES["packs"],
        audience=ZONES["cells"],
        nonce="4" * 32,
        now=thief.now(),
    )
    told = thief.fetch(
        Ask(
            chain.net["cells"].url + PROVENANCE,
            "POST",
            (("Content-Type", "application/json"),),
            orjson.dumps(sealed.wire),
        )
    )
    assert 400 <= told.status < 500
    assert b"C-1" not in told.body
