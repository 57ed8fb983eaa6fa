"""Rows of what is filed: the line of changes, the data sets as they are now, who files to us and to whom we file."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

from sqlalchemy import delete, func, select, tuple_, update
from sqlmodel import Session, col

from app.store.tables import (
    FaultEvent,
    FilingCapture,
    FilingChange,
    FilingRow,
    FilingSource,
    FilingStream,
    FilingTarget,
    RoundTurn,
)

# --- rounds ---


def note_turn(session: Session, name: str, now: datetime, code: str, error: str) -> None:
    row = session.get(RoundTurn, name) or RoundTurn(name=name, time=now)
    row.time, row.error_code, row.error = now, code, error
    if not code:
        row.well_time = now
    session.add(row)
    session.flush()


def turns(session: Session) -> Sequence[RoundTurn]:
    return session.execute(select(RoundTurn).order_by(col(RoundTurn.name))).scalars().all()


# --- the line of changes ---


def stream(session: Session) -> FilingStream | None:
    """This node's own line, locked until the transaction ends: whoever adds to it does so alone."""
    query = select(FilingStream).where(col(FilingStream.id) == 1).with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def peek_stream(session: Session) -> FilingStream | None:
    """The same, only read."""
    return session.get(FilingStream, 1)


def begin_stream(session: Session, name: str) -> FilingStream:
    row = FilingStream(id=1, stream=name)
    session.add(row)
    session.flush()
    return row


def begin_again(session: Session, row: FilingStream, name: str) -> None:
    """A new line in place of one that the node above knows more of than we do. Its numbers begin at 1."""
    before = row.stream
    row.stream, row.before, row.seq = name, before, 0
    session.add(row)
    session.execute(delete(FilingChange))
    session.execute(update(FilingRow).where(col(FilingRow.stream) == before).values(stream=name))
    session.flush()


def add_change(session: Session, change: FilingChange) -> None:
    session.add(change)


def changes(session: Session, after: int, limit: int) -> Sequence[FilingChange]:
    query = select(FilingChange).where(col(FilingChange.seq) > after).order_by(col(FilingChange.seq))
    return session.execute(query.limit(limit)).scalars().all()


def floor(session: Session, line: FilingStream) -> int:
    """The number behind which our line is still there; what was before it was acknowledged long ago."""
    first = session.execute(select(func.min(col(FilingChange.seq)))).scalar()
    return line.seq if first is None else int(first) - 1


def drop_changes(session: Session, last: int, before: datetime, limit: int) -> int:
    """Drops the first so many changes, up to number `last`, noted before a moment; how many there were."""
    query = select(col(FilingChange.seq), col(FilingChange.time)).where(col(FilingChange.seq) <= last)
    found = session.execute(query.order_by(col(FilingChange.seq)).limit(limit)).all()
    seqs = [int(seq) for seq, _ in takewhile(lambda row: row[1] < before, found)]
    if seqs:  # without a gap
        session.execute(delete(FilingChange).where(col(FilingChange.seq) <= seqs[-1]))
    return len(seqs)


def captured(session: Session, dataset: str) -> FilingCapture | None:
    return session.get(FilingCapture, dataset)


def note_capture(session: Session, dataset: str, now: datetime, cursor: int) -> None:
    row = session.get(FilingCapture, dataset) or FilingCapture(dataset=dataset, time=now)
    row.time, row.cursor = now, cursor
    session.add(row)
    session.flush()


# --- the data sets as they are ---


def row(session: Session, zone: str, stream: str, dataset: str, key: str) -> FilingRow | None:
    return session.get(FilingRow, (zone, stream, dataset, key))


def rows_of(session: Session, zone: str, stream: str, dataset: str) -> dict[str, FilingRow]:
    """By key: of one author's line, those that are not withdrawn."""
    mine = (col(FilingRow.zone) == zone, col(FilingRow.stream) == stream, col(FilingRow.dataset) == dataset)
    query = select(FilingRow).where(*mine, col(FilingRow.gone).is_(False))
    return {each.key: each for each in session.execute(query).scalars()}


def rows_since(session: Session, dataset: str, key: str) -> Sequence[FilingRow]:
    """Of all lines, with keys from this one on; for sets whose keys begin with the day."""
    query = select(FilingRow).where(
        col(FilingRow.dataset) == dataset, col(FilingRow.key) >= key, col(FilingRow.gone).is_(False)
    )
    return session.execute(query.order_by(col(FilingRow.key), col(FilingRow.zone))).scalars().all()


def put(session: Session, new: FilingRow) -> None:
    session.merge(new)


