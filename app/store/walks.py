"""Recursive walks over the genealogy: all that a thing came from, or all that it went into. Upstream and downstream are
walked separately; down and then up again would bring in every neighbour of every neighbour."""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import repeat
from typing import Any

from sqlalchemy import Integer, TextClause, bindparam, select, text
from sqlmodel import Session, col

from app.domain.genealogy import Direction, Moment, Tie
from app.store import database, keyed
from app.store.ready import Ready
from app.store.tables import Edge, Entry
from app.store.types import amount

LIMIT = 20_000
TAKEN_APART = {"unpack", "observe"}  # what ends a tie with another step is a declaration that it never was


@dataclass(frozen=True, slots=True)
class Closure:
    """`ids` holds the start as well. `truncated`: there is more behind the nearest `limit` things."""

    ids: frozenset[int]
    edges: tuple[Tie, ...]
    truncated: bool = False


def closure(
    session: Session, thing_id: int | Collection[int], direction: Direction, limit: int = LIMIT
) -> Closure:
    """Edges that were undone are among them, marked. At most `limit` things, nearest first."""
    starts = [thing_id] if isinstance(thing_id, int) else sorted(thing_id)
    ask = _layers if database.is_sqlite(session) else _recursion
    rows = ask(session, starts, direction, limit + len(starts))
    if not rows:
        return Closure(frozenset(starts), ())
    rows.sort()  # by entry, and within it as they were recorded
    _, _, sources, targets, *_ = columns = list(zip(*rows, strict=True))
    ends = frozenset(starts).union(sources, targets)
    ties = _ties(session, columns)
    return Closure(ends, tuple(ties)) if len(ends) <= limit else _nearest(starts, ties, direction, limit)


def _ties(session: Session, columns: Sequence[Sequence[Any]]) -> list[Tie]:
    seqs, _, sources, targets, kinds, quantities, undone = columns
    since = _moments(session, set(seqs))
    amounts: dict[int | None, Decimal | None] = {
        each: None if each is None else amount(each) for each in set(quantities)
    }
    ends, withdrawals = _ends(session, {each for each in undone if each is not None})
    rows = zip(
        sources,
        targets,
        kinds,
        [amounts[each] for each in quantities],
        [since[each] for each in seqs],
        [ends.get(each) for each in undone] if ends else repeat(None, len(seqs)),
        [each in withdrawals for each in undone] if ends else repeat(False, len(seqs)),
        strict=True,
    )
    return list(map(_tie, rows))


_tie: Callable[[Iterable[Any]], Tie] = partial(tuple.__new__, Tie)  # as Tie._make, in half the time


def _layers(session: Session, starts: list[int], direction: Direction, most: int) -> list[Any]:
    """Of the `most` nearest things, a statement for each layer: where no statement travels to another process, that is
    faster than a recursion and reading the rows that it came by once more."""
    there = _ROW.index("source_id" if direction == "up" else "target_id")
    rows: list[Any] = []
    layer, seen = starts, set(starts)
    while layer:
        layer, most = layer[:most], most - len(layer[:most])
        found = [
            row for chunk in keyed.chunks(layer, 512) for row in _NEXT[direction].rows(session, ids=chunk)
        ]
        rows += found
        layer = sorted({row[there] for row in found} - seen)
        seen.update(layer)
    return rows


def _recursion(session: Session, starts: list[int], direction: Direction, most: int) -> list[Any]:
    """The same in one statement; the recursion is on the id alone, since carrying a depth costs a visit per path, not
    per thing."""
    if len(starts) == 1:
        return _WALKS[direction].rows(session, start=starts[0], limit=most)
    wanted = {"starts": starts or [0], "limit": most}
    with session.connection().execute(_MANY[direction], wanted) as found:
        return list(found.cursor.fetchall())  # as the driver has them: rows of a thousand add up


def _walk(direction: Direction, first: str) -> TextClause:
    here, there = ("target_id", "source_id") if direction == "up" else ("source_id", "target_id")
    return text(
        f"""WITH RECURSIVE walk(id) AS (
          {first} UNION SELECT {there} FROM edge JOIN walk ON {here} = walk.id
        ), nearest AS (SELECT id FROM walk LIMIT :limit)
        SELECT {", ".join(f"e.{name}" for name in _ROW)}
        FROM nearest JOIN edge e ON e.{here} = nearest.id"""
    )  # the database stops the recursion at the limit


_ROW = ("seq", "id", "source_id", "target_id", "kind", "quantity", "undone_seq")
_DIRECTIONS: tuple[Direction, Direction] = ("up", "down")
_WALKS = {each: Ready(_walk(each, "SELECT CAST(:start AS BIGINT)")) for each in _DIRECTIONS}
_MANY = {
    each: _walk(each, "SELECT id FROM thing WHERE id IN :starts").bindparams(
        bindparam("starts", type_=Integer(), expanding=True, literal_execute=True)
    )
    for each in _DIRECTIONS
}
_NEXT = {
    each: Ready(
        select(*(col(getattr(Edge, name)) for name in _ROW)).where(
            (col(Edge.target_id) if each == "up" else col(Edge.source_id)).in_(
                bindparam("ids", expanding=True)
            )
        ),
        "ids",
    )
    for each in _DIRECTIONS
}
_ENTRIES = Ready(
    select(col(Entry.seq), col(Entry.event_time), col(Entry.step)).where(
        col(Entry.seq).in_(bindparam("seqs", expanding=True))
    ),
    "seqs",
)


def _entries(session: Session, seqs: set[int]) -> Iterator[tuple[int, str, str]]:
    for chunk in keyed.chunks(sorted(seqs), 512):
        yield from _ENTRIES.rows(session, seqs=chunk)


def _moments(session: Session, seqs: set[int]) -> dict[int, Moment]:
    """Asked for apart: a run makes several ties, and each would read its entry again."""
    return {seq: (datetime.fromisoformat(moment), seq) for seq, moment, _ in _entries(session, seqs)}


def _ends(session: Session, seqs: set[int]) -> tuple[dict[int, Moment], set[int]]:
    """When the entries that ended something happened, and which of them only say that it never was. Few ever do."""
    moments: dict[int, Moment] = {}
    withdrawals: set[int] = set()
    for seq, moment, step in _entries(session, seqs):
        moments[seq] = (datetime.fromisoformat(moment), seq)
        if step not in TAKEN_APART:
            withdrawals.add(seq)
    return moments, withdrawals


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
