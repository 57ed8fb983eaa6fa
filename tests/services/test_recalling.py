"""Recalls: what they reach, where that is, who got it; and whom that is told."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.domain.people import Actor
from app.domain.recalls import Recall
from app.errors import Conflict, Forbidden, Refused, TraceError, Unknown
from app.services import holding, recalling
from app.services.recalling import Asked, Change, Draft, viewing
from app.store import database, items
from app.store.tables import Organisation, Thing
from tests.services.chain import Battery, Chain, battery


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with database.writing(engine) as session:
        yield session


@pytest.fixture
def chain(session: Session, now: datetime) -> Chain:
    return Chain(session, now)


@pytest.fixture
def world(chain: Chain) -> Battery:
    return battery(chain)


def begun(chain: Chain, actor: Actor, *asked: Asked | str, **more: Any) -> Recall:
    """A recall of these suspects, traced."""
    named = [Asked("thing", each.removeprefix("hdl:")) if isinstance(each, str) else each for each in asked]
    draft = Draft("Swollen cells", "swelling after the tenth cycle", named, **more)
    moment = chain.tick()
    recall = recalling.begin(chain.session, actor, draft, moment)
    found = recalling.gather(chain.session, actor, recall.id, moment)
    recalling.keep(chain.session, actor, recall.id, found, moment)
    return recalling.recall_of(chain.session, actor, recall.id)


def epcs(items: Any) -> set[str]:
    return {item.epc for item in items}


def told(chain: Chain, actor: Actor, recall: Recall) -> Recall:
    return recalling.recall_of(chain.session, actor, recall.id)


def test_a_lot_that_was_shipped_is_found_in_stock_in_products_and_at_customers(
    chain: Chain, world: Battery
) -> None:
    recall = begun(chain, world.bea, world.cells)
    affected = recall.affected
    assert epcs(affected.suspects) == {world.cells}
    (customer, other) = affected.customers
    assert {customer.party.name_en, other.party.name_en} == {"Dee", "Fay"}
    assert {row.quantities for row in affected.customers} == {
        (("H87", Decimal(200)),),
        (("H87", Decimal(100)),),
    }
    assert all(row.received for row in affected.consignments)
    (stock,) = [row for row in affected.stock if row.party.name_en == "Bea"]
    assert (stock.item.epc, stock.quantity, stock.unit) == (world.cells, Decimal(200), "H87")
    assert recall.number == f"R-{recall.started.year}-0001"
    assert [step.action for step in recall.trail] == ["started", "traced"]


def test_forward_a_recall_follows_the_lot_into_what_was_made_of_it_and_no_further_than_one_may_see(
    chain: Chain, world: Battery
) -> None:
    recall = begun(chain, world.dee, world.cells)
    affected = recall.affected
    assert epcs(affected.lots) == {world.cells}
    assert epcs(affected.serials) == {*world.modules, world.pack, world.car}, "its customer's, one step on"
    assert epcs(affected.containers) == {world.pallet}
    assert world.scooter not in epcs(affected.items), "what Fay made of the same cells is Fay's"
    assert {row.consignee.name_en for row in affected.consignments} == {"Eve"}
    (sent,) = affected.consignments
    assert (sent.item.epc, sent.container, sent.quantity, sent.documents) == (
        world.pack, world.pallet, Decimal(1), (("po", "PO-77"),),
    )  # fmt: skip
    (came,) = affected.supplies
    assert (came.sender.name_en, came.item.epc, came.quantity) == ("Bea", world.cells, Decimal(200))
    stock = {(row.item.epc, row.quantity) for row in affected.stock if row.party.name_en == "Dee"}
    assert (world.cells, Decimal(140)) in stock
    assert (world.modules[2], Decimal(1)) in stock
    assert world.modules[0] not in {epc for epc, _ in stock}, "it is in the pack"


def test_backward_a_recall_finds_the_origins_and_who_sent_them(chain: Chain, world: Battery) -> None:
    recall = begun(chain, world.bea, world.cells, direction="backward")
    roles = {item.epc: item.role for item in recall.affected.items}
    assert roles == {world.cells: "suspect", world.powder: "upstream"}
    (came,) = recall.affected.supplies
    assert (came.sender.name_en, came.item.epc, came.quantity, came.unit) == (
        "Ana",
        world.powder,
        Decimal(600),
        "KGM",
    )
    both = begun(chain, world.bea, world.cells, direction="both")
    assert {item.role for item in both.affected.items} == {"suspect", "upstream", "downstream"}


@pytest.mark.parametrize("stranger", ["cy", "fay"])
def test_a_recall_is_its_companys_alone(chain: Chain, world: Battery, stranger: str) -> None:
    recall = begun(chain, world.dee, world.cells)
    other = getattr(world, stranger)
    attempts = (
        lambda: recalling.recall_of(chain.session, other, recall.id),
        lambda: recalling.gather(chain.session, other, recall.id, chain.now),
        lambda: recalling.hold_some(chain.session, other, recall.id, "mine", chain.now),
        lambda: recalling.release_some(chain.session, other, recall.id, "mine", chain.now),
        lambda: recalling.notify_all(chain.session, other, recall.id, "phone", None, chain.now),
        lambda: recalling.change(
            chain.session, other, recall.id, world.eve.prefix, Change("notified"), chain.now
        ),
        lambda: recalling.end(chain.session, other, recall.id, "closed", "no", chain.now),
    )
    for attempt in attempts:
        with pytest.raises(Unknown) as refused:
            attempt()
        assert refused.value.code == "unknown-recall"
    assert recalling.recalls_of(chain.session, other)[0] == []


def test_a_stranger_cannot_begin_a_recall_of_what_it_may_not_see(chain: Chain, world: Battery) -> None:
    with pytest.raises(Unknown) as hidden:
        begun(chain, world.cy, world.cells)
    with pytest.raises(Unknown) as missing:
        begun(chain, world.cy, world.cells[:-1] + "0")
    assert hidden.value.code == missing.value.code
    company = chain.session.get_one(Organisation, world.dee.organisation_id)
    operator = chain.person(company, "Op", "operator")
    with pytest.raises(Forbidden):
        begun(chain, operator, world.cells)


def test_what_is_reached_is_stopped_and_let_go_in_one_action_each(chain: Chain, world: Battery) -> None:
    recall = begun(chain, world.dee, world.cells)
    part = recalling.hold_some(chain.session, world.dee, recall.id, "cells may swell", chain.tick())
    assert part.done == 2, "the rest of the lot, and the module that is left"
    held = {
        item.epc: item.held
        for item in told(chain, world.dee, recall).affected.items
        if item.held_seq is not None
    }
    assert held.keys() == {world.cells, world.modules[2]}
    assert held[world.modules[2]] == f"{recall.number}: cells may swell"
    assert held[world.cells] == "on-hold", "why a customer stopped a lot is not told to its other customers"
    again = recalling.hold_some(chain.session, world.dee, recall.id, "twice", chain.tick())
    assert again.done == 0, "a second click stops nothing twice"
    with pytest.raises(Refused) as refused:
        chain.ship(world.dee, world.eve, world.modules[2])
    assert refused.value.code == "held"
    with pytest.raises(Refused) as by_the_way:
        holding.release(chain.session, world.dee, world.modules[2], "looks fine", chain.tick())
    assert by_the_way.value.code == "held-by-recall"
    assert recalling.release_some(chain.session, world.dee, recall.id, "tested", chain.tick()).done == 2
    assert recalling.release_some(chain.session, world.dee, recall.id, "tested", chain.tick()).done == 0
    assert not any(item.held for item in told(chain, world.dee, recall).affected.items)
    chain.ship(world.dee, world.eve, world.modules[2])


def test_what_was_stopped_for_another_reason_stays_on_hold(chain: Chain, world: Battery) -> None:
    chain.do("inspect", world.dee, world.modules[2], result="fail", reason="scratched")
    recall = begun(chain, world.dee, world.cells)
    other = begun(chain, world.dee, world.cells)
    recalling.hold_some(chain.session, world.dee, recall.id, "cells may swell", chain.tick())
    assert recalling.release_some(chain.session, world.dee, recall.id, "tested", chain.tick()).done == 0
    recalling.end(chain.session, world.dee, other.id, "cancelled", "begun twice", chain.tick())
    third = begun(chain, world.dee, world.cells)
    recalling.end(chain.session, world.dee, recall.id, "closed", "tested", chain.tick())
    recalling.hold_some(chain.session, world.dee, third.id, "again", chain.tick())
    assert recalling.release_some(chain.session, world.dee, third.id, "tested", chain.tick()).done == 0, "the first recall's holds of both, and the inspection, stand"  # fmt: skip


def test_an_exercise_stops_nothing(chain: Chain, world: Battery) -> None:
    recall = begun(chain, world.dee, world.cells, mock=True)
    assert recall.number.startswith("M-")
    with pytest.raises(Refused) as refused:
        recalling.hold_some(chain.session, world.dee, recall.id, "try", chain.tick())
    assert refused.value.code == "exercise-holds-nothing"


def test_a_double_click_is_one_recall(chain: Chain, world: Battery) -> None:
    draft = Draft("Swollen", "why", [Asked("thing", world.cells)], nonce="nonce-of-the-form")
    first = recalling.begin(chain.session, world.dee, draft, chain.tick())
    second = recalling.begin(chain.session, world.dee, draft, chain.tick())
    assert first.id == second.id
    assert len(recalling.recalls_of(chain.session, world.dee)[0]) == 1


def test_what_a_withdrawn_record_ties_to_it_is_shown_and_counts_nowhere(chain: Chain, world: Battery) -> None:
    (wrong,) = chain.serials(world.dee, f"hdl:{world.dee.prefix}/P-MOD-12", 1, start="M-99")
    seq = chain.join("assemble", world.dee, wrong, (world.cells, 20))
    chain.withdraw(world.dee, seq)
    affected = begun(chain, world.dee, world.cells).affected
    assert wrong not in epcs(affected.items)
    assert epcs(affected.withdrawn) == {wrong}


def test_a_shipment_withdrawn_is_no_shipment_and_a_return_counts_back(chain: Chain, world: Battery) -> None:
    seq = chain.ship(world.bea, world.fay, (world.cells, 50))
    chain.withdraw(world.bea, seq)
    sides = {"source_list": (("possessing_party", f"hdl:{world.fay.prefix}"),), "destination_list": (("possessing_party", f"hdl:{world.bea.prefix}"),)}  # fmt: skip
    chain.do("return", world.fay, (world.cells, 30), **sides)
    sent = [
        row
        for row in begun(chain, world.bea, world.cells).affected.consignments
        if row.consignee.name_en == "Fay"
    ]
    assert [(row.quantity, row.returned) for row in sent] == [(Decimal(100), Decimal(30))]


def test_only_what_was_in_the_container_when_it_left_went_to_the_customer(
    chain: Chain, world: Battery
) -> None:
    dee, eve = world.dee, world.eve
    other, last = chain.serials(dee, f"hdl:{dee.prefix}/P-PACK-60", 2, start="K-50", active=True)
    pallet = chain.pallet(dee)
    chain.join("pack", dee, pallet, world.modules[2], other)
    chain.join("unpack", dee, pallet, world.modules[2])
    chain.ship(dee, eve, pallet)
    affected = begun(chain, dee, world.cells).affected
    assert world.modules[2] not in {row.item.epc for row in affected.consignments}
    roles = {item.epc: item.role for item in affected.containers}
    assert roles[pallet] == "shared", "it was in there with other goods"
    assert roles[world.pallet] == "downstream"
    assert other not in epcs(affected.items)
    assert last not in epcs(affected.items)


def test_a_suspect_container_makes_suspects_of_what_was_in_it_at_the_time(
    chain: Chain, world: Battery
) -> None:
    dee = world.dee
    early, inside = chain.serials(dee, f"hdl:{dee.prefix}/P-PACK-60", 2, start="K-70", active=True)
    pallet = chain.pallet(dee)
    chain.join("pack", dee, pallet, early, inside)
    chain.join("unpack", dee, pallet, early)
    wet = chain.tick()
    recall = begun(chain, dee, Asked("thing", pallet, since=wet))
    assert epcs(recall.affected.suspects) == {pallet, inside}
    assert epcs(begun(chain, dee, pallet).affected.suspects) == {pallet, inside, early}


def test_all_that_a_supplier_sent_in_a_window_is_suspect(chain: Chain, world: Battery, now: datetime) -> None:
    asked = Asked("supplier", world.bea.prefix)
    assert epcs(begun(chain, world.dee, asked).affected.suspects) == {world.cells}
    late = Asked("supplier", world.bea.prefix, since=chain.now)
    assert begun(chain, world.dee, late).affected.suspects == ()
    assert begun(chain, world.dee, Asked("supplier", world.ana.prefix)).affected.suspects == ()


def test_a_suspect_product_is_all_its_lots_and_pieces_that_one_has_to_do_with(
    chain: Chain, world: Battery
) -> None:
    product = f"hdl:{world.bea.prefix}/P-CELL-50"
    chain.lot(world.bea, product, "C2", 10)
    chain.session.add(Thing(epc=product, level="product", organisation_id=world.bea.organisation_id, product_id=_product(chain, world.cells), minted_seq=0, lifecycle="active"))  # fmt: skip
    chain.session.flush()
    assert len(begun(chain, world.bea, product).affected.suspects) == 2


def _product(chain: Chain, epc: str) -> int:
    return items.of_epcs(chain.session, [epc])[epc].product_id or 0


def test_all_made_in_a_window_is_suspect(chain: Chain, world: Battery, now: datetime) -> None:
    asked = Asked("window", since=now, product="PACK-60")
    assert epcs(begun(chain, world.dee, asked).affected.suspects) == {world.pack}
    everything = epcs(begun(chain, world.dee, Asked("window", since=now)).affected.suspects)
    assert everything == {*world.modules, world.pack}
    assert begun(chain, world.dee, Asked("window", since=chain.now)).affected.suspects == ()


def test_a_machine_makes_suspect_what_was_made_there_from_then_on(chain: Chain, world: Battery) -> None:
    dee = world.dee
    oven = chain.site(dee, "Oven")
    chain.do("move", dee, (world.cells, 40), at=oven)
    before = chain.tick()
    (first,) = chain.serials(dee, f"hdl:{dee.prefix}/P-MOD-12", 1, start="M-80")
    chain.join("assemble", dee, first, (world.cells, 5), at=oven)
    recall = begun(chain, dee, Asked("machine", oven, since=before))
    assert epcs(recall.affected.suspects) == {first}, "of the cells it used up some, no more"
    chain.do("inspect", dee, (world.cells, 10), at=oven, result="pass")
    recall = begun(chain, dee, Asked("machine", oven, since=before))
    assert epcs(recall.affected.items) == {first, world.cells}, "the pack was made of these cells before"


def test_a_place_makes_suspect_what_was_there_at_any_time_of_the_window(chain: Chain, world: Battery) -> None:
    dee = world.dee
    cellar = chain.site(dee, "Cellar")
    names = ("K-90", "K-91", "K-92", "K-93")
    gone, stayed, boxed, came = (chain.serials(dee, f"hdl:{dee.prefix}/P-PACK-60", 1, start=name, active=True)[0] for name in names)  # fmt: skip
    chain.do("move", dee, gone, stayed, boxed, at=cellar)
    box = chain.pallet(dee)
    chain.join("pack", dee, box, boxed, at=cellar)
    chain.do("move", dee, gone)
    flood = chain.tick()
    chain.do("move", dee, came, at=cellar)
    over = chain.tick()
    (late,) = chain.serials(dee, f"hdl:{dee.prefix}/P-PACK-60", 1, start="K-94", active=True)
    chain.do("move", dee, late, at=cellar)
    recall = begun(chain, dee, Asked("place", cellar, since=flood, until=over))
    assert epcs(recall.affected.suspects) == {stayed, box, boxed, came}
    chain.do("move", dee, box)
    later = begun(chain, dee, Asked("place", cellar, since=chain.tick()))
    assert epcs(later.affected.suspects) == {stayed, came, late}


def test_notices_follow_each_other_and_two_managers_do_not_overwrite_one_another(
    chain: Chain, world: Battery
) -> None:
    recall = begun(chain, world.bea, world.cells)
    due = chain.now + timedelta(hours=4)
    assert recalling.notify_all(chain.session, world.bea, recall.id, "e-mail", due, chain.tick()) == 2
    assert recalling.notify_all(chain.session, world.bea, recall.id, "e-mail", due, chain.tick()) == 0
    stamp = viewing.customer_of(chain.session, world.bea, recall.id, world.dee.prefix)[3]
    answer = Change("responded", amounts={"H87": {"on_hand": Decimal(140), "returned": Decimal(0)}}, seen=stamp)  # fmt: skip
    recalling.change(chain.session, world.bea, recall.id, world.dee.prefix, answer, chain.tick())
    recalling.change(chain.session, world.bea, recall.id, world.dee.prefix, answer, chain.tick())
    other = Change("returned", seen=stamp)
    with pytest.raises(Conflict):
        recalling.change(chain.session, world.bea, recall.id, world.dee.prefix, other, chain.tick())
    with pytest.raises(Refused):
        recalling.change(chain.session, world.bea, recall.id, world.dee.prefix, Change("open"), chain.tick())
    assert recalling.mark_silent(chain.session, world.bea, recall.id, chain.tick()) == 0
    chain.now = due
    assert recalling.mark_silent(chain.session, world.bea, recall.id, chain.tick()) == 1
    figures = told(chain, world.bea, recall).effectiveness
    assert (figures.consignees, figures.notified, figures.responded, figures.silent) == (2, 2, 1, 1)
    assert figures.amounts == (("H87", Decimal(300), Decimal(140)),)


def test_who_was_sent_nothing_after_all_is_not_to_be_notified(chain: Chain, world: Battery) -> None:
    """And who was notified already is on record as sent nothing: no figure counts the shipment that never was."""
    sent = [chain.ship(world.bea, who, (world.cells, 10)) for who in (world.cy, world.eve)]
    recall = begun(chain, world.bea, world.cells)
    before = {row.party.name_en: row for row in told(chain, world.bea, recall).notices}
    assert {"Cy", "Eve"} <= before.keys()
    recalling.change(chain.session, world.bea, recall.id, world.eve.prefix, Change("notified"), chain.tick())
    for seq in reversed(sent):
        chain.withdraw(world.bea, seq)
    found = recalling.gather(chain.session, world.bea, recall.id, chain.tick())
    recalling.keep(chain.session, world.bea, recall.id, found, chain.now)
    after = {row.party.name_en: row for row in told(chain, world.bea, recall).notices}
    assert "Cy" not in after
    assert [part.sent for part in after["Eve"].amounts] == [Decimal(0)]


def test_tracing_again_finds_what_came_late_and_keeps_what_was_done(chain: Chain, world: Battery) -> None:
    recall = begun(chain, world.bea, world.cells)
    recalling.hold_some(chain.session, world.bea, recall.id, "stop", chain.tick())
    recalling.notify_all(chain.session, world.bea, recall.id, "phone", None, chain.tick())
    recalling.release_some(chain.session, world.bea, recall.id, "one more delivery", chain.tick())
    chain.ship(world.bea, world.cy, (world.cells, 10))
    found = recalling.gather(chain.session, world.bea, recall.id, chain.tick())
    recalling.keep(chain.session, world.bea, recall.id, found, chain.now)
    after = told(chain, world.bea, recall)
    assert {row.party.name_en: row.state for row in after.notices} == {"Cy": "open", "Dee": "notified", "Fay": "notified"}  # fmt: skip
    (item,) = after.affected.suspects
    assert item.held_seq is not None


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (Draft(" ", "why", [Asked("thing", "x")]), "title-missing"),
        (Draft("what", "", [Asked("thing", "x")]), "reason-missing"),
        (Draft("what", "why", []), "suspect-missing"),
        (Draft("what", "why", [Asked("window")]), "window-missing"),
        (Draft("what", "why", [Asked("place", "88.1/x")]), "unknown-place"),
        (Draft("what", "why", [Asked("supplier", "")]), "unknown-supplier"),
        (Draft("what", "why", [Asked("moon", "x")]), "unknown-suspect"),
        (Draft("what", "why", [Asked("thing", "x")], direction="up"), "unknown-direction"),
        (Draft("what", "why", [Asked("thing", "\x00\ud800")]), "unknown-identifier"),
    ],
)
def test_what_makes_no_recall_is_refused_by_name(
    sqlite_engine: Engine, now: datetime, draft: Draft, code: str
) -> None:
    with database.writing(sqlite_engine) as session, pytest.raises(TraceError) as refused:
        recalling.begin(session, Chain(session, now).company(1, "Dee"), draft, now)
    assert refused.value.code == code
