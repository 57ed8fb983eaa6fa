"""The recursive walk itself, over bare rows: far, wide, round and cut off."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine, insert
from sqlmodel import Session

from app.store import database
from app.store.tables import Edge, Entry, Organisation, Thing
from app.store.walks import closure


@pytest.fixture
def session(engine: Engine, now: datetime) -> Iterator[Session]:
    with database.writing(engine) as session:
        session.add(Organisation(id=1, prefix="88.118.1", name_zh="一", name_en="One", record_time=now))
        session.flush()
        entry = {
            "event_time": now,
            "record_time": now,
            "version": 1,
            "body": "{}",
            "leaf": b"",
            "organisation_id": 1,
        }
        steps = ("assemble", "unpack", "assemble")
        session.execute(
            insert(Entry),
            [entry | {"seq": n, "event_id": f"e{n}", "step": step} for n, step in enumerate(steps)],
        )
        yield session


def add_things(session: Session, count: int) -> None:
    row = {"level": "serial", "organisation_id": 1, "minted_seq": 0}
    session.execute(
        insert(Thing), [row | {"id": n, "epc": f"hdl:88.118.1/T{n}"} for n in range(1, count + 1)]
    )


def tie(
    session: Session, pairs: Iterable[tuple[int, int]], kind: str = "assembled", undone: int | None = None
) -> None:
    rows = [{"source_id": a, "target_id": b, "kind": kind, "seq": 0, "undone_seq": undone} for a, b in pairs]
    session.execute(insert(Edge), rows)


def test_up_and_down_are_walked_apart(session: Session) -> None:
    add_things(session, 5)
    tie(session, [(1, 3), (2, 3), (3, 4), (5, 4)])
    assert closure(session, 3, "up").ids == {1, 2, 3}
    assert closure(session, 3, "down").ids == {3, 4}  # 5 went into the same whole: no relation


def test_a_thing_without_relations_is_alone(session: Session) -> None:
    add_things(session, 1)
    assert closure(session, 1, "up").ids == {1}
    assert closure(session, 1, "up").edges == ()


def test_a_diamond_is_visited_once_and_a_circle_ends(session: Session) -> None:
    add_things(session, 4)
    tie(session, [(1, 2), (1, 3), (2, 4), (3, 4), (4, 1)])
    found = closure(session, 1, "down")
    assert found.ids == {1, 2, 3, 4}
    assert len(found.edges) == 5


def test_undone_ties_are_marked_and_only_withdrawn_ones_are_mistakes(session: Session) -> None:
    add_things(session, 3)
    tie(session, [(1, 2)], "packed", undone=1)
    tie(session, [(2, 3)], "assembled", undone=2)
    found = {edge.target: edge for edge in closure(session, 1, "down").edges}
    assert [(found[key].undone, found[key].mistaken) for key in (2, 3)] == [(True, False), (True, True)]


def test_a_walk_of_more_than_twenty_thousand_things_is_cut_and_says_so(session: Session) -> None:
    add_things(session, 20_200)
    tie(session, [(1, n) for n in range(2, 20_201)])
    found = closure(session, 1, "down")
    assert found.truncated
    assert len(found.ids) == 20_000
    assert all(edge.source in found.ids and edge.target in found.ids for edge in found.edges)
    assert not closure(session, 1, "down", limit=20_200).truncated


def test_a_deep_chain_is_walked_to_its_end(session: Session) -> None:
    add_things(session, 3_000)
    tie(session, [(n, n + 1) for n in range(1, 3_000)])
    assert len(closure(session, 3_000, "up").ids) == 3_000
    cut = closure(session, 3_000, "up", limit=100)
    assert cut.ids == set(range(2_901, 3_001))
    assert cut.truncated
