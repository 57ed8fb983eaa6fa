"""What one reader sees of the chain of one thing: the walk and its events, cut down to what visibility allows."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from sqlmodel import Session

from app.domain import genealogy, identifiers, visibility
from app.domain.genealogy import Reach, Tie
from app.domain.identifiers import Identifier, Key
from app.domain.masterdata import CHAIN
from app.domain.people import Actor
from app.domain.visibility import NodeInfo
from app.services.capturing import unknown_identifier
from app.services.tracing.records import Line, named_in
from app.store import items, lineage, walks
from app.store.lineage import ThingRow
from app.store.tables import Organisation

ELSEWHERE = -1  # any company this node does not know


@dataclass(frozen=True, slots=True)
class Sight:
    """`seen` are the ids the reader may know of; `things` holds all that was walked and must not leave this package."""

    subject: int
    things: Mapping[int, ThingRow]
    up: Reach
    down: Reach
    seen: frozenset[int]
    organisations: tuple[Organisation, ...]
    sharing: frozenset[int]  # the organisations that share the chain
    truncated: bool

    @property
    def ties(self) -> tuple[Tie, ...]:
        return (*self.up.ties, *self.down.ties)

    @property
    def astray(self) -> frozenset[int]:
        """Things that only a withdrawn record ties to the chain."""
        return frozenset(
            key for reach in (self.up, self.down) for key, windows in reach.windows.items() if not windows
        )


def find(session: Session, actor: Actor, name: str | Identifier | Key, limit: int = walks.LIMIT) -> Sight:
    """The chain of a thing by any of its names. Raises Malformed, and Unknown whether it is missing or hidden."""
    wanted = identifiers.parse(name) if isinstance(name, str) else name
    thing = items.find(session, wanted)
    found = look(session, actor, thing.id, limit) if thing and thing.id is not None else None
    if found is None or found.subject not in found.seen:
        raise unknown_identifier(str(wanted))
    return found


def look(session: Session, actor: Actor, thing_id: int, limit: int = walks.LIMIT) -> Sight:
    """Four statements, whatever the size of the chain."""
    above = walks.closure(session, thing_id, "up", limit)
    below = walks.closure(session, thing_id, "down", limit)
    up = genealogy.reach(above.edges, thing_id, "up")
    down = genealogy.reach(below.edges, thing_id, "down")
    things = lineage.things_of(session, {*up.windows, *down.windows}, actor.organisation_id, actor.prefix)
    organisations = tuple(lineage.organisations(session))
    sharing = frozenset(int(row.id or 0) for row in organisations if row.sharing == CHAIN)
    truncated = above.truncated or below.truncated
    walked = Sight(thing_id, things, up, down, frozenset(), organisations, sharing, truncated)
    return replace(walked, seen=_seen(walked, actor))


def _seen(walked: Sight, actor: Actor) -> frozenset[int]:
    me = actor.organisation_id
    mine = frozenset({me})
    nodes = {
        key: NodeInfo(row.organisation_id, mine if row.took_part else frozenset(), row.level)
        for key, row in walked.things.items()
    }
    ties = (  # a mistake shows nobody anything new
        (tie.source, tie.target, tie.kind)
        for tie in walked.ties
        if not tie.mistaken or (walked.things[tie.source].took_part and walked.things[tie.target].took_part)
    )
    return visibility.visible(me, walked.subject, nodes, ties, walked.sharing)


def seen_lines(
    lines: Iterable[Line], about: Mapping[int, Collection[int]], sight: Sight, actor: Actor
) -> list[Line]:
    """The entries the reader may know of. `about` holds the seen things each entry mentions, by seq."""
    rows = list(lines)
    ids = {row.prefix: int(row.id or 0) for row in sight.organisations}
    named = {
        line.entry.seq: frozenset(ids.get(prefix, ELSEWHERE) for prefix in named_in(line.event))
        for line in rows
    }
    partners = _partners(rows, named, about, sight, actor.organisation_id)

    # who shares the chain and is seen in it has nothing to hide from its other customers
    open_about_it = sight.sharing & {sight.things[key].organisation_id for key in sight.seen}

    def told(line: Line, key: int) -> bool:
        recorder, parties, of_lot = (
            line.entry.organisation_id,
            named[line.entry.seq],
            sight.things[key].level == "lot",
        )
        if (
            not of_lot
        ):  # whom a customer sold a single item to is told only where one of the two shares its chain
            parties, of_lot = parties - sight.sharing, recorder not in sight.sharing
        known = partners.get(key, frozenset()) | open_about_it
        return visibility.event_visible(
            actor.organisation_id, recorder, parties, sight.sharing, of_lot, known
        )

    return [line for line in rows if any(told(line, key) for key in about.get(line.entry.seq, ()))]


def _partners(
    lines: Iterable[Line],
    named: Mapping[int, frozenset[int]],
    about: Mapping[int, Collection[int]],
    sight: Sight,
    me: int,
) -> dict[int, frozenset[int]]:
    """Who sent each thing to the reader, or got it from them, by itself or inside something."""
    found: dict[int, frozenset[int]] = defaultdict(frozenset)
    for line in lines:
        sides = named[line.entry.seq] | {line.entry.organisation_id}
        if named[line.entry.seq] and me in sides:
            for key in about.get(line.entry.seq, ()):
                found[key] |= sides - {me}
    for tie in (*reversed(sight.down.ties), *sight.up.ties):  # from the outermost container inwards
        if tie.kind in genealogy.CONTAINING and not tie.mistaken and found[tie.target]:
            found[tie.source] |= found[tie.target]
    return found
