"""What ties a company to entries of other companies: things it took part in, by themselves or as contents of others."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, select, union
from sqlmodel import Session, col

from app.domain.epcis.postings import number_of_term
from app.domain.epcis.sameness import same_name
from app.domain.genealogy import CONTAINING
from app.store.lineage import EntryRow
from app.store.tables import Alias, Edge, Entry, EntryThing, EventTerm, Party, Thing

DEEPEST = 8  # pallets on vehicles in ships; nothing is packed deeper
FURTHER = 100_000  # rows that tell what happened to these things
MOST = 20_000  # things of one entry that are looked at, and of several at a time; what is beyond is not told


class Named(NamedTuple):
    """A thing: who minted it, its level, its epc and other names."""

    organisation_id: int
    level: str
    names: frozenset[str]


def sizes(session: Session, seqs: Collection[int]) -> dict[int, int]:
    """How many things each of these entries is about or minted; 0 is left out."""
    named = select(col(EntryThing.seq), func.count()).group_by(col(EntryThing.seq))
    minted = select(col(Thing.minted_seq), func.count()).group_by(col(Thing.minted_seq))
    found: dict[int, int] = defaultdict(int)
    for query in (
        named.where(col(EntryThing.seq).in_(sorted(seqs))),
        minted.where(col(Thing.minted_seq).in_(sorted(seqs))),
    ):
        for seq, count in session.execute(query):
            found[seq] += count
    return found


def tied(session: Session, seqs: Collection[int], organisation_id: int) -> dict[int, set[int]]:
    """For each entry the things in it that the company took part in."""
    own = exists().where(col(Party.thing_id) == col(Thing.id), col(Party.organisation_id) == organisation_id)
    named = select(col(EntryThing.seq), col(EntryThing.thing_id)).join(
        Thing, col(Thing.id) == col(EntryThing.thing_id)
    )
    minted = select(col(Thing.minted_seq), col(Thing.id)).where(col(Thing.level) != "process")
    found: dict[int, set[int]] = defaultdict(set)
    for query in (
        named.where(col(EntryThing.seq).in_(sorted(seqs)), own),
        minted.where(col(Thing.minted_seq).in_(sorted(seqs)), own),
    ):
        for seq, thing in session.execute(query.order_by(*query.selected_columns).limit(MOST)):
            found[seq].add(thing)
    return found


def contained(
    session: Session, seqs: Collection[int], organisation_id: int
) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """The same for what came to the company inside of something: things by entry, and the containers of each thing.

    A part counts in what it was built into, and that in whatever it is packed in; taken apart by mistake or not at all.
    Of what was ever packed in a container only what was in it when the company had it, sent it or was to get it.
    """
    begin = union(
        select(col(EntryThing.seq), col(EntryThing.thing_id)).where(col(EntryThing.seq).in_(sorted(seqs))),
        select(col(Thing.minted_seq), col(Thing.id)).where(
            col(Thing.minted_seq).in_(sorted(seqs)), col(Thing.level) != "process"
        ),
    ).subquery()
    about: dict[int, set[int]] = defaultdict(set)
    in_order = select(begin).order_by(begin.c[0], begin.c[1])
    for seq, thing in session.execute(in_order.limit(MOST)):
        about[thing].add(seq)
    inside: dict[int, set[int]] = {thing: {thing} for thing in about}  # container -> what of ours is in it
    outer: dict[int, set[int]] = defaultdict(set)
    products = _containers(session, about, {"assembled"})
    for depth in range(DEEPEST):
        above = _containers(session, inside, {"packed"} if depth else CONTAINING)
        further: dict[int, set[int]] = defaultdict(set)
        for container, things in above.items():
            for thing in things:
                fresh = {inner for inner in inside[thing] if container not in outer[inner]}
                for inner in fresh:
                    outer[inner].add(container)
                further[container] |= fresh
        inside = {container: things for container, things in further.items() if things}
        if not inside:
            break
    mine = _took_part(
        session, {*outer, *(container for all_of in outer.values() for container in all_of)}, organisation_id
    )
    came = (outer.keys() & mine).union(*(things for product, things in products.items() if product in mine))
    kept = {thing: outer[thing] & mine for thing in came if outer[thing] & mine}
    found: dict[int, set[int]] = defaultdict(set)
    for thing in kept:
        for seq in about[thing]:
            found[seq].add(thing)
    return found, kept


def steps(session: Session, seqs: Collection[int]) -> dict[int, list[tuple[int, int, str]]]:
    """For each entry the steps of genealogy it made or took apart, upstream to downstream, and of which kind; from the
    inputs of a run straight to its outputs where the entry names both. None that a withdrawn record made."""
    found: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for seq in (col(Edge.seq), col(Edge.undone_seq)):
        query = select(seq, col(Edge.source_id), col(Edge.target_id), col(Edge.kind)).where(
            seq.in_(sorted(seqs)), _stands()
        )
        runs: dict[tuple[int, int], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for entry, source, target, kind in session.execute(query.limit(FURTHER)):
            if kind == "consumed":
                runs[entry, target][0].append(source)
            elif kind == "produced":
                runs[entry, source][1].append(target)
            else:
                found[entry].append((source, target, kind))
        for (entry, _), (inputs, outputs) in runs.items():
            found[entry] += [(source, target, "made") for source in inputs[:100] for target in outputs[:100]]
    return found


def naming(session: Session, things: Collection[int], prefix: str) -> dict[int, list[EntryRow]]:
    """The entries about each thing that name the company as sender or receiver."""
    name = same_name(f"hdl:{prefix}")
    terms = [number_of_term(f"{side} {name}") for side in ("source", "destination")]
    names_it = exists().where(col(EventTerm.seq) == col(Entry.seq), col(EventTerm.term).in_(terms))
    found: dict[int, list[EntryRow]] = defaultdict(list)
    entry = [col(getattr(Entry, name)) for name in EntryRow._fields]
    mentions = select(col(EntryThing.thing_id), *entry).join(Entry, col(Entry.seq) == col(EntryThing.seq))
    mints = select(col(Thing.id), *entry).join(Entry, col(Entry.seq) == col(Thing.minted_seq))
    for query in (
        mentions.where(col(EntryThing.thing_id).in_(sorted(things)), names_it),
        mints.where(col(Thing.id).in_(sorted(things)), names_it),
    ):
        for thing, *values in session.execute(query.order_by(col(Entry.seq)).limit(FURTHER)):
            found[thing].append(EntryRow(*values))
    return found


def names_of(session: Session, things: Collection[int]) -> dict[int, Named]:
    """What these things are called, by what owner and of which level."""
    columns = (col(Thing.id), col(Thing.epc), col(Thing.organisation_id), col(Thing.level))
    aliases: dict[int, set[str]] = defaultdict(set)
    wanted = sorted(things)
    query = select(col(Alias.thing_id), col(Alias.name)).where(col(Alias.thing_id).in_(wanted))
    for key, name in session.execute(query):
        aliases[key].add(name)
    rows = session.execute(select(*columns).where(col(Thing.id).in_(wanted)))
    return {
        int(key or 0): Named(owner, level, frozenset({epc, *aliases[int(key or 0)]}))
        for key, epc, owner, level in rows
    }


def mentioned(session: Session, seq: int, most: int) -> list[int]:
    """Some of the things that an entry is about."""
    query = select(col(EntryThing.thing_id)).where(col(EntryThing.seq) == seq).distinct()
    found = list(session.execute(query.order_by(col(EntryThing.thing_id)).limit(most)).scalars())
    if not found:
        minted = select(col(Thing.id)).where(col(Thing.minted_seq) == seq, col(Thing.level) != "process")
        found = [
            int(key or 0) for key in session.execute(minted.order_by(col(Thing.id)).limit(most)).scalars()
        ]
    return found


def _containers(
    session: Session, things: Mapping[int, Collection[int]], kinds: Collection[str]
) -> dict[int, set[int]]:
    """Container -> those of these things that are or were in it, unless the record of that was withdrawn."""
    query = select(col(Edge.target_id), col(Edge.source_id)).where(
        col(Edge.source_id).in_(sorted(things)), col(Edge.kind).in_(sorted(kinds)), _stands()
    )
    found: dict[int, set[int]] = defaultdict(set)
    for container, thing in session.execute(query.limit(FURTHER)):
        found[container].add(thing)
    return found


def _stands() -> ColumnElement[bool]:
    """Still together, or taken apart; not by a record that was withdrawn."""
    ended = select(col(Entry.step)).where(col(Entry.seq) == col(Edge.undone_seq)).scalar_subquery()
    return col(Edge.undone_seq).is_(None) | (ended == "unpack")


def _took_part(session: Session, things: Collection[int], organisation_id: int) -> set[int]:
    query = select(col(Party.thing_id)).where(
        col(Party.thing_id).in_(sorted(things)), col(Party.organisation_id) == organisation_id
    )
    return {int(key) for key in session.execute(query).scalars()}
