"""Reads for lists, cards and labels: rows by key, and an organisation's things a page at a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlmodel import Session, col

from app.store import keyed
from app.store.mints import SHOWN
from app.store.tables import (
    Alias,
    Balance,
    Entry,
    MintPart,
    MintRun,
    Organisation,
    Party,
    Product,
    Site,
    Thing,
)


def products_by_id(session: Session, ids: Iterable[int | None]) -> dict[int, Product]:
    return keyed.rows(session, Product, "id", ids)


def products_by_epc(session: Session, epcs: Iterable[str]) -> dict[str, Product]:
    return keyed.rows(session, Product, "epc", epcs)


def sites_by_epc(session: Session, epcs: Iterable[str]) -> dict[str, Site]:
    return keyed.rows(session, Site, "epc", epcs)


def organisations_by_id(session: Session, ids: Iterable[int]) -> dict[int, Organisation]:
    return keyed.rows(session, Organisation, "id", ids)


def organisations_by_prefix(session: Session, prefixes: Iterable[str]) -> dict[str, Organisation]:
    return keyed.rows(session, Organisation, "prefix", prefixes)


def organisation(session: Session, organisation_id: int) -> Organisation:
    return session.get_one(Organisation, organisation_id)


def node_organisation(session: Session) -> Organisation | None:
    """The one that runs this node; None before it is set up."""
    return session.execute(select(Organisation).where(col(Organisation.runs_node)).limit(1)).scalar()


def aliases_of(session: Session, thing_ids: Sequence[int]) -> dict[int, str]:
    """The alias of each thing that has one (an SSCC, say); the alphabetically last where there are several."""
    found: dict[int, str] = {}
    for chunk in keyed.chunks(thing_ids):
        query = select(col(Alias.thing_id), col(Alias.name)).where(col(Alias.thing_id).in_(chunk))
        found |= dict(session.execute(query.order_by(col(Alias.name))).all())
    return found


def took_part(session: Session, thing_id: int, organisation_id: int, prefix: str) -> bool:
    """Whether the organisation ever took part in an event of the thing, or has or is sent some of the lot."""
    party = select(col(Party.thing_id)).where(
        col(Party.thing_id) == thing_id, col(Party.organisation_id) == organisation_id
    )
    balance = select(col(Balance.id)).where(
        col(Balance.thing_id) == thing_id, or_(col(Balance.holder) == prefix, col(Balance.to) == prefix)
    )
    return session.execute(party).first() is not None or session.execute(balance).first() is not None


def things(
    session: Session,
    organisation_id: int,
    prefix: str,
    *,
    levels: Sequence[str],
    product_id: int | None,
    lifecycle: str,
    batch: tuple[int, int] | None,
    after: int | None,
    limit: int,
) -> list[Thing]:
    """Newest first: what the organisation minted, holds, or is sent; of what is built in, what it built in itself."""
    lots = select(col(Balance.thing_id)).where(or_(col(Balance.holder) == prefix, col(Balance.to) == prefix))
    party = exists().where(
        col(Party.thing_id) == col(Thing.id), col(Party.organisation_id) == organisation_id
    )
    concerned = or_(
        col(Thing.organisation_id) == organisation_id,
        and_(
            or_(col(Thing.holder) == prefix, col(Thing.to) == prefix),
            or_(
                col(Thing.bond) != "assembled", party
            ),  # the parts of what one bought are not one's own things
        ),
        col(Thing.id).in_(lots),
    )
    conditions: list[Any] = [concerned, col(Thing.level).in_(levels), SHOWN]
    if batch:
        conditions += _of_batch(*batch)
    if product_id:
        conditions.append(col(Thing.product_id) == product_id)
    if lifecycle:
        conditions.append(col(Thing.lifecycle) == lifecycle)
    if after:
        conditions.append(col(Thing.id) < after)
    query = select(Thing).where(*conditions).order_by(col(Thing.id).desc()).limit(limit)
    return list(session.execute(query).scalars())


def minted_between(
    session: Session, organisation_id: int, first: int, last: int, limit: int | None = None
) -> list[Thing]:
    """What these entries of the organisation minted and is not void, in the order in which labels are wanted."""
    query = select(Thing).where(*minted_conditions(organisation_id, first, last)).limit(limit)
    order = (col(Thing.minted_seq), col(Thing.serial), col(Thing.id))
    return list(session.execute(query.order_by(*order)).scalars())


def count_minted(session: Session, organisation_id: int, first: int, last: int) -> int:
    """How many `minted_between` would give."""
    query = select(func.count()).select_from(Thing).where(*minted_conditions(organisation_id, first, last))
    return session.execute(query).scalar_one()


def minted_conditions(organisation_id: int, first: int, last: int) -> tuple[Any, ...]:
    """True for what these entries of the organisation minted and is not void."""
    return (
        *_of_batch(first, last),
        SHOWN,
        col(Thing.organisation_id) == organisation_id,
        col(Thing.level) != "process",
        col(Thing.lifecycle) != "void",
    )


def _of_batch(first: int, last: int) -> tuple[ColumnElement[bool], ...]:
    """What these entries minted, without the mints of others that were recorded between its steps, or it between
    theirs."""
    run = select(col(MintPart.run_id)).where(col(MintPart.seq) == first).scalar_subquery()
    between = select(col(MintPart.seq)).where(col(MintPart.seq).between(first, last))
    of_runs = col(Thing.minted_seq).in_(between.where(col(MintPart.run_id) == run))
    of_none = and_(run.is_(None), col(Thing.minted_seq).not_in(between))
    return col(Thing.minted_seq).between(first, last), or_(of_runs, of_none)


def mint_entries(session: Session, organisation_id: int, limit: int) -> dict[int, datetime]:
    """The newest entries that minted, and when; with all those of the oldest moment, so that no mint is cut in two.
    Of a mint of many only the first entry."""
    part = select(col(MintPart.seq)).where(col(MintPart.seq) == col(Entry.seq)).correlate(Entry)
    begun = select(col(MintRun.id)).where(
        col(MintRun.first_seq) == col(Entry.seq), col(MintRun.state) == "done"
    )
    counted = or_(~part.exists(), begun.correlate(Entry).exists())
    own = (col(Entry.organisation_id) == organisation_id, col(Entry.step) == "mint", counted)
    query = select(col(Entry.seq), col(Entry.record_time)).order_by(col(Entry.seq).desc())
    found = dict(session.execute(query.where(*own).limit(limit)).all())
    if found:
        oldest = col(Entry.record_time) == min(found.values())
        found |= dict(session.execute(query.where(*own, oldest)).all())
    return found


def minted_counts(session: Session, seqs: Iterable[int]) -> Sequence[tuple[int, int, str, int | None, str]]:
    """(entry, count, level, product id, lot) of each mint, the newest first."""
    query = (
        select(
            col(Thing.minted_seq),
            func.count(),
            func.min(Thing.level),
            func.min(Thing.product_id),
            func.min(Thing.lot),
        )
        .where(col(Thing.minted_seq).in_(list(seqs)), col(Thing.level) != "process")
        .group_by(col(Thing.minted_seq))
        .order_by(col(Thing.minted_seq).desc())
    )
    return [
        (seq, count, level, product_id, lot) for seq, count, level, product_id, lot in session.execute(query)
    ]


def runs_begun(session: Session, seqs: Iterable[int]) -> dict[int, tuple[int, int]]:
    """(last entry, how many) of each mint of many, by its first entry."""
    query = select(col(MintRun.first_seq), col(MintRun.last_seq), col(MintRun.count))
    rows = session.execute(query.where(col(MintRun.first_seq).in_(list(seqs))))
    return {first: (last, count) for first, last, count in rows}
