"""The index tables as plain facts that do not depend on row ids, to lay one database's index beside another's."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.store.mints import SHOWN
from app.store.tables import (
    Alias,
    Attributes,
    Balance,
    Edge,
    EntryApart,
    EntryThing,
    EventFact,
    EventTerm,
    EventWord,
    Organisation,
    Party,
    Product,
    Reference,
    Template,
    Thing,
    ValueIndex,
)

BLOCK = 300
Fact = tuple[str, str, str]  # (what, about whom, value): ("site", "hdl:88.118.1/X", "hdl:88.118.1/PLANT")
BY_ENTRY = {"reference", "event", "event-term"}  # facts about an entry
ANYWHERE = {"event-word": 0}  # facts about the whole log
# said as epcs and prefixes instead
NOT_FACTS = {"id", "epc", "organisation_id", "product_id", "attributes_id"}


def blocks_of_things(session: Session) -> Iterator[Sequence[str]]:
    """The epcs of all things, some hundred at a time."""
    last = 0
    while True:
        query = (
            select(col(Thing.id), col(Thing.epc)).where(col(Thing.id) > last, SHOWN).order_by(col(Thing.id))
        )
        rows = session.execute(query.limit(BLOCK)).all()
        if not rows:
            return
        yield [epc for _, epc in rows]
        last = int(rows[-1][0] or 0)


def facts_about(session: Session, epcs: Sequence[str]) -> Counter[Fact]:
    """All that the index says of these things. An edge is a fact about where it leads to."""
    owner = select(Thing, col(Organisation.prefix), col(Product.epc)).join(
        Organisation, col(Organisation.id) == col(Thing.organisation_id)
    )
    rows = owner.outerjoin(Product, col(Product.id) == col(Thing.product_id)).where(
        col(Thing.epc).in_(epcs), SHOWN
    )
    found: Counter[Fact] = Counter()
    names: dict[int, str] = {}
    for thing, prefix, product in session.execute(rows):
        names[thing.id or 0] = thing.epc
        values = {"organisation": prefix, "product": product} | thing.model_dump(exclude=NOT_FACTS)
        found.update(
            (name, thing.epc, str(value)) for name, value in values.items() if value not in (None, "")
        )
    session.expunge_all()
    for what, query in _ABOUT.items():
        for thing_id, *values in session.execute(query(list(names))):
            found[what, names[thing_id], " ".join("-" if v in (None, "") else str(v) for v in values)] += 1
    return found


def references(session: Session, first: int, last: int) -> Counter[Fact]:
    """The order and document numbers of the entries from `first` to before `last`."""
    query = select(col(Reference.seq), col(Reference.kind), col(Reference.value)).where(
        col(Reference.seq) >= first, col(Reference.seq) < last
    )
    rows = session.execute(query)
    return Counter(("reference", str(seq), f"{kind} {value}") for seq, kind, value in rows)


def events(session: Session, first: int, last: int) -> Counter[Fact]:
    """What queries of events look in, of the entries from `first` to before `last`."""
    facts = select(EventFact).where(col(EventFact.seq) >= first, col(EventFact.seq) < last)
    found: Counter[Fact] = Counter()
    for row in session.execute(facts).scalars():
        found.update(
            ("event", str(row.seq), f"{name} {value}")
            for name, value in row.model_dump(exclude={"seq", "organisation_id"}).items()
        )
    terms = select(col(EventTerm.seq), col(EventTerm.term))
    rows = session.execute(terms.where(col(EventTerm.seq) >= first, col(EventTerm.seq) < last))
    found.update(("event-term", str(seq), str(term)) for seq, term in rows)
    session.expunge_all()
    return found


def words(session: Session) -> Counter[Fact]:
    """The words and places that companies' events have used."""
    query = select(col(Organisation.prefix), col(EventWord.kind), col(EventWord.value)).join(
        Organisation, col(Organisation.id) == col(EventWord.organisation_id)
    )
    return Counter(
        ("event-word", prefix, f"{kind} {value}") for prefix, kind, value in session.execute(query)
    )


def _balances(ids: list[int]) -> Any:
    columns = (
        Balance.thing_id,
        Balance.quantity,
        Balance.holder,
        Balance.site,
        Balance.to,
        Balance.container,
    )
    return select(*(col(column) for column in (*columns, Balance.origin))).where(
        col(Balance.thing_id).in_(ids)
    )


def _entries(ids: list[int]) -> Any:
    columns = (EntryThing.thing_id, EntryThing.seq, EntryThing.role, EntryThing.quantity)
    return select(*(col(column) for column in columns)).where(col(EntryThing.thing_id).in_(ids))


def _apart(ids: list[int]) -> Any:
    return select(col(EntryApart.thing_id), col(EntryApart.seq)).where(col(EntryApart.thing_id).in_(ids))


def _edges(ids: list[int]) -> Any:
    source = aliased(Thing)
    columns = (Edge.target_id, source.epc, Edge.kind, Edge.quantity, Edge.seq, Edge.undone_seq)
    edges = select(*(col(column) for column in columns)).join(source, col(source.id) == col(Edge.source_id))
    return edges.where(col(Edge.target_id).in_(ids))


def _parties(ids: list[int]) -> Any:
    parties = select(col(Party.thing_id), col(Organisation.prefix))
    joined = parties.join(Organisation, col(Organisation.id) == col(Party.organisation_id))
    return joined.where(col(Party.thing_id).in_(ids))


def _aliases(ids: list[int]) -> Any:
    return select(col(Alias.thing_id), col(Alias.name)).where(col(Alias.thing_id).in_(ids))


def _values(ids: list[int]) -> Any:
    columns = (Thing.id, Template.epc, Attributes.template_version, Attributes.digest)
    values = select(*(col(column) for column in columns)).join(
        Attributes, col(Attributes.id) == col(Thing.attributes_id)
    )
    return values.join(Template, col(Template.id) == col(Attributes.template_id)).where(
        col(Thing.id).in_(ids)
    )


def _words(ids: list[int]) -> Any:
    words = select(
        *(col(column) for column in (Thing.id, ValueIndex.type, ValueIndex.value, ValueIndex.public))
    )
    found = (col(ValueIndex.kind) == "attributes") & (col(ValueIndex.ref) == col(Thing.attributes_id))
    return words.join(ValueIndex, found).where(col(Thing.id).in_(ids))


_ABOUT = {
    "balance": _balances,
    "entry": _entries,
    "apart": _apart,
    "edge": _edges,
    "party": _parties,
    "alias": _aliases,
    "values": _values,
    "word": _words,
}
