"""Recursive walks over the genealogy: all that a thing came from, or all that it went into. Upstream and downstream are
walked separately; down and then up again would bring in every neighbour of every neighbour."""

from collections import defaultdict, deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Integer, bindparam, literal, select, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.genealogy import Direction, Moment, Tie
from app.store.tables import Edge, Entry, Thing

LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Closure:
    """`ids` holds the start as well. `truncated`: there is more behind the nearest `limit` things."""

    ids: frozenset[int]
    edges: tuple[Tie, ...]
    truncated: bool = False


def closure(
    session: Session, thing_id: int | Collection[int], direction: Direction, limit: int = LIMIT
) -> Closure:
    """One statement; the recursion is on the id alone, since carrying a depth costs a visit per path, not per thing.

    Edges that were undone are among them, marked. At most `limit` things, nearest first.
    """
    here, there = (Edge.target_id, Edge.source_id) if direction == "up" else (Edge.source_id, Edge.target_id)
    starts = [thing_id] if isinstance(thing_id, int) else sorted(thing_id)
    first = (
        select(literal(thing_id).label("id"))
        if isinstance(thing_id, int)
        else select(col(Thing.id).label("id")).where(col(Thing.id).in_(_ids(starts)))
    )
    walk = first.cte("walk", recursive=True)
    walk = walk.union(select(col(there)).join(walk, col(here) == walk.c.id))
    nearest = (
        select(walk.c.id).limit(limit + 1).subquery("nearest")
    )  # both databases stop the recursion there
    begun, ended = aliased(Entry), aliased(Entry)
    rows = session.execute(
        select(
            col(Edge.source_id), col(Edge.target_id), col(Edge.kind), col(Edge.quantity), col(Edge.seq),
            col(Edge.undone_seq), col(begun.event_time), col(ended.event_time), col(ended.step),
        )
        .join(nearest, col(here) == nearest.c.id)
        .join(begun, col(begun.seq) == col(Edge.seq))
        .outerjoin(ended, col(ended.seq) == col(Edge.undone_seq))
        .order_by(col(Edge.seq), col(Edge.id))
    )  # fmt: skip
    ties = [
        Tie(
            source,
            target,
            kind,
            quantity,
            (since, seq),
            _until(until, undone_seq),
            bool(step) and step != "unpack",
        )
        for source, target, kind, quantity, seq, undone_seq, since, until, step in rows
    ]
    return _nearest(starts, ties, direction, limit)


_MATERIAL = "kind IN ('consumed', 'produced', 'assembled') AND undone_seq IS NULL"
_FEEDS = text(f"SELECT 1 FROM edge WHERE source_id IN :goals AND {_MATERIAL} LIMIT 1").bindparams(
    bindparam("goals", expanding=True)
)
_ANCESTOR = text(
    f"""WITH RECURSIVE up(id) AS (
      SELECT source_id FROM edge WHERE target_id IN :starts AND {_MATERIAL}
      UNION SELECT source_id FROM edge JOIN up ON target_id = up.id WHERE {_MATERIAL}
    ) SELECT id FROM up WHERE id IN :goals LIMIT 1"""
).bindparams(bindparam("starts", expanding=True), bindparam("goals", expanding=True))


def ancestor_among(session: Session, starts: Collection[int], goals: Collection[int]) -> int | None:
    """One of `goals` that a start was made from, through what was used up, produced and built in; None where there is
    none. A goal that feeds nothing yet, which nearly all do, costs one look at an index."""
    if not starts or not goals:
        return None
    sources = {"goals": sorted(goals)}
    if session.connection().execute(_FEEDS, sources).first() is None:
        return None
    found = session.connection().execute(_ANCESTOR, {"starts": sorted(starts), **sources}).scalar()
    return int(found) if found is not None else None


def _until(moment: datetime | None, seq: int | None) -> Moment | None:
    return (moment, seq) if moment is not None and seq is not None else None


def _ids(values: Collection[int]) -> BindParameter[Any]:
    """Written into the statement: a database allows only so many parameters."""
    return bindparam("starts", list(values), type_=Integer(), expanding=True, literal_execute=True)


def _nearest(starts: Collection[int], ties: list[Tie], direction: Direction, limit: int) -> Closure:
    """Cuts at exactly `limit` things, counted from the start outwards."""
    after: dict[int, list[int]] = defaultdict(list)
    for tie in ties:
        here, there = (tie.target, tie.source) if direction == "up" else (tie.source, tie.target)
        after[here].append(there)
    found, queue, truncated = set(starts), deque(starts), False
    while queue:
        for key in after[queue.popleft()]:
            if key in found:
                continue
            if len(found) >= limit:
                truncated = True
                continue
            found.add(key)
            queue.append(key)
    kept = (
        tuple(tie for tie in ties if tie.source in found and tie.target in found)
        if truncated
        else tuple(ties)
    )
    return Closure(frozenset(found), kept, truncated)