def all_rows(session: Session, stream: str) -> Sequence[FilingRow]:
    """Every row of one line that is not withdrawn, for a node above that begins anew."""
    query = select(FilingRow).where(col(FilingRow.stream) == stream, col(FilingRow.gone).is_(False))
    order = (col(FilingRow.dataset), col(FilingRow.zone), col(FilingRow.key))
    return session.execute(query.order_by(*order)).scalars().all()


def gone_below(session: Session, own: str) -> Sequence[FilingRow]:
    """Every row that others filed with us and withdrew."""
    query = select(FilingRow).where(col(FilingRow.stream) != own, col(FilingRow.gone).is_(True))
    return session.execute(query.order_by(col(FilingRow.stream), col(FilingRow.key))).scalars().all()


def rows_below(session: Session, own: str) -> Sequence[FilingRow]:
    """Every row that others filed with us and did not withdraw."""
    query = select(FilingRow).where(col(FilingRow.stream) != own, col(FilingRow.gone).is_(False))
    return session.execute(query.order_by(col(FilingRow.stream), col(FilingRow.key))).scalars().all()


def count_rows(session: Session) -> dict[str, int]:
    """Rows of each data set that are not withdrawn."""
    query = select(col(FilingRow.dataset), func.count()).where(col(FilingRow.gone).is_(False))
    return {name: int(count) for name, count in session.execute(query.group_by(col(FilingRow.dataset)))}


def page_of(session: Session, dataset: str, after: tuple[str, str, str], limit: int) -> Sequence[FilingRow]:
    """One data set by key, zone and line, from behind the row of these three on."""
    columns = (col(FilingRow.key), col(FilingRow.zone), col(FilingRow.stream))
    query = select(FilingRow).where(col(FilingRow.dataset) == dataset, col(FilingRow.gone).is_(False))
    if any(after):
        query = query.where(tuple_(*columns) > tuple_(*after))
    return session.execute(query.order_by(*columns).limit(limit)).scalars().all()


# --- who files to us, to whom we file ---


def source(session: Session, zone: str, stream: str) -> FilingSource | None:
    """Locked until the transaction ends: two pushes of one line are taken one after the other."""
    mine = (col(FilingSource.zone) == zone, col(FilingSource.stream) == stream)
    query = select(FilingSource).where(*mine).with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def sources(session: Session) -> Sequence[FilingSource]:
    query = select(FilingSource).order_by(col(FilingSource.zone), col(FilingSource.first_time))
    return session.execute(query).scalars().all()


def count_sources(session: Session, zone: str) -> int:
    query = select(func.count()).select_from(FilingSource).where(col(FilingSource.zone) == zone)
    return int(session.execute(query).scalar_one())


def forget_rows(session: Session, zone: str, stream: str, dataset: str) -> None:
    """All rows of one author's line in a data set."""
    mine = (col(FilingRow.zone) == zone, col(FilingRow.stream) == stream, col(FilingRow.dataset) == dataset)
    session.execute(delete(FilingRow).where(*mine))


def forget_source(session: Session, zone: str, stream: str) -> None:
    """A line that another continues. What it took for ended stays ended."""
    ended = update(FilingSource).where(col(FilingSource.zone) == zone, col(FilingSource.stream) == stream)
    session.execute(ended.values(newest=-1))


def add_source(session: Session, new: FilingSource) -> FilingSource:
    session.add(new)
    session.flush()
    return new


def target(session: Session, url: str) -> FilingTarget | None:
    return session.get(FilingTarget, url)


def targets(session: Session) -> Sequence[FilingTarget]:
    return session.execute(select(FilingTarget).order_by(col(FilingTarget.url))).scalars().all()


def put_target(session: Session, new: FilingTarget) -> None:
    session.add(new)
    session.flush()


# --- faults ---


def fault(session: Session, number: str) -> FaultEvent | None:
    return session.get(FaultEvent, number)


def add_fault(session: Session, new: FaultEvent) -> FaultEvent:
    session.add(new)
    session.flush()
    return new


def faults_since(session: Session, moment: datetime, limit: int = 1_000) -> Sequence[FaultEvent]:
    """The newest first."""
    query = select(FaultEvent).where(col(FaultEvent.event_time) >= moment)
    return session.execute(query.order_by(col(FaultEvent.event_time).desc()).limit(limit)).scalars().all()


def open_faults(session: Session, zone: str) -> Sequence[FaultEvent]:
    """Faults of a zone that nothing has recovered from, the oldest first."""
    healed = select(col(FaultEvent.related)).where(col(FaultEvent.kind) == "recovered")
    query = select(FaultEvent).where(
        col(FaultEvent.zone) == zone, col(FaultEvent.kind) == "fault", col(FaultEvent.number).not_in(healed)
    )
    return session.execute(query.order_by(col(FaultEvent.event_time))).scalars().all()
