"""Provenance of a battery, from powder to car: what it is made of, where it went, who had it when."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from app.domain.people import Actor
from app.domain.provenance import Provenance
from app.errors import Forbidden, Malformed, Refused, Unknown
from app.services import ancestry, tracing
from app.store import database, items, log
from app.store.walks import LIMIT
from tests.services.chain import Battery, Chain, battery

CHAIN = dict.fromkeys(("ana", "bea", "dee", "eve", "fay"), "chain")


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with database.writing(engine) as session:
        yield session


@pytest.fixture
def chain(session: Session, now: datetime) -> Chain:
    return Chain(session, now)


@pytest.fixture
def shared(chain: Chain) -> Battery:
    """The battery, with everybody sharing the chain."""
    return battery(chain, **CHAIN)


def trace(chain: Chain, actor: Actor, name: str, limit: int = LIMIT) -> Provenance:
    return tracing.trace(chain.session, actor, name, now=chain.now, limit=limit)


def titles(found: Provenance) -> list[tuple[int, str]]:
    return [(node.depth, node.serial or node.lot or node.level) for node in found.nodes]


def test_a_pack_is_traced_back_to_its_powder_and_forward_to_the_car(chain: Chain, shared: Battery) -> None:
    found = trace(chain, shared.dee, shared.pack)
    assert titles(found) == [
        (-4, "P1"), (-3, "process"), (-2, "C1"), (-1, "M-01"), (-1, "M-02"), (0, "K-01"), (1, "logistic"), (1, "V-01"),
    ]  # fmt: skip
    assert [link.kind for link in found.links].count("assembled") == 5
    assert found.subject.owner
    assert found.subject.owner.name_en == "Dee"


def test_what_went_into_a_siblings_modules_is_no_part_of_this_pack(chain: Chain, shared: Battery) -> None:
    names = {title for _, title in titles(trace(chain, shared.dee, shared.pack))}
    assert not {"M-03", "S-01"} & names


def test_a_powder_lot_is_traced_forward_to_everything_made_of_it(chain: Chain, shared: Battery) -> None:
    found = trace(chain, shared.ana, shared.powder)
    assert {title for _, title in titles(found)} == {
        "P1", "process", "C1", "M-01", "M-02", "M-03", "K-01", "S-01", "V-01", "logistic",
    }  # fmt: skip
    assert min(depth for depth, _ in titles(found)) == 0


def test_quantities_stand_on_the_links_in_the_unit_of_what_moved(chain: Chain, shared: Battery) -> None:
    found = trace(chain, shared.bea, shared.cells)
    consumed = next(link for link in found.links if link.kind == "consumed")
    produced = next(link for link in found.links if link.kind == "produced")
    assert (consumed.quantity, consumed.unit) == (Decimal(300), "KGM")
    assert (produced.quantity, produced.unit) == (Decimal(500), "H87")


def test_the_timeline_tells_each_step_once_with_who_and_where(chain: Chain, shared: Battery) -> None:
    found = trace(chain, shared.dee, shared.pack)
    assert [record.seq for record in found.records] == sorted({record.seq for record in found.records})
    own = [record.step for record in found.records if found.subject.id in record.node_ids]
    assert own == ["mint", "assemble", "inspect", "pack", "unpack", "assemble"]
    shipped = next(
        record for record in found.records if record.step == "ship" and record.to == chain.party(shared.eve)
    )
    assert shipped.references == (("po", "PO-77"),)
    assert shipped.operator == "Dee"
    inspected = next(r for r in found.records if r.step == "inspect" and found.subject.id in r.node_ids)
    assert inspected.result == "pass"
    assert inspected.place is not None
    assert inspected.place.name_en == "Dee plant"


def test_other_uses_of_the_same_cell_lot_are_not_in_the_timeline_of_a_pack(
    chain: Chain, shared: Battery
) -> None:
    found = trace(chain, shared.dee, shared.pack)
    built = [record for record in found.records if record.step == "assemble"]
    assert len(built) == 4  # two modules, the pack, the car; not the third module and not the scooter


def test_while_on_the_pallet_the_pack_was_where_the_pallet_was(chain: Chain, shared: Battery) -> None:
    spans = trace(chain, shared.dee, shared.pack).custody
    assert [(span.party.name_en, span.in_transit, span.until is None) for span in spans] == [
        ("Dee", False, False), ("Dee", True, False), ("Eve", False, True),
    ]  # fmt: skip
    assert [span.since for span in spans[1:]] == [span.until for span in spans[:-1]]
    assert spans[-1].place == chain.place(shared.eve)


def test_a_module_is_now_wherever_the_car_is_that_its_pack_was_built_into(
    chain: Chain, shared: Battery
) -> None:
    found = trace(chain, shared.dee, shared.modules[0])
    assert found.container is not None
    assert found.container.serial == "V-01"
    assert found.custody[-1].party.name_en == "Eve"


def test_the_outermost_container_is_the_pallet_while_the_carton_is_on_it(chain: Chain) -> None:
    dee, eve = chain.company(1, "Dee"), chain.company(2, "Eve")
    (pack,) = chain.serials(dee, chain.product(dee, "P", "Pack"), 1, active=True)
    carton, pallet = chain.pallet(dee), chain.pallet(dee)
    chain.join("pack", dee, carton, pack)
    chain.join("pack", dee, pallet, carton)
    chain.ship(dee, eve, pallet)
    found = trace(chain, dee, pack)
    assert found.container is not None
    assert found.container.epc == pallet
    assert found.custody[-1].in_transit
    assert [gap.code for gap in found.gaps] == ["shipped-not-received"]  # once, for the pallet


def test_a_lot_says_how_much_is_where(chain: Chain, shared: Battery) -> None:
    found = trace(chain, shared.bea, shared.cells)
    assert {(holding.party.name_en, holding.quantity) for holding in found.holdings} == {
        ("Bea", Decimal(200)), ("Dee", Decimal(140)), ("Fay", Decimal(50)),
    }  # fmt: skip
    assert {span.party.name_en: span.until is None for span in found.custody} == {
        "Bea": True,
        "Dee": True,
        "Fay": True,
    }
    assert found.container is None


def test_a_used_up_piece_is_with_nobody(chain: Chain) -> None:
    dee = chain.company(1, "Dee")
    (raw,) = chain.serials(dee, chain.product(dee, "R", "Raw"), 1, active=True)
    lot = chain.lot(dee, chain.product(dee, "L", "Melt", tracing="lot"), "L1")
    chain.transform(dee, [raw], [(lot, 5)])
    (span,) = trace(chain, dee, raw).custody
    assert span.until is not None


def test_a_corrected_step_stays_in_sight_and_counts_no_more(chain: Chain) -> None:
    dee = chain.company(1, "Dee")
    product = chain.product(dee, "P", "Part")
    right, wrong, whole = chain.serials(dee, product, 3, start="A-1", active=True)
    mistake = chain.join("assemble", dee, whole, wrong)
    chain.withdraw(dee, mistake)
    chain.join("assemble", dee, whole, right)
    found = trace(chain, dee, whole)
    assert [(link.undone, found.node(link.source).epc) for link in found.links] == [
        (True, wrong),
        (False, right),
    ]
    assert [found.node(link.source).epc for link in found.links_that_count()] == [right]
    first = next(record for record in found.records if record.seq == mistake)
    correction = next(record for record in found.records if record.corrects)
    assert first.corrected
    assert correction.corrects == first.event_id
    assert correction.reason == "did_not_occur"
    assert trace(chain, dee, wrong).container is None


def test_what_was_unpacked_stays_as_an_undone_link(chain: Chain, shared: Battery) -> None:
    found = trace(chain, shared.dee, shared.pack)
    assert [link.undone for link in found.links if link.kind == "packed"] == [True]


def test_diamonds_are_drawn_once_per_thing(chain: Chain) -> None:
    dee = chain.company(1, "Dee")
    raw = chain.lot(dee, chain.product(dee, "R", "Raw", tracing="lot"), "R1", 100)
    one, other, last = (
        chain.lot(dee, chain.product(dee, f"M{i}", "Mix", tracing="lot"), f"M{i}") for i in range(3)
    )
    chain.transform(dee, [(raw, 10)], [(one, 5)])
    chain.transform(dee, [(raw, 20)], [(other, 5)])
    chain.transform(dee, [(one, 1), (other, 1)], [(last, 2)])
    found = trace(chain, dee, last)
    assert len(found.nodes) == 7
    assert {node.lot: node.depth for node in found.nodes if node.lot} == {
        "R1": -4,
        "M0": -2,
        "M1": -2,
        "M2": 0,
    }


def test_rework_in_a_circle_is_refused_and_one_on_record_ends(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    dee = chain.company(1, "Dee")
    product = chain.product(dee, "R", "Paste", tracing="lot")
    one, other = chain.lot(dee, product, "A", 10), chain.lot(dee, product, "B", 10)
    chain.transform(dee, [(one, 1)], [(other, 1)])
    with pytest.raises(Refused) as refused:
        chain.transform(dee, [(other, 1)], [(one, 1)])
    assert refused.value.code == "genealogy-loop"
    monkeypatch.setattr(ancestry, "loop_of", lambda *_: "")  # as it was recorded before circles were refused
    chain.transform(dee, [(other, 1)], [(one, 1)])
    assert len(trace(chain, dee, one).nodes) == 4


def test_a_thing_is_found_by_any_of_its_names(chain: Chain, shared: Battery) -> None:
    plain = shared.pack.removeprefix("hdl:")
    for name in (shared.pack, plain, plain.lower(), f"HTTPS://SUYUAN.EXAMPLE/{plain}"):
        assert trace(chain, shared.dee, name).subject.epc == shared.pack


def test_what_does_not_exist_and_what_is_no_identifier_are_different_mistakes(
    chain: Chain, shared: Battery
) -> None:
    with pytest.raises(Unknown) as missing:
        trace(chain, shared.dee, "88.118.1003/NOTHING")
    assert missing.value.code == "unknown-identifier"
    with pytest.raises(Malformed):
        trace(chain, shared.dee, "just words")


def test_operators_on_the_floor_do_not_trace(chain: Chain, shared: Battery) -> None:
    floor = Actor(0, shared.dee.organisation_id, shared.dee.prefix, "Flo", "operator")
    with pytest.raises(Forbidden):
        trace(chain, floor, shared.pack)


def test_the_report_says_where_the_log_stood(chain: Chain, shared: Battery) -> None:
    found = trace(chain, shared.dee, shared.pack)
    size, root = log.head(chain.session)
    assert (found.log.size, found.log.root) == (size, root.hex())
    assert found.log.last_seq == max(record.seq for record in found.records)
    assert found.as_of == chain.now


def test_an_empty_log_cannot_be_asked_for_anything(chain: Chain) -> None:
    dee = chain.company(1, "Dee")
    with pytest.raises(Unknown):
        trace(chain, dee, "88.118.1/X")


def test_a_long_chain_takes_no_more_statements_than_a_short_one(
    engine: Engine, chain: Chain, shared: Battery
) -> None:
    counts: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *values: counts.append(values[2]))
    trace(chain, shared.dee, shared.pack)
    short = len(counts)
    module = chain.product(shared.dee, "M2", "Other module")
    for epc in chain.serials(shared.dee, module, 20):
        chain.join("assemble", shared.dee, epc, (shared.cells, 1))
    counts.clear()
    found = trace(chain, shared.ana, shared.powder)
    assert len(found.nodes) > 25
    assert short == len(counts) < 15


def test_a_walk_ends_at_its_limit_and_says_so(chain: Chain, shared: Battery) -> None:
    found = trace(chain, shared.ana, shared.powder, limit=4)
    assert found.truncated
    assert len(found.nodes) == 4
    assert not trace(chain, shared.ana, shared.powder).truncated


def test_the_last_place_told_is_where_the_piece_stands_by_its_state(chain: Chain, shared: Battery) -> None:
    pieces = [*shared.modules, shared.pack, shared.pallet, shared.scooter, shared.car]
    for epc, thing in items.of_epcs(chain.session, pieces).items():
        last = trace(chain, shared.dee, epc).custody[-1]
        assert (last.party.prefix, last.place and last.place.epc) == (thing.holder, thing.site)
