"""What a node's filings are made of, read from its other tables: figures, templates, things, subjects."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, func, select
from sqlmodel import Session, col

from app.domain.trust import Signed
from app.store.mints import HIDDEN, SHOWN
from app.store.tables import (
    Allotment,
    Application,
    ApplicationDocument,
    Delegation,
    Entry,
    EntryThing,
    Membership,
    MintPart,
    Operator,
    Organisation,
    Product,
    Record,
    ResolveCount,
    Template,
    TemplateVersion,
    Thing,
)

NAMED = ("lot", "serial", "logistic")  # levels whose things are identified one by one
STEPS = {"mint": 1, "void": 2, "retire": 2}  # step of the log -> what becomes of the thing's row


class Named(NamedTuple):
    """A thing that an entry minted (1) or ended (2)."""

    seq: int
    op: int
    epc: str
    level: str
    product: str
    part_number: str
    maker_zh: str
    maker_en: str
    template: str
    template_version: int | None
    produced_on: Any
    expires_on: Any
    time: datetime


def own_statement(session: Session, zone: str) -> dict[str, Any]:
    """What the node above states of us, as it was verified when it came; empty where nothing did."""
    mine = session.get(Membership, zone)
    return Signed.from_wire(mine.statement).peek() if mine is not None and mine.statement else {}


def membership(session: Session, zone: str) -> Membership | None:
    return session.get(Membership, zone)


class Reviewed(NamedTuple):
    """The application that gave a zone, as it was approved; `documents` are (kind, name, SHA-256) of what proves it."""

    subject: dict[str, object]
    verification: str
    reviewer: str
    decided: datetime | None
    documents: tuple[tuple[str, str, str], ...]


def reviewed(session: Session, zones: Iterable[str]) -> dict[str, Reviewed]:
    """By zone, the newest approved application for it."""
    query = select(Application).where(
        col(Application.state) == "approved",
        col(Application.kind) == "join",
        col(Application.zone).in_(list(zones)),
    )
    newest = {row.zone: row for row in session.execute(query.order_by(col(Application.id))).scalars()}
    papers: dict[int, list[tuple[str, str, str]]] = {}
    columns = (
        col(ApplicationDocument.application_id), col(ApplicationDocument.kind), col(ApplicationDocument.name),
        col(ApplicationDocument.digest),
    )  # fmt: skip
    own = col(ApplicationDocument.application_id).in_([row.id for row in newest.values()])
    for number, *paper in session.execute(select(*columns).where(own).order_by(col(ApplicationDocument.id))):
        papers.setdefault(number, []).append((paper[0], paper[1], paper[2]))
    return {
        zone: Reviewed(
            row.subject,
            row.verification,
            row.reviewer_name,
            row.decided_time,
            tuple(papers.get(row.id or 0, ())),
        )
        for zone, row in newest.items()
    }


def allotments(session: Session) -> dict[str, str]:
    """prefix in use -> its organisation's industry code, '' where none is known."""
    query = select(col(Allotment.prefix), col(Allotment.industry)).where(col(Allotment.state) != "returned")
    return dict(session.execute(query.order_by(col(Allotment.prefix))).all())


def companies(session: Session) -> int:
    """Organisations that have a prefix here."""
    own = select(func.count(func.distinct(col(Allotment.organisation_id)))).where(
        col(Allotment.state) != "returned"
    )
    return int(session.execute(own).scalar_one())


def people(session: Session) -> int:
    return int(
        session.execute(select(func.count()).select_from(Operator).where(col(Operator.active))).scalar_one()
    )


def identifiers(session: Session) -> int:
    """Things minted one by one and records registered."""
    things = select(func.count()).select_from(Thing).where(col(Thing.level).in_(NAMED), SHOWN)
    records = select(func.count()).select_from(Record)
    return sum(int(session.execute(query).scalar_one()) for query in (things, records))


def identifiers_by_prefix(session: Session) -> dict[str, int]:
    """By the prefix of the organisation whose they are."""
    found: dict[str, int] = {}
    own = and_(col(Thing.level).in_(NAMED), SHOWN)
    queries = (
        select(col(Organisation.prefix), func.count())
        .join(Thing, col(Thing.organisation_id) == col(Organisation.id))
        .where(own),
        select(col(Organisation.prefix), func.count()).join(
            Record, col(Record.organisation_id) == col(Organisation.id)
        ),
    )
    for query in queries:
        for prefix, count in session.execute(query.group_by(col(Organisation.prefix))):
            found[prefix] = found.get(prefix, 0) + int(count)
    return found


