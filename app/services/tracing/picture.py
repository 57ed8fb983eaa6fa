"""The genealogy as drawn: what the reader sees as nodes and links, and a faceless node where the origin is hidden."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain import genealogy
from app.domain.genealogy import Tie
from app.domain.people import Actor
from app.domain.provenance import Link, Node
from app.services.tracing.naming import Names, node_of
from app.services.tracing.sight import Sight


@dataclass(frozen=True, slots=True)
class Picture:
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    depth: Mapping[int, int]


def draw(sight: Sight, names: Names, actor: Actor) -> Picture:
    """Whatever hidden went into a thing is one hidden node, so that nobody can count it; where a thing went behind the
    hop the reader may not see is left out altogether."""
    ties = list(
        dict.fromkeys(tie for tie in sight.ties if tie.source in sight.seen and tie.target in sight.seen)
    )
    hidden = _hidden_origins(sight)
    ties += hidden
    upstream = (frozenset(sight.up.windows) | {tie.source for tie in hidden}) - {sight.subject}
    ids = sight.seen | {tie.source for tie in hidden}
    depth = genealogy.depths(ids, ties, sight.subject, upstream)
    rows = sight.things
    nodes = [
        node_of(rows[key], depth[key], names, actor) if key >= 0 else Node(key, depth[key], hidden=True)
        for key in depth
    ]
    nodes.sort(key=lambda node: (node.depth, node.level, node.part_number, node.lot, node.serial, node.id))
    links = [_link(tie, sight, actor) for tie in ties if tie.source in depth and tie.target in depth]
    return Picture(tuple(nodes), tuple(links), depth)


def _hidden_origins(sight: Sight) -> list[Tie]:
    """One tie from a nameless source for each thing of which an origin is hidden."""
    kinds: dict[int, str] = {}
    for tie in sight.up.ties:
        if tie.target in sight.seen and tie.source not in sight.seen and not tie.mistaken:
            kinds.setdefault(tie.target, tie.kind)
    return [
        Tie(-number, target, kinds[target], None, genealogy.BEGINNING)
        for number, target in enumerate(sorted(kinds), 1)
    ]


def _link(tie: Tie, sight: Sight, actor: Actor) -> Link:
    """How much went in or came out, in the unit of the thing, for its maker and its user: from the sums of others a
    buyer could work out how much everybody else bought."""
    if tie.source < 0:
        return Link(tie.source, tie.target, tie.kind)
    ends = {sight.things[key].organisation_id for key in (tie.source, tie.target)}
    if tie.quantity is None or not (actor.organisation_id in ends or ends <= sight.sharing):
        return Link(tie.source, tie.target, tie.kind, undone=tie.undone, corrected=tie.mistaken)
    unit = sight.things[tie.target if tie.kind == "produced" else tie.source].unit
    return Link(
        tie.source, tie.target, tie.kind, tie.quantity, unit, undone=tie.undone, corrected=tie.mistaken
    )


def outermost(sight: Sight, ties: Iterable[Tie], subject: int) -> int:
    """What the subject is in now, from inside out to the last that the reader sees."""
    inside = {tie.source: tie.target for tie in ties if tie.kind in genealogy.CONTAINING and not tie.undone}
    passed = {subject}
    while (outer := inside.get(subject)) is not None and outer not in passed and outer in sight.seen:
        passed.add(outer)
        subject = outer
    return subject
