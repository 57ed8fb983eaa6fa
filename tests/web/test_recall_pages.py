"""The pages of a recall: beginning one, what it shows, stopping, telling customers, the exercise; and who is kept out."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from app.domain.people import Actor
from app.store.database import writing
from tests.services.chain import Chain
from tests.support.pages import Document
from tests.support.tenants import Tenants, Visitor
from tests.web.conftest import Clock

Visit = Callable[[str], Visitor]
NASTY = "<script>alert('Ω')</script> & “cell”"


@dataclass
class Goods:
    lot: str
    modules: list[str]
    pallet: str


@pytest.fixture
def goods(app: Flask, world: Tenants, clock: Clock) -> Goods:
    """Ana's company builds modules of a lot of cells and ships some to Dee's, on a pallet."""
    with writing(app.extensions["suyuan"].engine) as session:
        chain, ana = Chain(session, clock()), world.ana
        chain.home[ana.prefix] = chain.site(ana, "Plant")
        lot = chain.lot(ana, chain.product(ana, "CELL", NASTY, tracing="lot"), "LOT-7", 100)
        modules = chain.serials(ana, chain.product(ana, "MOD", "Module"), 4, start="M-01")
        for module in modules:
            chain.join("assemble", ana, module, (lot, 5))
        pallet = chain.pallet(ana)
        chain.join("pack", ana, pallet, modules[0])
        buyer = Actor(world.cy.operator_id, world.cy.organisation_id, world.cy.prefix, "Cy", "manager")
        chain.ship(ana, buyer, pallet, biz_transaction_list=(("po", "PO-77"),))
        clock.moment = chain.tick()
    return Goods(lot, modules, pallet)


def begin(visitor: Visitor, lot: str, **more: str) -> str:
    page = visitor.get("/recalls/new" + ("?mock=1" if more.get("mock") else "")).text
    nonce = re.search(r'name="nonce" value="([^"]+)"', page)
    assert nonce
    data = {"title": "Swollen", "reason": "they swell", "kind": "thing", "things": lot, "direction": "forward", "nonce": nonce[1]}  # fmt: skip
    answer = visitor.post("/recalls/new", data | more)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_a_recall_shows_what_is_affected_where_it_is_and_who_got_it(visit: Visit, goods: Goods) -> None:
    ana = visit("ana")
    address = begin(ana, goods.lot.removeprefix("hdl:"))
    page = ana.get(address).text
    document = Document.of(page)
    assert document.faults == []
    assert "PO-77" in page
    assert "Swollen" in page
    assert "<script>alert" not in page
    assert "To be notified" in page
    assert address.removeprefix("/recalls/") in ana.get("/recalls").text


def test_stopping_and_releasing_are_one_button_each(visit: Visit, goods: Goods) -> None:
    ana = visit("ana")
    address = begin(ana, goods.lot.removeprefix("hdl:"))
    ana.follow(ana.post(f"{address}/hold", {"reason": "may swell"}))
    assert ana.get("/holds").text.count("may swell") >= 4, (
        "the lot, and the modules but the one that left are ours"
    )
    page = ana.get(address).text
    assert "Release" in page
    ana.post(f"{address}/release", {"reason": "tested"})
    assert "may swell" not in ana.get("/holds").text
    assert ana.post(f"{address}/hold", {"reason": " "}).status_code == 400


def test_a_form_sent_twice_is_one_recall_and_mistakes_are_told_at_their_field(
    visit: Visit, goods: Goods
) -> None:
    ana = visit("ana")
    data = {"title": "Swollen", "reason": "they swell", "kind": "thing", "things": goods.lot.removeprefix("hdl:"), "direction": "forward", "nonce": "nonce-of-this-form"}  # fmt: skip
    first, second = ana.post("/recalls/new", data), ana.post("/recalls/new", data)
    assert first.headers["Location"] == second.headers["Location"]
    wrong = ana.post("/recalls/new", data | {"things": "88.118.1001/NOTHING-THERE", "nonce": "another-nonce"})
    assert wrong.status_code >= 400
    assert "NOTHING-THERE" in wrong.text
    assert Document.of(wrong.text).faults == []
    empty = ana.post("/recalls/new", {"nonce": "third-nonce"})
    assert empty.status_code == 422
    assert ana.post("/recalls/new", data | {"kind": "supplier", "nonce": "fourth-nonce"}).status_code >= 400
    assert ana.post("/recalls/new", data | {"kind": "window", "nonce": "fifth-nonce"}).status_code >= 400


def test_a_customer_has_a_letter_and_its_answer_is_written_down(
    visit: Visit, world: Tenants, goods: Goods
) -> None:
    ana = visit("ana")
    address = begin(ana, goods.lot.removeprefix("hdl:"))
    ana.post(f"{address}/notify", {"method": "phone", "due": "2030-01-01T10:00"})
    party = f"{address}/customers/{world.cy.prefix}"
    page = ana.get(party).text
    assert Document.of(page).faults == []
    assert "Phone" in page
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    data = {"state": "responded", "on_hand-H87": "1", "note": "in the cage", "seen": seen[1]}
    assert ana.post(party, data).status_code == 303
    assert "in the cage" in ana.get(party).text
    assert ana.post(party, data).status_code == 303, "a double click"
    assert ana.post(party, data | {"note": "two, not one"}).status_code == 409, "somebody else was faster"
    assert ana.post(party, {"state": "open"}).status_code >= 400
    assert ana.post(party, {"state": "returned", "on_hand-H87": "many"}).status_code >= 400


def test_an_exercise_runs_from_start_to_signature(visit: Visit, goods: Goods, clock: Clock) -> None:
    ana = visit("ana")
    address = begin(ana, goods.lot.removeprefix("hdl:"), mock="1")
    page = ana.get(address).text
    assert "records say" in page
    assert "Put " not in page
    clock.pass_by(minutes=42)
    assert ana.post(f"{address}/finish", {"found-H87": "100", "remark": "all there"}).status_code == 303
    page = ana.get(address).text
    assert "42 minutes" in page
    assert "100 %" in page
    assert ana.post(f"{address}/sign", {"role": "Quality manager"}).status_code == 303
    assert ana.post(f"{address}/sign", {"role": "Quality manager"}).status_code == 303
    assert ana.get(address).text.count("<strong>Ana</strong>") <= 1
    assert Document.of(ana.get(address).text).faults == []


def test_another_companys_manager_finds_nothing_at_any_address_of_a_recall(
    visit: Visit, world: Tenants, goods: Goods
) -> None:
    address = begin(visit("ana"), goods.lot.removeprefix("hdl:"))
    cy = visit("cy")
    missing = "/recalls/000000000000000000000000"
    for path in ("", "/things?level=lot", f"/customers/{world.cy.prefix}"):
        here, nowhere = cy.get(address + path), cy.get(missing + path)
        assert here.status_code == nowhere.status_code == 404
    for path, data in (("/hold", {"reason": "x"}), ("/release", {"reason": "x"}), ("/trace", {}), ("/end", {"state": "closed", "reason": "x"}), ("/notify", {}), ("/silent", {}), ("/finish", {}), ("/sign", {"role": "x"}), ("/documents", {"kind": "recall-pdf"}), ("/ask", {}), (f"/customers/{world.cy.prefix}", {"state": "notified"})):  # fmt: skip
        assert cy.post(address + path, data).status_code == 404, path
    assert "Swollen" not in cy.get("/recalls").text


def test_an_operator_has_no_recalls_and_an_auditor_only_reads(visit: Visit, goods: Goods) -> None:
    address = begin(visit("ana"), goods.lot.removeprefix("hdl:"))
    operator, auditor = visit("operator"), visit("auditor")
    assert operator.get("/recalls").status_code == 403
    page = auditor.get(address).text
    assert "PO-77" in page
    assert '/hold"' not in page
    assert auditor.post(f"{address}/hold", {"reason": "x"}).status_code == 403


def test_closed_it_stays_to_be_read_and_its_holds_to_be_released(visit: Visit, goods: Goods) -> None:
    ana = visit("ana")
    address = begin(ana, goods.lot.removeprefix("hdl:"))
    ana.post(f"{address}/hold", {"reason": "may swell"})
    assert ana.post(f"{address}/end", {"state": "closed", "reason": "done"}).status_code == 303
    page = ana.get(address).text
    assert "Closed" in page
    assert "Release" in page
    assert ana.post(f"{address}/notify", {}).status_code >= 400
    ana.post(f"{address}/release", {"reason": "tested"})
    assert "may swell" not in ana.get("/holds").text