def minted_by_prefix(session: Session, first: datetime, last: datetime) -> dict[str, int]:
    """How many things were minted in that time, by the prefix of whose they are."""
    query = (
        select(col(Organisation.prefix), func.count())
        .join(Entry, col(Entry.organisation_id) == col(Organisation.id))
        .join(Thing, col(Thing.minted_seq) == col(Entry.seq))
        .where(
            col(Entry.step) == "mint", col(Entry.record_time) >= first, col(Entry.record_time) < last,
            col(Thing.level).in_(NAMED), SHOWN,
        )
    )  # fmt: skip
    return {prefix: int(count) for prefix, count in session.execute(query.group_by(col(Organisation.prefix)))}


def delegations(session: Session) -> Sequence[Delegation]:
    return session.execute(select(Delegation).order_by(col(Delegation.zone))).scalars().all()


def lookups(session: Session, first: str, last: str) -> Sequence[ResolveCount]:
    """Of the days from `first` to `last`."""
    days = (col(ResolveCount.day) >= first, col(ResolveCount.day) <= last)
    return session.execute(select(ResolveCount).where(*days)).scalars().all()


def templates(session: Session) -> list[tuple[str, TemplateVersion, bool]]:
    """(its identifier, each version, whether it is in use)."""
    query = select(col(Template.epc), TemplateVersion, col(Template.active)).join(
        TemplateVersion, col(TemplateVersion.template_id) == col(Template.id)
    )
    return [
        (epc, version, active)
        for epc, version, active in session.execute(
            query.order_by(col(Template.epc), col(TemplateVersion.version))
        )
    ]


def log_head(session: Session) -> int:
    """Number of the newest entry before which no mint is under way, -1 for none."""
    newest = session.execute(select(func.max(col(Entry.seq)))).scalar_one()
    hidden = session.execute(HIDDEN.order_by(col(MintPart.seq)).limit(1)).scalar()
    return -1 if newest is None else int(newest) if hidden is None else int(hidden) - 1


def named_since(session: Session, after: int, until: int, limit: int) -> list[Named]:
    """What entries behind `after`, up to `until`, minted or ended; whole entries only, at least one if there is any."""
    steps = (
        select(col(Entry.seq), col(Entry.step))
        .where(col(Entry.seq) > after, col(Entry.seq) <= until, col(Entry.step).in_(list(STEPS)))
        .order_by(col(Entry.seq))
        .limit(limit)
    )
    found: list[Named] = []
    for seq, step in session.execute(steps).all():
        found += _of_entry(session, seq, step)
        if len(found) >= limit:
            break
    return found


def _of_entry(session: Session, seq: int, step: str) -> list[Named]:
    query = (
        select(
            col(Thing.epc), col(Thing.level), col(Product.epc), col(Product.part_number),
            col(Organisation.name_zh), col(Organisation.name_en), col(Template.epc), col(Template.latest),
            col(Thing.produced_on), col(Thing.expires_on), col(Entry.record_time),
        )
        .join(Organisation, col(Organisation.id) == col(Thing.organisation_id))
        .join(Entry, col(Entry.seq) == seq)
        .outerjoin(Product, col(Product.id) == col(Thing.product_id))
        .outerjoin(Template, col(Template.id) == col(Product.template_id))
        .where(col(Thing.level).in_(NAMED), SHOWN)
        .order_by(col(Thing.id))
    )  # fmt: skip
    if step == "mint":
        query = query.where(col(Thing.minted_seq) == seq)
    else:
        query = query.join(EntryThing, col(EntryThing.thing_id) == col(Thing.id)).where(
            col(EntryThing.seq) == seq
        )
    return [
        Named(
            seq,
            STEPS[step],
            row[0],
            row[1],
            row[2] or "",
            row[3] or "",
            row[4],
            row[5],
            row[6] or "",
            *row[7:],
        )
        for row in session.execute(query)
    ]
