"""Turns one entry of the log into index rows: things, states, who took part, genealogy, order numbers.

Used by `capture()` inside the entry's own transaction and by a rebuild; it decides nothing and refuses nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import repeat
from typing import Any

from sqlalchemy import delete, insert, literal, select, update
from sqlmodel import Session, SQLModel, col

from app.domain import custody, epcis
from app.domain.captured import key_beside, key_of
from app.domain.epcis import Event, Mention
from app.store import attributes, events, items, mints, plain
from app.store.tables import (
    Alias,
    Attributes,
    Balance,
    Edge,
    Entry,
    EntryApart,
    EntryThing,
    MerkleNode,
    MintPart,
    MintRun,
    Party,
    Product,
    Reference,
    Thing,
    ValueIndex,
)

PROCESS = "process"  # the level of what joins inputs and outputs
INDEX_TABLES: tuple[type[SQLModel], ...] = (
    Reference,
    Party,
    Edge,
    EntryThing,
    EntryApart,
    Alias,
    Balance,
    Thing,
    MintPart,
    MintRun,
    MerkleNode,
    Attributes,
    ValueIndex,
    *events.EVENT_TABLES,
)  # children before parents


def clear(session: Session) -> None:
    """Empties every index table; only for a rebuild from the log."""
    attributes.clear(session)
    events.clear(session)
    for table in INDEX_TABLES:
        if table is not ValueIndex:  # records are found by it as well
            session.execute(delete(table))
    session.expunge_all()


def index_minted(session: Session, seq: int, event: Event, organisation_id: int) -> None:
    """One row per new identifier. Raises IntegrityError when an epc, lot or serial number is taken."""
    index_mints(session, seq, [event], organisation_id)


def index_mints(session: Session, first: int, events: Sequence[Event], organisation_id: int) -> None:
    """The same for entries that follow each other and name the same kind of thing, but for their serial numbers."""
    common = _minted_values(session, events[0]) | {"organisation_id": organisation_id}
    common["attributes_id"] = attributes.index(session, events[0].ilmd, organisation_id)
    named: dict[int, mints.NewNames] = {}
    for seq, event in enumerate(events, first):
        serials = event.ilmd.get("suyuan:serials") or repeat("", len(event.epc_list))
        named[seq] = list(zip(event.epc_list, serials, strict=True))
    mints.insert_things(session, common, named)
    for seq, event in enumerate(events, first):
        if aliases := event.ilmd.get("suyuan:aliases"):
            _index_aliases(session, aliases)
        if event.destination_list:
            _index_owner(session, seq, event)
        _index_references(session, seq, event)
    if run := events[0].extension("run"):
        counts = {seq: len(event.epc_list) for seq, event in enumerate(events, first)}
        mints.add_parts(session, run, int(events[0].extension("parts")), organisation_id, counts)


def index_claim(session: Session, event: Event, organisation_id: int) -> None:
    """A blank becomes what the event says. Raises IntegrityError when that lot or serial number is taken."""
    values = _minted_values(session, event)
    said = {
        name: values[name] for name in ("level", "product_id", "lot", "unit", "produced_on", "expires_on")
    }
    said["attributes_id"] = attributes.index(session, event.ilmd, organisation_id)
    said["serial"] = (event.ilmd.get("suyuan:serials") or [""])[0]
    for thing in items.of_epcs(session, event.epc_list).values():
        for name, value in said.items():
            setattr(thing, name, value)
        session.add(thing)
    session.flush()
    if aliases := event.ilmd.get("suyuan:aliases"):
        _index_aliases(session, aliases)


def _index_aliases(session: Session, aliases: Mapping[str, Iterable[str]]) -> None:
    things = items.of_epcs(session, aliases)
    rows = [{"name": name, "thing_id": things[epc].id} for epc, names in aliases.items() for name in names]
    session.execute(insert(Alias), rows)


def _index_owner(session: Session, seq: int, event: Event) -> None:
    """What a supplier minted in a range of the owner's is the owner's to see from the first moment on."""
    named = [value.removeprefix("hdl:") for kind, value in event.destination_list if kind == "owning_party"]
    for organisation in items.organisation_ids(session, named).values():
        minted = select(col(Thing.id), literal(organisation)).where(col(Thing.minted_seq) == seq)
        session.execute(insert(Party).from_select(["thing_id", "organisation_id"], minted))


def _minted_values(session: Session, event: Event) -> dict[str, Any]:
    ilmd = event.ilmd
    level = ilmd["suyuan:level"]
    product_epc = ilmd.get("suyuan:product", "")
    product_id = (
        session.execute(select(col(Product.id)).where(col(Product.epc) == product_epc)).scalar()
        if product_epc
        else None
    )
    return {
        "level": level,
        "product_id": product_id,
        "lot": ilmd.get("suyuan:lot", ""),
        "unit": ilmd.get("suyuan:unit", ""),
        "produced_on": _date(ilmd.get("suyuan:producedOn")),
        "expires_on": _date(ilmd.get("suyuan:expiresOn")),
        "lifecycle": "active" if level in {"product", "location"} else "reserved",
        "disposition": "active" if level in {"product", "location"} else "reserved",
        "holder": event.extension("organisation"),
        "last_time": event.event_time,
    }


def process_of(session: Session, seq: int, event: Event, organisation_id: int) -> Thing | None:
    """The node that joins inputs and outputs of a transformation; made at its first event. Nobody joins what another
    company transformed, nor makes a thing a transformation by naming it so."""
    if event.type != "TransformationEvent":
        return None
    epc = key_of(event.transformation_id or event.event_id)
    for name in (epc, key_beside(epc, str(event.extension("organisation")))):
        thing = items.of_epcs(session, [name]).get(name)
        if thing is None:
            thing = Thing(
                epc=name,
                level=PROCESS,
                organisation_id=organisation_id,
                minted_seq=seq,
                lifecycle="active",
            )
            session.add(thing)
            session.flush()
        if thing.level == PROCESS and thing.organisation_id == organisation_id:
            return thing
    return None


def index_event(
    session: Session,
    seq: int,
    event: Event,
    organisation_id: int,
    things: Mapping[str, Thing],
    touched: Mapping[str, Thing],
    before: Mapping[str, custody.State],
    after: Mapping[str, custody.State],
) -> None:
    """All index rows of one event except minting. `things` holds every thing it mentions, by the name it uses;
    `touched` also those inside them, whose states follow."""
    mentions = [mention for mention in epcis.mentions(event) if mention.epc in things]
    index_apart(session, seq, event)
    process = process_of(session, seq, event, organisation_id)
    mentioned = {things[mention.epc].id or 0 for mention in mentions} | (
        {process.id or 0} if process else set()
    )
    items.save_states(session, {thing.epc: thing for thing in touched.values()}, before, after, seq)
    _index_mentions(session, seq, mentions, things)
    index_parties(session, [(event, mentioned)], organisation_id)
    _index_references(session, seq, event)
    if event.error_declaration:
        _withdraw_edges(session, seq, event, organisation_id, things.get(event.parent_id))
    elif not event.extension("withdrawn"):
        _index_edges(session, seq, event, mentions, things, process)


def _index_mentions(
    session: Session, seq: int, mentions: Iterable[Mention], things: Mapping[str, Thing]
) -> None:
    rows = {
        (things[mention.epc].id, mention.role): {
            "thing_id": things[mention.epc].id,
            "seq": seq,
            "role": mention.role,
            "quantity": mention.quantity,
        }
        for mention in mentions
    }
    plain.insert_rows(session, EntryThing, list(rows.values()))


def index_parties(
    session: Session, events: Sequence[tuple[Event, Iterable[int]]], organisation_id: int = 0
) -> None:
    """Who recorded an event, and whom it names, took part in these things of it. `organisation_id` is who recorded all
    of them; 0: each says so itself."""
    named = {
        id(event): [value.removeprefix("hdl:") for _, value in (*event.source_list, *event.destination_list)]
        + ([] if organisation_id else [str(event.extension("organisation"))])
        for event, _ in events
    }
    known = items.organisation_ids(session, {prefix for prefixes in named.values() for prefix in prefixes})
    always = {organisation_id} if organisation_id else set()
    rows = {
        (thing, company)
        for event, thing_ids in events
        for company in always | {known[prefix] for prefix in named[id(event)] if prefix in known}
        for thing in thing_ids
    }
    items.add_parties(session, sorted(rows))


def _index_references(session: Session, seq: int, event: Event) -> None:
    plain.insert_rows(session, Reference, reference_rows(seq, event))


def reference_rows(seq: int, event: Event) -> list[dict[str, Any]]:
    """Rows of the orders and documents that the event names, as long as the index keeps them."""
    named = {value.strip().upper()[:200]: kind for kind, value in event.biz_transaction_list if value.strip()}
    return [{"value": value, "kind": kind[-40:], "seq": seq} for value, kind in named.items()]


def _index_edges(
    session: Session,
    seq: int,
    event: Event,
    mentions: list[Mention],
    things: Mapping[str, Thing],
    process: Thing | None,
) -> None:
    ids = [(things[mention.epc].id or 0, mention) for mention in mentions]
    rows: list[tuple[int, int, str, Decimal | None]] = []
    if process and process.id:
        rows += [(thing, process.id, "consumed", m.quantity) for thing, m in ids if m.role == "input"]
        rows += [(process.id, thing, "produced", m.quantity) for thing, m in ids if m.role == "output"]
    elif event.parent_id in things and event.action == "ADD":
        kind = "assembled" if event.type == "AssociationEvent" else "packed"
        parent = things[event.parent_id].id or 0
        rows += [(thing, parent, kind, m.quantity) for thing, m in ids if m.role == "child"]
    elif event.parent_id in things and event.action == "DELETE":
        _close_edges(session, seq, things[event.parent_id], [thing for thing, m in ids if m.role == "child"])
    values = [
        {"source_id": a, "target_id": b, "kind": kind, "quantity": q, "seq": seq} for a, b, kind, q in rows
    ]
    plain.insert_rows(session, Edge, values)


def _close_edges(session: Session, seq: int, parent: Thing, children: list[int]) -> None:
    """Taken out again. A lot of which some is still inside keeps its edge."""
    still_inside = select(col(Balance.thing_id)).where(col(Balance.container) == parent.epc)
    open_edges = update(Edge).where(col(Edge.target_id) == parent.id, col(Edge.undone_seq).is_(None))
    if children:
        open_edges = open_edges.where(col(Edge.source_id).in_(children))
    session.execute(open_edges.where(col(Edge.source_id).not_in(still_inside)).values(undone_seq=seq))


def set_ends(
    session: Session, things: Mapping[str, Thing], ends: Mapping[tuple[str, str, int], int | None]
) -> None:
    """When each stay in a container ended, after late or corrected events: `ends` by child, container (epcs) and the
    entry that put it in, each with the entry that took it out or None. Other stays are left as they are."""
    parents = sorted({things[parent].id or 0 for _, parent, _ in ends if parent in things})
    if not parents:
        return
    wanted = {
        (things[child].id, things[parent].id, seq): end
        for (child, parent, seq), end in ends.items()
        if child in things and parent in things
    }
    query = select(Edge).where(col(Edge.target_id).in_(parents), col(Edge.kind).in_(("packed", "assembled")))
    for edge in session.execute(query.execution_options(populate_existing=True)).scalars():
        key = (edge.source_id, edge.target_id, edge.seq)
        if key in wanted and edge.undone_seq != wanted[key]:
            edge.undone_seq = wanted[key]
            session.add(edge)
    session.flush()


def let_out_by(session: Session, seq: int, parent_id: int) -> list[int]:
    """The things that entry `seq` took out of the parent, also where it named none of them."""
    ended = select(col(Edge.source_id)).where(col(Edge.target_id) == parent_id, col(Edge.undone_seq) == seq)
    return list(session.execute(ended.distinct()).scalars())


def _withdraw_edges(
    session: Session, seq: int, declaration: Event, organisation_id: int, parent: Thing | None
) -> None:
    """A corrected event made no edges, and took none apart. Nobody corrects what another company recorded."""
    said = declaration.error_declaration
    event_id = (said and said.of) or declaration.event_id
    keys = [event_id, key_of(event_id), key_beside(event_id, str(declaration.extension("organisation")))]
    own = col(Entry.organisation_id) + 0 == organisation_id  # else SQLite reads all that a company has
    corrected = select(col(Entry.seq)).where(col(Entry.event_id).in_(keys), own, col(Entry.seq) != seq)
    for wrong in session.execute(corrected).scalars().all():
        if parent is not None:
            taken_apart = update(Edge).where(col(Edge.target_id) == parent.id, col(Edge.undone_seq) == wrong)
            session.execute(taken_apart.values(undone_seq=None))
        session.execute(update(Edge).where(col(Edge.seq) == wrong).values(undone_seq=seq))


def index_apart(session: Session, seq: int, event: Event) -> None:
    """Of the names on which the event has no say only that it names them."""
    names = event.extension("apart") or ()
    rows = [{"thing_id": thing.id, "seq": seq} for thing in items.of_epcs(session, names).values()]
    plain.insert_rows(session, EntryApart, rows)


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
