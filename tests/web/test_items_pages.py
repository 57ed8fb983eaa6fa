"""Minting and listing things on pages: what was typed stays, what is wrong is said at its field, in both languages."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlmodel import col

from app.services.authenticating import sign_out_everywhere
from app.store.database import reading, writing
from app.store.tables import Entry, Job, Thing
from tests.support.floor import Floor, assert_sentence
from tests.support.pages import Document
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
LANGUAGES = ("en", "zh")


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Callable[[], Any]) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


@pytest.fixture
def ana(visit: Visit, floor: Floor) -> Visitor:
    visitor = visit("ana")
    visitor.get("/items/mint")
    return visitor


def count(floor: Floor, table: type = Thing, **values: str) -> int:
    query = select(func.count()).select_from(table)
    for name, value in values.items():
        query = query.where(getattr(table, name) == value)
    with reading(floor.engine) as session:
        return int(session.execute(query).scalar_one())


def mint(visitor: Visitor, language: str = "en", **values: str) -> Any:
    return visitor.post(f"/items/mint?lang={language}", {"level": "serial", "count": "1"} | values)


def test_pieces_are_minted_and_shown_with_a_way_to_their_labels(ana: Visitor, floor: Floor) -> None:
    answer = mint(ana, product=floor.products["MOD-1"], count="12", serial_start="SN-0001")
    assert answer.status_code == 303
    page = ana.follow(answer).text
    assert "12 identifiers minted." in page
    assert "SN-0001" in page
    assert "SN-0012" in page
    batch = answer.headers["Location"].partition("batch=")[2]
    assert f"/labels?batch={batch}" in Document.of(page).links("/items")
    assert count(floor, level="serial", lifecycle="reserved") == 12


def test_a_lot_and_a_pallet_are_minted_from_the_same_form(ana: Visitor, floor: Floor) -> None:
    lot = mint(
        ana,
        level="lot",
        product=floor.products["POW-1"],
        lot="P26-0001",
        produced_on="2026-05-01",
        activate_at=floor.places["plant"],
        quantity="500.5",
    )
    page = ana.follow(lot).text
    assert "1 identifier minted." in page
    assert "P26-0001" in page
    assert "500.5" in page
    assert mint(ana, level="logistic", count="3").status_code == 303
    assert count(floor, level="logistic") == 3
    assert count(floor, level="lot", lifecycle="active") == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", ["0", "-1", "10000000", "1.5", "eleven", "1e9", "９" * 30])
def test_an_impossible_number_is_refused_in_words_and_nothing_is_minted(
    ana: Visitor, floor: Floor, number: str, language: str
) -> None:
    before = count(floor)
    answer = mint(ana, language, product=floor.products["MOD-1"], count=number, serial_start="SN-0001")
    assert 400 <= answer.status_code < 500
    (said,) = Document.of(answer.text).complaints
    assert_sentence(said, language)
    assert 'value="SN-0001"' in answer.text  # what was typed is still there
    assert count(floor) == before
    assert count(floor, Job) == 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "values",
    [
        {"product": ""},
        {"product": "hdl:88.118.1002/NOT-OURS"},
        {"product": "powder"},  # traced by lot
        {"level": "lot", "product": "powder"},  # without its number
        {"level": "lot", "product": "powder", "lot": "L1", "activate_at": "plant"},  # without its quantity
        {"level": "lot", "product": "powder", "lot": "L1", "activate_at": "plant", "quantity": "much"},
        {"level": "lot", "product": "powder", "lot": "L1", "activate_at": "plant", "quantity": "-5"},
        {"level": "lot", "product": "powder", "lot": "L1", "activate_at": "plant", "quantity": "NaN"},
        {"level": "lot", "product": "powder", "lot": "L1", "activate_at": "plant", "quantity": "1e400"},
        {"level": "lot", "product": "powder", "lot": "x" * 90},
        {"level": "car"},
        {"serial_start": "no number at its end"},
        {"produced_on": "2026-02-30"},
        {"produced_on": "1026-02-01"},
        {"produced_on": "2026-05-02", "expires_on": "2026-05-01"},
        {"activate_at": "yard"},  # Cy's
    ],
    ids=str,
)
def test_what_cannot_be_minted_is_refused_in_words(
    ana: Visitor, floor: Floor, values: dict[str, str], language: str
) -> None:
    before = count(floor), count(floor, Entry)
    named = {"powder": floor.products["POW-1"]} | floor.places
    sent = {"product": floor.products["MOD-1"]} | {
        name: named.get(text, text) for name, text in values.items()
    }
    answer = mint(ana, language, **sent)
    assert 400 <= answer.status_code < 500
    said = Document.of(answer.text).complaints
    assert said
    for sentence in said:
        assert_sentence(sentence, language)
    assert (count(floor), count(floor, Entry)) == before


def test_a_number_that_is_taken_is_refused_and_another_lot_is_not(ana: Visitor, floor: Floor) -> None:
    powder = {"level": "lot", "product": floor.products["POW-1"]}
    assert mint(ana, **powder, lot="L-1").status_code == 303
    again = mint(ana, **powder, lot="Ｌ-1")  # the same in full width
    assert again.status_code == 409
    assert "in use already" in Document.of(again.text).complaints[0]
    assert mint(ana, **powder, lot="L-2").status_code == 303


def test_many_are_minted_by_a_job(ana: Visitor, floor: Floor) -> None:
    answer = mint(ana, product=floor.products["MOD-1"], count="2001", produced_on="2026-05-01")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/jobs/")
    assert count(floor, Job, kind="mint", state="queued") == 1
    assert count(floor, level="serial") == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_session_that_ended_amid_a_form_leaves_nothing_half_done(
    ana: Visitor, floor: Floor, world: Tenants, clock: Any, language: str
) -> None:
    before = count(floor), count(floor, Entry)
    with writing(floor.engine) as session:
        sign_out_everywhere(session, world.ana, clock())
    answer = mint(ana, language, product=floor.products["MOD-1"], count="5")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in")
    page = ana.get(f"/sign-in?lang={language}").text
    assert Document.of(page).faults == []
    assert (count(floor), count(floor, Entry)) == before


def test_a_session_that_ran_out_is_no_session(ana: Visitor, floor: Floor, clock: Any) -> None:
    clock.pass_by(hours=13)
    assert mint(ana, product=floor.products["MOD-1"]).status_code == 302
    assert count(floor, level="serial") == 0


def test_the_list_shows_a_page_at_a_time_newest_first(ana: Visitor, floor: Floor) -> None:
    pieces = floor.pieces(120)
    seen: list[str] = []
    path = "/items?level=serial"
    while path:
        page = Document.of(ana.get(path).text)
        seen += [code.text for code in page.all("code") if "td" in code.inside]
        path = next(
            (link.attributes["href"] for link in page.all("a") if link.attributes.get("rel") == "next"), ""
        )
    assert sorted(seen) == sorted(pieces)
    assert len(seen) == 120


def test_the_list_can_be_narrowed_to_a_kind_a_product_and_a_state(ana: Visitor, floor: Floor) -> None:
    active, (waiting,) = floor.pieces(2), floor.reserved()
    lot, (pallet,) = floor.lot("L-1", "5"), floor.units()

    def shown(query: str) -> set[str]:
        page = Document.of(ana.get(f"/items?{query}").text)
        return {code.text for code in page.all("code") if "td" in code.inside}

    assert shown("") == {*active, waiting, lot, pallet}
    assert shown("level=lot") == {lot}
    assert shown("level=logistic") == {pallet}
    assert shown("lifecycle=reserved&level=serial") == {waiting}
    assert shown("level=nonsense&lifecycle=nonsense") == set()
    with reading(floor.engine) as session:
        product_id = session.execute(
            select(col(Thing.product_id)).where(Thing.epc == f"hdl:{lot}")
        ).scalar_one()
    assert shown(f"product={product_id}") == {lot}


def test_void_takes_an_identifier_out_of_use_for_ever(ana: Visitor, floor: Floor) -> None:
    (piece,) = floor.reserved()
    answer = ana.post("/items/void", {"epc": piece, "reason": "spoilt", "next": "/items"})
    assert f"{piece} is void now." in ana.follow(answer).text
    assert count(floor, lifecycle="void") == 1
    assert ana.post("/items/void", {"epc": piece, "reason": "again"}).status_code == 422
    assert ana.get(f"/labels?id={piece}").status_code == 422


@pytest.mark.parametrize(
    ("role", "listed", "minted", "voided"),
    [
        ("operator", 403, 403, 403),
        ("auditor", 200, 403, 403),
        ("supplier", 200, 303, 403),
        ("manager", 200, 303, 403),
        ("administrator", 200, 303, 303),
    ],
)
def test_each_role_may_do_what_it_is_for(
    visit: Visit, floor: Floor, role: str, listed: int, minted: int, voided: int
) -> None:
    (piece,) = floor.reserved()
    visitor = visit("ana" if role == "administrator" else role)
    assert visitor.get("/items").status_code == listed
    assert mint(visitor, product=floor.products["MOD-1"]).status_code == minted
    assert visitor.post("/items/void", {"epc": piece, "reason": "spoilt"}).status_code == voided


def test_a_form_that_was_open_before_the_last_sign_in_is_refused_and_changes_nothing(
    ana: Visitor, floor: Floor
) -> None:
    stale = ana.token
    ana.client.delete_cookie("suyuan")
    assert ana.sign_in("ana").status_code == 303
    answer = ana.client.post(
        "/items/mint",
        data={"csrf_token": stale, "level": "serial", "count": "1", "product": floor.products["MOD-1"]},
    )
    assert answer.status_code == 400
    assert "nothing was changed" in answer.text
    assert count(floor, level="serial") == 0
