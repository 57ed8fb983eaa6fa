"""Rows of the mesh: the log of changes to the delegations of our zone, and how far each sister's log was read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain import meshing
from app.store import database, keyed
from app.store.tables import Membership, MeshChange, MeshSister


def head(session: Session) -> tuple[int, bytes]:
    """Number and chain of the last change; 0 and the genesis of an empty log."""
    newest = session.execute(
        select(col(MeshChange.seq), col(MeshChange.chain)).order_by(col(MeshChange.seq).desc()).limit(1)
    ).first()
    return (int(newest[0]), bytes(newest[1])) if newest else (0, meshing.GENESIS)


def chain_at(session: Session, seq: int) -> bytes | None:
    """The chain's value after change `seq`; None where the log is not that long."""
    if seq == 0:
        return meshing.GENESIS
    found = session.execute(select(col(MeshChange.chain)).where(col(MeshChange.seq) == seq)).scalar()
    return None if found is None else bytes(found)


def append(
    session: Session,
    zone: str,
    serial: int,
    state: str,
    digest: str,
    statement: dict[str, Any],
    now: datetime,
) -> bool:
    """Adds a statement at the log's end; False for one that is in it already. Waits for other writers of the log."""
    database.lock_log(session)
    if known(session, zone, serial, digest):
        return False
    last, chain = head(session)
    session.add(
        MeshChange(
            seq=last + 1,
            zone=zone,
            serial=serial,
            state=state,
            digest=digest,
            statement=statement,
            chain=meshing.chained(chain, digest),
            record_time=now,
        )
    )
    session.flush()
    return True


def known(session: Session, zone: str, serial: int, digest: str) -> bool:
    same = (col(MeshChange.zone) == zone, col(MeshChange.serial) == serial, col(MeshChange.digest) == digest)
    return session.execute(select(col(MeshChange.seq)).where(*same)).first() is not None


def changes(session: Session, after: int, limit: int) -> Sequence[MeshChange]:
    query = select(MeshChange).where(col(MeshChange.seq) > after).order_by(col(MeshChange.seq)).limit(limit)
    return session.execute(query).scalars().all()


def drop_replaced(session: Session, before: datetime, limit: int) -> int:
    """Drops statements that were heard of before a moment and that a newer one has replaced, at most so many; how many
    there were. The newest of those from before stays in any case: whoever has read up to there finds the place."""
    old = col(MeshChange.record_time) < before
    last = session.execute(select(func.max(col(MeshChange.seq))).where(old)).scalar()
    newer = aliased(MeshChange)
    replaced = exists().where(
        col(newer.zone) == col(MeshChange.zone), col(newer.serial) > col(MeshChange.serial)
    )
    query = select(col(MeshChange.seq)).where(old, col(MeshChange.seq) < (last or 0), replaced)
    found = session.execute(query.order_by(col(MeshChange.seq)).limit(limit)).scalars().all()
    for chunk in keyed.chunks(found):
        session.execute(delete(MeshChange).where(col(MeshChange.seq).in_(chunk)))
    return len(found)


def conflicts(session: Session, limit: int) -> list[Sequence[MeshChange]]:
    """Statements on one zone of one serial, made without knowledge of each other; the newest first, each group in the
    order of its digests."""
    twice = (
        select(col(MeshChange.zone), col(MeshChange.serial), func.max(col(MeshChange.seq)).label("last"))
        .group_by(col(MeshChange.zone), col(MeshChange.serial))
        .having(func.count() > 1)
        .order_by(func.max(col(MeshChange.seq)).desc())
        .limit(limit)
    )
    found = []
    for zone, serial, _last in session.execute(twice).all():
        same = (col(MeshChange.zone) == zone, col(MeshChange.serial) == serial)
        query = select(MeshChange).where(*same).order_by(col(MeshChange.digest))
        found.append(session.execute(query).scalars().all())
    return found


def sister(session: Session, url: str) -> MeshSister:
    """The row of this sister, a new one that is not yet kept where she was never read."""
    return session.get(MeshSister, url) or MeshSister(url=url)


def sisters(session: Session) -> Sequence[MeshSister]:
    return session.execute(select(MeshSister).order_by(col(MeshSister.url))).scalars().all()


def keep_sister(session: Session, row: MeshSister) -> None:
    session.add(row)
    session.flush()


def own_statement(session: Session, zone: str) -> dict[str, object] | None:
    """What our parent stated last of our own zone."""
    row = session.get(Membership, zone)
    return row.statement if row else None
