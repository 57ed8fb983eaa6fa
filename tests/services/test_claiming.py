"""Blank labels: minted ahead, claimed for something once, and the same in every rebuild."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from app.errors import Conflict, Forbidden, Malformed, Refused, TraceError, Unknown
from app.services import certifying, claiming, exporting, minting, rebuilding
from app.services.capturing import correct
from app.services.cards import Card
from app.services.claiming import Claim
from app.services.mint_requests import MintRequest
from app.store.database import reading, writing
from app.store.tables import Alias
from tests.support.history import rows_of
from tests.support.world import World


def blanks(world: World, count: int = 1) -> list[str]:
    with writing(world.engine) as session:
        return minting.mint(session, world.ana, MintRequest("blank", count), world.tick())


def claimed(world: World, epc: str, product: str = "", *, by: str = "bo", **more: object) -> Card:
    wanted = Claim(epc, world.at.get(product, ""), **more)  # type: ignore[arg-type]
    with writing(world.engine) as session:
        return claiming.claim(session, world.who(by), wanted, world.tick())


def test_a_blank_becomes_a_piece_and_goes_on_like_any_other(world: World) -> None:
    (epc,) = blanks(world)
    refused = world.scan("commission", epc)
    assert (refused.colour, refused.code) == ("red", "blank-label")
    card = claimed(world, epc, "module", serial="SN-7", lot="L-1", produced_on=date(2026, 5, 1))
    assert (card.level, card.serial, card.lot, card.lifecycle, card.title_en) == (
        "serial", "SN-7", "L-1", "reserved", "module"
    )  # fmt: skip
    assert world.scan("commission", epc).colour == "green"
    assert world.scan("move", epc, at="store").colour == "green"


def test_a_blank_becomes_a_lot_in_use_where_it_is_claimed(world: World) -> None:
    (epc,) = blanks(world)
    card = claimed(world, epc, "powder", lot="L-9", quantity=Decimal("12.5"), place=world.at["plant"])
    assert (card.level, card.lot, card.lifecycle, card.quantity) == ("lot", "L-9", "active", Decimal("12.5"))
    with pytest.raises(Conflict) as taken:
        claimed(world, blanks(world)[0], "powder", lot="L-9")
    assert taken.value.code == "identifier-taken"


def test_a_carton_needs_no_product(sqlite_world: World) -> None:
    card = claimed(sqlite_world, blanks(sqlite_world)[0])
    assert card.level == "logistic"
    assert "pack" in card.next_steps


def test_a_carton_gets_an_sscc_like_one_that_was_minted(world: World) -> None:
    (epc,) = blanks(world)
    claimed(world, epc)
    with reading(world.engine) as session:
        (alias,) = session.exec(select(Alias)).all()
    assert alias.name.rpartition("/")[2].startswith("36901234")
    assert world.scan("commission", alias.name).item["identifier"] == epc.removeprefix("hdl:")


def test_a_label_is_claimed_once_and_only_by_those_whose_it_is(sqlite_world: World) -> None:
    world, (epc,) = sqlite_world, blanks(sqlite_world)
    for who in ("dee", "cy"):
        with pytest.raises(Unknown):
            claimed(world, epc, by=who)
    claimed(world, epc, "module")
    with pytest.raises(Refused) as refused:
        claimed(world, epc, "pack")
    assert refused.value.code == "already-claimed"
    with pytest.raises(Refused):
        claimed(world, world.piece(), "pack")
    with pytest.raises(Forbidden), writing(world.engine) as session:
        minting.mint(session, world.bo, MintRequest("blank"), world.tick())


@pytest.mark.parametrize(
    ("product", "more", "code"),
    [
        ("powder", {}, "lot-missing"),
        ("powder", {"lot": "L", "serial": "S"}, "serial-of-a-lot"),
        ("", {"serial": "S"}, "product-missing"),
        ("car", {}, "unknown-product"),
        ("module", {"serial": "S\nX"}, "bad-number"),
    ],
)
def test_what_a_thing_cannot_be_is_refused_and_leaves_it_blank(
    sqlite_world: World, product: str, more: dict[str, str], code: str
) -> None:
    (epc,) = blanks(sqlite_world)
    with pytest.raises(TraceError) as refused:
        claimed(sqlite_world, epc, product, **more)
    assert refused.value.code == code
    assert sqlite_world.thing(epc).level == "blank"


def test_a_blank_with_a_place_but_a_number_taken_writes_nothing(sqlite_world: World) -> None:
    world = sqlite_world
    claimed(world, blanks(world)[0], "module", serial="S-1")
    (epc,) = blanks(world)
    size = world.size()
    with pytest.raises(Conflict):
        claimed(world, epc, "module", serial="S-1", place=world.at["plant"])
    assert (world.size(), world.thing(epc).level) == (size, "blank")


def test_what_labels_were_claimed_for_is_rebuilt_from_the_log_and_from_an_export(
    world: World, empty_engine: Engine, keys: Path
) -> None:
    world.described("module")
    piece, lot, carton, _ = blanks(world, 4)
    claimed(world, carton)
    claimed(world, piece, "module", serial="SN-1", values={"chemistry": "LFP"})
    claimed(world, lot, "powder", lot="L-2", quantity=Decimal(5), place=world.at["plant"])
    world.do("commission", piece)
    sent = world.request("inspect", piece, result="pass")
    world.do("move", piece, at="store")
    assert world.send(sent).colour == "amber"  # late: the history of the piece is folded anew
    with writing(world.engine) as session:
        certifying.checkpoint(session, keys, "trace.example/log", world.now)
    with reading(world.engine) as session:
        before = rows_of(session)
        lines = list(exporting.export(session, certifying.verifier_key(keys, "trace.example/log"), world.now))
    for engine, given in ((world.engine, None), (empty_engine, lines)):
        with writing(engine) as session:
            rebuilding.rebuild(session, given)
        with reading(engine) as session:
            assert rows_of(session) == before


def test_a_claim_stays(sqlite_world: World) -> None:
    (epc,) = blanks(sqlite_world)
    claimed(sqlite_world, epc, "module")
    with writing(sqlite_world.engine) as session, pytest.raises(Refused) as refused:
        correct(session, sqlite_world.size() - 1, sqlite_world.ana, sqlite_world.tick(), "did_not_occur")
    assert refused.value.code == "claim-stays"


def test_a_blank_has_no_number_and_is_nowhere(sqlite_world: World) -> None:
    for more in ({"lot": "L"}, {"serial_start": "S-1"}, {"activate_at": sqlite_world.at["plant"]}):
        with pytest.raises(Malformed), writing(sqlite_world.engine) as session:
            minting.mint(session, sqlite_world.ana, MintRequest("blank", **more), sqlite_world.tick())  # type: ignore[arg-type]
