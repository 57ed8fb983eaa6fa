"""Print runs, their chunks and labels: rows by key, and the questions that are asked of all labels of a run."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, update
from sqlmodel import Session, col

from app.store import browsing, keyed, plain
from app.store.tables import PrintChunk, PrintPiece, PrintRun, Thing, WatchedFile

WAITING, PRINTED, REPRINTED, APPLIED = "waiting", "printed", "reprinted", "applied"
_INSERT = plain.table_of(PrintPiece).insert()
_OWN = select(col(PrintRun.id)).where(col(PrintRun.organisation_id) == bindparam("company"))
_APPLY = (
    update(PrintPiece)
    .where(
        col(PrintPiece.epc) == bindparam("thing"),
        col(PrintPiece.state) == PRINTED,
        col(PrintPiece.run_id).in_(_OWN),
    )
    .values(state=APPLIED, operator=bindparam("who"), changed=bindparam("moment"))
)


class Wanted(NamedTuple):
    """One label to be printed: of which thing, which of several alike, and what a table says of it."""

    epc: str
    twin: int = 1
    values: Mapping[str, Any] | None = None


class Earlier(NamedTuple):
    """That labels of some things were printed before: how many, and the newest run that did."""

    labels: int
    run_id: int
    operator: str
    moment: datetime


def run(session: Session, run_id: int, *, lock: bool = False) -> PrintRun | None:
    """Locked, it is read anew."""
    query = select(PrintRun).where(col(PrintRun.id) == run_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(query).scalar_one_or_none()


def runs(session: Session, organisation_id: int, limit: int, before: int | None, kind: str) -> list[PrintRun]:
    query = select(PrintRun).where(col(PrintRun.organisation_id) == organisation_id)
    if before is not None:
        query = query.where(col(PrintRun.id) < before)
    if kind:
        query = query.where(col(PrintRun.kind) == kind)
    return list(session.execute(query.order_by(col(PrintRun.id).desc()).limit(limit)).scalars())


# --- things ---


def epcs_minted(session: Session, organisation_id: int, first: int, last: int) -> list[str]:
    """What these entries minted and is not void, in the order in which labels are wanted."""
    query = select(col(Thing.epc)).where(*browsing.minted_conditions(organisation_id, first, last))
    order = (col(Thing.minted_seq), col(Thing.serial), col(Thing.id))
    return list(session.execute(query.order_by(*order)).scalars())


def earlier(session: Session, epcs: Sequence[str], but: int | None = None) -> Earlier | None:
    """Whether labels of these were printed before, or are being printed now, by another run than `but`."""
    found: list[tuple[int, int]] = []
    for chunk in keyed.chunks(epcs):
        query = select(func.count(col(PrintPiece.epc).distinct()), func.max(col(PrintPiece.run_id)))
        query = query.where(col(PrintPiece.epc).in_(chunk))
        if but is not None:
            query = query.where(col(PrintPiece.run_id) != but)
        count, newest = session.execute(query).one()
        if count:
            found.append((count, newest))
    if not found:
        return None
    row = session.get_one(PrintRun, max(newest for _, newest in found))
    return Earlier(sum(count for count, _ in found), row.id or 0, row.operator, row.record_time)


def with_labels(session: Session, epcs: Sequence[str], but: int = 0) -> set[str]:
    """Those of them that have a label already, by another run than `but`."""
    found: set[str] = set()
    for chunk in keyed.chunks(epcs):
        query = select(col(PrintPiece.epc)).where(
            col(PrintPiece.epc).in_(chunk), col(PrintPiece.run_id) != but
        )
        found.update(session.execute(query).scalars())
    return found


def taken(session: Session, run_id: int) -> set[tuple[str, int]]:
    """(epc, twin) of every label of the run that has its row."""
    query = select(col(PrintPiece.epc), col(PrintPiece.twin)).where(col(PrintPiece.run_id) == run_id)
    return {(epc, twin) for epc, twin in session.execute(query)}


# --- pieces ---


def insert_pieces(
    session: Session, run_id: int, first: int, wanted: Sequence[Wanted], *, again: bool
) -> None:
    """Labels from position `first` on. With `again` each is the next copy; else Taken is raised for one that has a
    label already, whoever was faster."""
    copies = _copies(session, [each.epc for each in wanted]) if again else {}
    rows = [
        {
            "run_id": run_id, "position": position, "epc": each.epc, "twin": each.twin,
            "copy_number": copies.get((each.epc, each.twin), 0) + 1,
            "state": WAITING, "reason": "", "values": each.values, "operator": "", "changed": None,
        }
        for position, each in enumerate(wanted, first)
    ]  # fmt: skip
    session.connection().execute(_INSERT, rows)


def _copies(session: Session, epcs: Sequence[str]) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    for chunk in keyed.chunks(list(dict.fromkeys(epcs))):
        query = select(col(PrintPiece.epc), col(PrintPiece.twin), func.max(col(PrintPiece.copy_number)))
        query = query.where(col(PrintPiece.epc).in_(chunk)).group_by(
            col(PrintPiece.epc), col(PrintPiece.twin)
        )
        found |= {(epc, twin): number for epc, twin, number in session.execute(query)}
    return found


def pieces(
    session: Session, run_id: int, first: int, last: int, *, state: str = "", limit: int | None = None
) -> list[PrintPiece]:
    """Those at positions `first` to `last`."""
    query = select(PrintPiece).where(*_between(run_id, first, last))
    if state:
        query = query.where(col(PrintPiece.state) == state)
    return list(session.execute(query.order_by(col(PrintPiece.position)).limit(limit)).scalars())


def pieces_at(session: Session, run_id: int, positions: Iterable[int]) -> list[PrintPiece]:
    found: list[PrintPiece] = []
    for chunk in keyed.chunks(sorted(set(positions))):
        query = select(PrintPiece).where(
            col(PrintPiece.run_id) == run_id, col(PrintPiece.position).in_(chunk)
        )
        found += session.execute(query.order_by(col(PrintPiece.position))).scalars()
    return found


def pieces_of_thing(session: Session, epc: str) -> list[PrintPiece]:
    """All labels of a thing that were ever asked for, the first first."""
    query = select(PrintPiece).where(col(PrintPiece.epc) == epc)
    order = (col(PrintPiece.copy_number), col(PrintPiece.twin))
    return list(session.execute(query.order_by(*order)).scalars())


def counts(session: Session, run_id: int) -> dict[str, int]:
    """How many labels of the run are in which state."""
    query = select(col(PrintPiece.state), func.count()).where(col(PrintPiece.run_id) == run_id)
    return dict(session.execute(query.group_by(col(PrintPiece.state))).all())


def came_out(session: Session, run_id: int, first: int, last: int, by: str, now: datetime) -> None:
    """Labels that were waiting are printed; what they are reprints of has done its time."""
    waiting = (*_between(run_id, first, last), col(PrintPiece.state) == WAITING)
    again = select(col(PrintPiece.twin), col(PrintPiece.epc)).where(*waiting, col(PrintPiece.copy_number) > 1)
    reprinted: dict[int, list[str]] = {}
    for twin, epc in session.execute(again):
        reprinted.setdefault(twin, []).append(epc)
    for twin, epcs in reprinted.items():
        _replace(session, run_id, twin, epcs, now)
    session.execute(update(PrintPiece).where(*waiting).values(state=PRINTED, operator=by, changed=now))
    session.expire_all()


def _replace(session: Session, run_id: int, twin: int, epcs: Sequence[str], now: datetime) -> None:
    for chunk in keyed.chunks(epcs):
        old = (
            col(PrintPiece.epc).in_(chunk),
            col(PrintPiece.twin) == twin,
            col(PrintPiece.run_id) < run_id,
            col(PrintPiece.state) != WAITING,
        )
        session.execute(update(PrintPiece).where(*old).values(state=REPRINTED, changed=now))


def release(session: Session, run_id: int) -> int:
    """Labels that never came out are no labels of this run any more; how many that were."""
    waiting = (col(PrintPiece.run_id) == run_id, col(PrintPiece.state) == WAITING)
    return session.connection().execute(delete(PrintPiece).where(*waiting)).rowcount


def mark_applied(session: Session, epc: str, organisation_id: int, by: str, now: datetime) -> None:
    """A label that its company scans is on its thing; what others scan is theirs to tell. Past the unit of work, since
    every scan asks."""
    session.connection().execute(_APPLY, {"thing": epc, "company": organisation_id, "who": by, "moment": now})


def _between(run_id: int, first: int, last: int) -> tuple[Any, ...]:
    return (col(PrintPiece.run_id) == run_id, col(PrintPiece.position).between(first, last))


# --- chunks ---


def chunks(session: Session, run_id: int) -> list[PrintChunk]:
    query = select(PrintChunk).where(col(PrintChunk.run_id) == run_id).order_by(col(PrintChunk.first))
    return list(session.execute(query.execution_options(populate_existing=True)).scalars())


# --- the watch folder ---


def watched(session: Session, state: str) -> list[WatchedFile]:
    query = select(WatchedFile).where(col(WatchedFile.state) == state).order_by(col(WatchedFile.record_time))
    return list(session.execute(query).scalars())
