"""Rows of what partners are told and told us, and what it takes to decide: who took part in what."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Integer, bindparam, delete, select, text
from sqlmodel import Session, col

from app.store import keyed
from app.store.tables import Alias, DisclosureRequest, DisclosureRule, Introduction, KeptDisclosure

NOBODYS = "urn:nothing:has:this:name"
NO_ID = -1
MOST_BOXES = 8  # layers of packing around one thing that are looked through
_BOXES = text(
    """
    WITH RECURSIVE box(thing, id, depth) AS (
        SELECT id, id, 0 FROM thing WHERE id IN :ids
        UNION
        SELECT b.thing, e.target_id, b.depth + 1 FROM box b JOIN edge e ON e.source_id = b.id
        WHERE e.kind IN ('packed', 'assembled') AND b.depth < :most
    )
    SELECT DISTINCT box.thing, box.id, organisation.prefix FROM box
    JOIN party ON party.thing_id = box.id JOIN organisation ON organisation.id = party.organisation_id
    """
).bindparams(bindparam("ids", expanding=True, type_=Integer(), literal_execute=True))


def parties_of(session: Session, ids: Collection[int]) -> list[tuple[int, int, str]]:
    """(thing, itself or what it was packed or built into here, prefix of a company that took part in that). Where
    there is no thing it is asked all the same, so that it takes no less time."""
    rows = session.connection().execute(_BOXES, {"ids": sorted(ids) or [NO_ID], "most": MOST_BOXES})
    return [(thing, box, prefix) for thing, box, prefix in rows]


def rules(session: Session, organisation_id: int) -> Sequence[DisclosureRule]:
    """Oldest first."""
    own = col(DisclosureRule.organisation_id) == organisation_id
    return session.execute(select(DisclosureRule).where(own).order_by(col(DisclosureRule.id))).scalars().all()


def add(session: Session, row: DisclosureRule | DisclosureRequest) -> None:
    session.add(row)
    session.flush()


def remove_rule(session: Session, row: DisclosureRule) -> None:
    session.delete(row)
    session.flush()


def rule(session: Session, rule_id: int) -> DisclosureRule | None:
    return session.get(DisclosureRule, rule_id)


def requests(session: Session, limit: int) -> Sequence[DisclosureRequest]:
    """Newest first."""
    query = select(DisclosureRequest).order_by(col(DisclosureRequest.id).desc()).limit(limit)
    return session.execute(query).scalars().all()


def keep(session: Session, row: KeptDisclosure) -> None:
    """In place of what was told on the same question before."""
    session.merge(row)
    session.flush()


def kept(session: Session, organisation_id: int, keys: Iterable[tuple[str, str]]) -> list[KeptDisclosure]:
    """What was kept of each (zone, digest of the question)."""
    found = (session.get(KeptDisclosure, (organisation_id, zone, about)) for zone, about in keys)
    return [row for row in found if row is not None]


def kept_newest(session: Session, organisation_id: int, limit: int) -> Sequence[KeptDisclosure]:
    query = select(KeptDisclosure).where(col(KeptDisclosure.organisation_id) == organisation_id)
    return (
        session.execute(query.order_by(col(KeptDisclosure.record_time).desc()).limit(limit)).scalars().all()
    )


def introductions(session: Session, organisation_id: int, epcs: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for chunk in keyed.chunks(list(epcs)):
        query = select(col(Introduction.epc), col(Introduction.statements)).where(
            col(Introduction.organisation_id) == organisation_id, col(Introduction.epc).in_(chunk)
        )
        found |= dict(session.execute(query).all())
    return found


def keep_introductions(
    session: Session, organisation_id: int, statements: Mapping[str, str], now: datetime
) -> None:
    """By epc, in place of earlier ones."""
    for chunk in keyed.chunks(list(statements)):
        own = col(Introduction.organisation_id) == organisation_id
        session.execute(delete(Introduction).where(own, col(Introduction.epc).in_(chunk)))
    for epc, wires in statements.items():
        session.add(Introduction(organisation_id=organisation_id, epc=epc, statements=wires, record_time=now))
    session.flush()


def aliases_of(session: Session, ids: Collection[int]) -> dict[int, str]:
    """One other name of each thing that has any."""
    found: dict[int, str] = {}
    for chunk in keyed.chunks(sorted(ids)):
        query = select(col(Alias.thing_id), col(Alias.name)).where(col(Alias.thing_id).in_(chunk))
        found |= dict(session.execute(query).all())
    return found
