"""Names that owners declared for their things, beside those that the log gives (an SSCC, say)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from app.store import texts
from app.store.tables import Alias, DeclaredAlias, Record, Thing

PART = (
    "part:"  # a customer's number: unique for one organisation only, so that its name ends with whose it is
)


def part_name(number: str, prefix: str) -> str:
    """The number in front, so that all that begin alike stand together."""
    return f"{PART}{number}@{prefix}"


def declared(session: Session, name: str) -> DeclaredAlias | None:
    return session.get(DeclaredAlias, name)


def of_thing(session: Session, epc: str) -> Sequence[DeclaredAlias]:
    query = select(DeclaredAlias).where(col(DeclaredAlias.epc) == epc)
    return session.execute(query.order_by(col(DeclaredAlias.kind), col(DeclaredAlias.name))).scalars().all()


def given_by_log(session: Session, thing_id: int) -> list[str]:
    query = select(col(Alias.name)).where(col(Alias.thing_id) == thing_id).order_by(col(Alias.name))
    return list(session.execute(query).scalars())


def in_use(session: Session, name: str, key: str) -> bool:
    """Whether a thing, an alias or a record has that canonical name; `key` is how records are kept, '' for none."""
    queries = [
        select(col(Thing.id)).where(col(Thing.epc) == name),
        select(col(Alias.thing_id)).where(col(Alias.name) == name),
        select(col(DeclaredAlias.epc)).where(col(DeclaredAlias.name) == name),
    ]
    if key:
        queries.append(select(col(Record.id)).where(col(Record.key) == key))
    return any(session.execute(query.limit(1)).first() is not None for query in queries)


def page(
    session: Session, organisation_id: int, beginning: str, after: str, limit: int
) -> Sequence[DeclaredAlias]:
    """The organisation's own, by name; those that begin so."""
    query = select(DeclaredAlias).where(
        col(DeclaredAlias.organisation_id) == organisation_id, col(DeclaredAlias.name) > after
    )
    if beginning:
        query = query.where(*texts.beginning(DeclaredAlias.name, beginning))
    return session.execute(query.order_by(col(DeclaredAlias.name)).limit(limit)).scalars().all()
