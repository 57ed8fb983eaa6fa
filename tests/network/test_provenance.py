"""A chain over five companies' nodes: goods are received by asking their sender, and every report joins all."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from app.domain.provenance import Provenance
from app.domain.trust import sign
from app.errors import PeerFailed, Refused, Unknown
from app.services import disclosing, rebuilding, verifying
from app.services.certifying import origin_of, verifier_key
from app.services.disclosing import fitting
from tests.support import simliars
from tests.support.simchain import ZONES, SimChain
from tests.support.simnet import SimNet


@pytest.fixture
def chain(net: SimNet) -> SimChain:
    return SimChain(net)


def steps(report: Provenance, zone: str = "") -> list[str]:
    return [record.step for record in report.records if record.zone == zone]


def names(report: Provenance) -> set[str]:
    return {node.epc for node in report.nodes}


def states(report: Provenance) -> dict[str, str]:
    return {source.party.prefix: source.state for source in report.sources}


def codes(report: Provenance) -> set[str]:
    return {gap.code for gap in report.gaps}


# --- the journey ---


def test_what_one_node_minted_is_received_at_the_next_and_traced_through_all(chain: SimChain) -> None:
    car = chain.car()
    report = chain.report("cars", car.car)
    assert {car.cells, car.module, car.pack, car.car} == names(report)
    assert [node.depth for node in report.nodes] == [-3, -2, -1, 0]
    assert states(report) == {ZONES["cells"]: "told", ZONES["packs"]: "told", ZONES["carrier"]: "told"}
    assert {source.trust for source in report.sources} == {"verified"}
    assert steps(report, ZONES["cells"]) == ["mint", "commission", "inspect", "ship"]
    assert steps(report, ZONES["carrier"]) == ["receive", "ship"]
    assert not codes(report)


def test_a_customer_two_steps_down_is_told_by_the_words_of_those_between(chain: SimChain) -> None:
    car = chain.car()
    chain.hand_over("cars", "dealer", car.car)
    report = chain.report("dealer", car.car)
    assert car.cells in names(report)
    assert set(states(report).values()) == {"told"}


def test_a_part_that_never_was_here_is_traced_from_its_maker(chain: SimChain) -> None:
    car = chain.car()
    with pytest.raises(Unknown):
        chain.report("cars", car.cells)
    chain.report("cars", car.car)
    report = chain.report("cars", car.cells)
    assert report.subject.lot == "C-1"
    assert "commission" in steps(report, ZONES["cells"])
    with pytest.raises(Unknown):
        chain.report("cars", "hdl:88.118.2002/NEVERWAS")


def test_the_maker_learns_what_became_of_its_lot(chain: SimChain) -> None:
    car = chain.car()
    report = chain.report("cells", car.cells)
    assert {car.module, car.pack} <= names(report)
    assert "receive" in steps(report, ZONES["packs"])
    assert "shipped-not-received" not in codes(report)


def test_what_comes_back_is_received_where_it_was_made(chain: SimChain) -> None:
    car = chain.car()
    chain.hand_over("cars", "dealer", car.car)
    chain.scan("dealer", "return", car.car)
    chain.scan("cars", "receive", car.car)
    report = chain.report("cars", car.car)
    assert "return" in steps(report, ZONES["dealer"])
    assert report.custody[-1].party.prefix == ZONES["cars"]


def test_a_chain_that_leaves_us_and_comes_back_is_whole(chain: SimChain) -> None:
    chain.meet("packs", "cells")
    (spare,) = chain.mint("module", serial_start="S-1", activate_at=chain.at["packs"])
    chain.hand_over("packs", "cells", spare)
    lot = chain.lot("cell", "C-9", 50)
    run = "urn:uuid:00000000-0000-4000-8000-000000000001"
    chain.scan("cells", "consume", spare, transformation=run)
    chain.scan("cells", "produce", lot, transformation=run, quantity=Decimal(5))
    chain.hand_over("cells", "packs", lot)
    (module,) = chain.mint("module", serial_start="M-9")
    chain.scan("packs", "assemble", lot, parent=module, quantity=Decimal(1))
    report = chain.report("packs", module)
    assert {spare, lot, module} <= names(report)
    assert "commission" in [
        r.step for r in report.records if r.zone == "" and _of(report, spare) in r.node_ids
    ]


def _of(report: Provenance, epc: str) -> int:
    return next(node.id for node in report.nodes if node.epc == epc)


def test_a_second_shipment_of_a_lot_adds_to_the_first(chain: SimChain) -> None:
    lot = chain.lot("cell", "C-2", 100)
    chain.hand_over("cells", "packs", lot, quantity=Decimal(40))
    chain.scan("cells", "ship", lot, to="packs", quantity=Decimal(25))
    verdict = chain.scan("packs", "receive", lot)
    assert verdict.item["quantity"] == "65"


def test_nothing_that_was_not_sent_here_is_received(chain: SimChain) -> None:
    lot = chain.lot("cell", "C-3", 100)
    chain.scan("packs", "receive", lot, refused="unknown-identifier")
    chain.scan("cells", "ship", lot, to="packs", quantity=Decimal(10))
    chain.meet("cars", "cells")
    chain.scan("cars", "receive", lot, refused="unknown-identifier")


def test_what_was_adopted_survives_a_rebuild(chain: SimChain) -> None:
    chain.car()
    for name in ("packs", "carrier", "cars"):
        node = chain.net[name]
        with node.writing() as session:
            rebuilding.rebuild(session)
        key = verifier_key(node.settings.keys_dir, origin_of(node.url))
        with node.reading() as session:
            assert verifying.verify_log(session, key).sound


def test_a_silent_sender_leaves_the_scan_to_be_sent_again(chain: SimChain) -> None:
    lot = chain.lot("cell", "C-4", 10)
    chain.scan("cells", "ship", lot, to="packs")
    chain.net.wire.down("cells")
    with pytest.raises(PeerFailed):
        chain.scan("packs", "receive", lot)
    chain.net.wire.up("cells")
    chain.scan("packs", "receive", lot)


# --- partners that are silent or lie ---


def test_a_silent_partner_is_a_named_gap_that_heals(chain: SimChain) -> None:
    car = chain.car()
    chain.net.wire.down("cells")
    report = chain.report("cars", car.car)
    assert states(report)[ZONES["cells"]] == "silent"
    gap = next(gap for gap in report.gaps if gap.code == "partner-silent")
    assert gap.values["company"]["en"] == "Cells"
    assert not steps(report, ZONES["cells"])
    chain.net.wire.up("cells")
    chain.net.clock.pass_by(minutes=2)
    assert "partner-silent" not in codes(healed := chain.report("cars", car.car))
    assert "commission" in steps(healed, ZONES["cells"])


def test_what_a_partner_told_is_kept_and_shown_while_it_is_silent(chain: SimChain) -> None:
    car = chain.car()
    chain.report("cars", car.car)
    chain.net.wire.down("cells")
    report = chain.report("cars", car.car)
    (source,) = [each for each in report.sources if each.party.prefix == ZONES["cells"]]
    assert (source.state, source.code) == ("kept", "peer-unreachable")
    (gap,) = [each for each in report.gaps if each.code == "partner-kept"]
    assert "did not answer now" in gap.message
    assert gap.values["date"] == source.as_of
    assert "commission" in steps(report, ZONES["cells"])


LIES = {
    "forged": (simliars.forges_signature, "refused"),
    "redirects": (simliars.redirects("http://127.0.0.1/"), "silent"),
    "too much": (simliars.says_too_much(), "silent"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_partner_is_contained_and_named(chain: SimChain, lie: str) -> None:
    car = chain.car()
    told, state = LIES[lie]
    chain.net.wire.lie("cells", told)
    report = chain.report("cars", car.car)
    assert states(report)[ZONES["cells"]] == state
    assert not steps(report, ZONES["cells"])
    assert {car.cells, car.pack} <= names(report), "what the others told is still there"


def test_a_replayed_answer_is_not_believed(chain: SimChain) -> None:
    car = chain.car()
    chain.net.wire.lie("cells", simliars.replays())
    chain.report("cars", car.car)
    report = chain.report("cars", car.car)
    assert states(report)[ZONES["cells"]] == "refused"


def test_a_partner_that_the_node_above_suspended_is_not_believed(chain: SimChain) -> None:
    car = chain.car()
    chain.country.state(ZONES["cells"], state="suspended")
    chain.net.clock.pass_by(days=2)
    report = chain.report("cars", car.car)
    assert states(report)[ZONES["cells"]] in {"refused", "silent"}
    assert not steps(report, ZONES["cells"])


def test_nobody_sends_what_another_made_without_its_word(chain: SimChain) -> None:
    """The dealer says to have sent a pack that the pack maker never handed it."""
    (pack,) = chain.mint("pack", serial_start="P-7", activate_at=chain.at["packs"])
    chain.meet("cars", "dealer")
    goods = [
        {
            "epc": pack,
            "level": "serial",
            "owner": {"prefix": ZONES["packs"], "zh": "", "en": "Packs"},
        }
    ]
    shipment = {
        "event_id": "urn:uuid:00000000-0000-4000-8000-00000000000f",
        "step": "ship",
        "sender": {"prefix": ZONES["dealer"], "zh": "", "en": "Dealer"},
        "to": ZONES["cars"],
        "shipped": "2026-05-20T08:00:00.000Z",
        "goods": goods,
    }
    seed = chain.net["dealer"].seed

    def signed(body: dict[str, Any]) -> dict[str, Any]:
        return dict(sign("shipments", body | {"shipments": [shipment]}, seed).wire)

    chain.net.wire.lie("dealer", simliars.signs_anew(signed))
    with pytest.raises(Refused, match="cannot have had"):
        chain.scan("cars", "receive", pack)


# --- policy ---


def test_by_default_only_neighbours_are_told_one_step(net: SimNet) -> None:
    chain = SimChain(net, sharing="neighbours")
    car = chain.car()
    report = chain.report("cars", car.car)
    assert names(report) == {car.pack, car.car}, "the pack's maker is no neighbour: the carrier came between"
    assert states(report)[ZONES["packs"]] == "nothing"
    assert names(chain.report("packs", car.module)) >= {car.cells, car.module}


def rule(chain: SimChain, by: str, what: str, audience: str, **more: object) -> int:
    with chain.net[by].writing() as session:
        row = disclosing.add_rule(session, chain.who[by], what, audience, chain.net.clock(), **more)  # type: ignore[arg-type]
        return row.id or 0


def test_what_is_for_nobody_looks_like_what_is_not_there(chain: SimChain) -> None:
    car = chain.car()
    rule(chain, "cells", "item", "nobody")
    withheld = chain.report("cars", car.car)
    source = next(s for s in withheld.sources if s.party.prefix == ZONES["cells"])
    assert (source.state, source.things, source.events, source.log) == ("nothing", 0, 0, None)
    assert not steps(withheld, ZONES["cells"])


@pytest.mark.parametrize(
    ("what", "gone"),
    [
        ("checks", {"inspect"}),
        ("events", {"mint", "commission", "inspect", "ship"}),
    ],
)
def test_a_field_is_kept_back_by_itself(chain: SimChain, what: str, gone: set[str]) -> None:
    car = chain.car()
    rule(chain, "cells", what, "nobody")
    report = chain.report("cars", car.car)
    assert not gone & set(steps(report, ZONES["cells"]))
    assert states(report)[ZONES["cells"]] == "told"


def test_places_and_quantities_can_be_kept_back(chain: SimChain) -> None:
    car = chain.car()
    for what in ("places", "quantities", "documents"):
        rule(chain, "cells", what, "nobody")
    told = [record for record in chain.report("cars", car.car).records if record.zone == ZONES["cells"]]
    assert told
    assert not [record for record in told if record.place or record.quantity is not None or record.references]


def test_a_named_company_is_told_until_the_day_is_over(net: SimNet) -> None:
    chain = SimChain(net, sharing="neighbours")
    car = chain.car()
    chain.meet("packs", "cars")
    until = chain.net.clock() + timedelta(days=1)
    for what in ("item", "origin", "events"):
        rule(chain, "packs", what, "party", party=ZONES["cars"], until=until)
    assert car.cells in names(chain.report("cars", car.car))
    chain.net.clock.pass_by(days=2)
    assert car.cells not in names(chain.report("cars", car.car))


def test_a_rule_that_is_removed_holds_no_more(chain: SimChain) -> None:
    car = chain.car()
    number = rule(chain, "packs", "origin", "nobody")
    assert car.cells not in names(chain.report("cars", car.car))
    with chain.net["packs"].writing() as session:
        disclosing.remove_rule(session, chain.who["packs"], number, chain.net.clock())
    assert car.cells in names(chain.report("cars", car.car))


def test_another_customer_of_the_same_lot_is_never_told_of(chain: SimChain) -> None:
    car = chain.car()
    chain.meet("cells", "dealer")
    chain.hand_over("cells", "dealer", car.cells, quantity=Decimal(7))
    report = chain.report("cars", car.car)
    said = [record for record in report.records if record.zone == ZONES["cells"]]
    assert not [record for record in said if record.to and record.to.prefix == ZONES["dealer"]]
    assert ZONES["dealer"] not in states(report)


def test_a_stranger_without_anybodys_word_is_told_nothing(chain: SimChain) -> None:
    car = chain.car()
    asked = chain.line("dealer").call(
        ZONES["cells"], "provenance", "ask-provenance", {"up": [car.cells], "down": [car.cells]},
        reply="disclosure", seconds=2.0,
    )  # fmt: skip
    missing = chain.line("dealer").call(
        ZONES["cells"], "provenance", "ask-provenance", {"up": ["hdl:88.118.2002/NEVERWAS"], "down": []},
        reply="disclosure", seconds=2.0,
    )  # fmt: skip
    assert asked.body == missing.body
    assert not asked.body["things"]


# --- two logs that differ ---


def test_a_shipment_that_its_sender_withdrew_is_a_discrepancy(chain: SimChain) -> None:
    from app.services import scanning

    lot = chain.lot("cell", "C-5", 10)
    chain.scan("cells", "ship", lot, to="packs", visit="day")
    nonce = f"nonce-{next(chain.numbers) - 1:06d}"
    chain.scan("packs", "receive", lot)
    with chain.net["cells"].writing() as session:
        scanning.undo(session, chain.who["cells"], nonce, "day", chain.tick())
    assert "shipment-withdrawn" in codes(chain.report("packs", lot))


def test_another_quantity_received_than_sent_is_a_discrepancy(chain: SimChain) -> None:
    lot = chain.lot("cell", "C-6", 100)
    chain.scan("cells", "ship", lot, to="packs", quantity=Decimal(60))
    chain.scan("packs", "receive", lot, quantity=Decimal(58))
    report = chain.report("packs", lot)
    gap = next(gap for gap in report.gaps if gap.code == "quantities-differ")
    assert (gap.values["sent"], gap.values["received"]) == (Decimal(60), Decimal(58))


def test_a_chain_that_is_cut_is_asked_for_again_from_where_it_ends(
    chain: SimChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chain that did not fit into one answer was a gap for ever."""
    lots = [chain.lot("cell", f"C-{number}", 10) for number in range(9)]
    for number, (before, after) in enumerate(pairwise(lots)):
        run = f"urn:uuid:00000000-0000-4000-8000-{number:012d}"
        chain.scan("cells", "consume", before, transformation=run, quantity=Decimal(1))
        chain.scan("cells", "produce", after, transformation=run, quantity=Decimal(1))
    chain.hand_over("cells", "packs", lots[-1])
    monkeypatch.setattr(fitting, "MOST_THINGS", 6)
    report = chain.report("packs", lots[-1])
    assert set(lots) <= names(report)
    assert states(report)[ZONES["cells"]] == "told"
    assert report.truncated
