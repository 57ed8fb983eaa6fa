"""Things are found by any of their names, and their states come back as they were saved, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, insert
from sqlmodel import Session, select

from app.domain.custody import Balance as Amount
from app.domain.custody import State
from app.domain.identifiers import Identifier, Key
from app.store import items
from app.store.database import Taken, writing
from app.store.tables import Alias, Balance, Edge, Organisation, Product, Thing

NOW = datetime(2026, 5, 20, 8, 30, 0, 123_000, tzinfo=UTC)
PREFIX = "88.118.1001"


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        session.add(Organisation(id=1, prefix=PREFIX, name_zh="安娜", name_en="Ana", record_time=NOW))
        session.flush()
        yield session


def add(session: Session, suffix: str, level: str = "serial", **values: object) -> Thing:
    thing = Thing(epc=f"hdl:{PREFIX}/{suffix}", level=level, organisation_id=1, minted_seq=0, **values)
    session.add(thing)
    session.flush()
    return thing


def add_many(session: Session, count: int) -> list[Thing]:
    things = [
        Thing(epc=f"hdl:{PREFIX}/T-{n}", level="serial", organisation_id=1, minted_seq=0)
        for n in range(count)
    ]
    session.add_all(things)
    session.flush()
    return things


def test_a_thing_is_found_by_its_epc_its_identifier_and_its_alias(session: Session) -> None:
    thing = add(session, "P-1", "logistic")
    sscc = Key("sscc", "369012345000000010")
    session.add(Alias(name=sscc.epc, thing_id=thing.id or 0))
    for name in (thing.epc, Identifier(PREFIX, "P-1"), sscc, sscc.epc):
        assert items.find(session, name) is thing
    assert items.find(session, Identifier(PREFIX, "P-2")) is None
    assert items.of_epcs(session, [sscc.epc, thing.epc, "hdl:88.1.1/NO"]) == {
        sscc.epc: thing,
        thing.epc: thing,
    }


def test_many_more_are_found_than_fit_into_one_question(session: Session) -> None:
    epcs = {thing.epc for thing in add_many(session, 1_201)}
    assert items.of_epcs(session, [*epcs, "hdl:88.1.1/NO"]).keys() == epcs
    assert items.of_epcs(session, []) == {}
    assert len(items.of_ids(session, range(1, 3_000))) == 1_201


def test_a_state_comes_back_as_it_was_saved(session: Session) -> None:
    lot = add(session, "L-1", "lot", unit="KGM", lot="L-1")
    here = Amount(PREFIX, "hdl:88.118.1001/PLANT", quantity=Decimal("12.000001"))
    gone = Amount(PREFIX, "", "88.118.2002", "", PREFIX, Decimal(5))
    state = State(
        "lot", "active", "in_progress", PREFIX, "hdl:88.118.1001/PLANT", "", "88.1.1", "", "", "why: 原因", "KGM", (here, gone), NOW
    )  # fmt: skip
    items.save_states(session, {lot.epc: lot}, items.states_of(session, [lot]), {lot.epc: state}, 7)
    assert items.states_of(session, [lot]) == {lot.epc: state}
    assert (lot.last_seq, lot.last_time) == (7, NOW)


def test_a_balance_of_nothing_is_no_row_and_an_untouched_one_stays(session: Session) -> None:
    lot = add(session, "L-1", "lot")
    amount = Amount(PREFIX, "A", quantity=Decimal(3))
    full = State("lot", balances=(amount,))
    items.save_states(session, {lot.epc: lot}, {}, {lot.epc: full}, 1)
    row = session.exec(select(Balance)).one()
    later = State("lot", held="x", balances=(amount,))
    items.save_states(session, {lot.epc: lot}, {lot.epc: full}, {lot.epc: later}, 2)
    assert session.exec(select(Balance)).one() is row
    items.save_states(session, {lot.epc: lot}, {lot.epc: later}, {lot.epc: State("lot")}, 3)
    assert session.exec(select(Balance)).all() == []


def test_a_place_holds_a_lot_in_one_row(session: Session) -> None:
    lot = add(session, "L-1", "lot")
    row = {
        "thing_id": lot.id,
        "holder": PREFIX,
        "site": "",
        "to": "",
        "container": "",
        "origin": "",
        "quantity": Decimal(1),
    }
    with pytest.raises(Taken), session.begin_nested():
        session.execute(insert(Balance), [row, row])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"level": "lot", "lot": "A"}, {"level": "lot", "lot": "A"}),
        ({"level": "serial", "serial": "1"}, {"level": "serial", "serial": "1"}),
    ],
)
def test_a_lot_or_serial_number_is_one_things_of_a_product(
    session: Session, first: dict[str, str], second: dict[str, str]
) -> None:
    products = [
        Product(organisation_id=1, epc=f"p{n}", part_number=f"P{n}", name_zh="", name_en="", record_time=NOW)
        for n in (1, 2)
    ]
    session.add_all(products)
    session.flush()
    one, other = (product.id for product in products)
    add(session, "A", product_id=one, **first)
    add(session, "B", product_id=other, **second)
    add(session, "C", "serial", product_id=one)
    add(session, "D", "serial", product_id=one)
    with pytest.raises(Taken), session.begin_nested():
        add(session, "E", product_id=one, **second)


def test_contents_go_through_all_layers_pieces_and_lots_alike(session: Session) -> None:
    pallet, box, empty = (add(session, name, "logistic") for name in ("P", "B", "E"))
    piece = add(session, "S", container=box.epc)
    inner = add(session, "I", container=piece.epc)
    lot = add(session, "L", "lot")
    box.container = pallet.epc
    session.add_all([Balance(thing_id=lot.id or 0, container=box.epc, quantity=Decimal(2)), box])
    session.flush()
    assert {thing.epc for thing in items.contents(session, [pallet])} == {
        box.epc,
        piece.epc,
        inner.epc,
        lot.epc,
    }
    assert {thing.epc for thing in items.contents(session, [piece])} == {inner.epc}
    assert items.contents(session, [empty, lot]) == []


def test_the_family_is_all_that_was_ever_around_or_inside_but_not_the_neighbours(session: Session) -> None:
    names = ("pallet", "box", "piece", "part", "neighbour", "source")
    things = {
        name: add(session, name, "logistic" if name in {"pallet", "box"} else "serial") for name in names
    }

    def edge(source: str, target: str, kind: str, undone: int | None = None) -> None:
        session.add(
            Edge(
                source_id=things[source].id or 0,
                target_id=things[target].id or 0,
                kind=kind,
                seq=1,
                undone_seq=undone,
            )
        )

    edge("box", "pallet", "packed")
    edge("piece", "box", "packed", undone=2)
    edge("neighbour", "box", "packed")
    edge("part", "piece", "assembled")
    edge("source", "piece", "consumed")
    session.flush()
    family = {thing.epc.rpartition("/")[2] for thing in items.family(session, [things["piece"]])}
    assert family == {"piece", "box", "pallet", "part"}


def test_the_family_of_a_great_many_things_is_one_question_after_another(session: Session) -> None:
    things = add_many(session, 1_001)
    assert len(items.family(session, things)) == 1_001


def test_a_fresh_state_is_the_one_right_after_minting(session: Session) -> None:
    for level, lifecycle in (
        ("serial", "reserved"),
        ("lot", "reserved"),
        ("logistic", "reserved"),
        ("location", "active"),
        ("process", "active"),
    ):
        (state,) = items.fresh_states(session, [add(session, level, level, unit="H87")]).values()
        holder = "" if level == "process" else PREFIX
        assert (state.lifecycle, state.holder, state.unit, state.balances) == (lifecycle, holder, "H87", ())


def test_times_keep_their_zone_and_their_order(session: Session) -> None:
    early = add(session, "A", last_time=NOW)
    late = add(session, "B", last_time=(NOW + timedelta(milliseconds=1)).astimezone(UTC))
    session.expire_all()
    assert early.last_time == NOW
    assert late.last_time is not None
    assert late.last_time.utcoffset() == timedelta(0)
    assert session.exec(select(Thing.epc).where(Thing.last_time > NOW)).all() == [late.epc]  # type: ignore[operator]
