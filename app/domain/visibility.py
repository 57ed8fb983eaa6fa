"""Who may see what: closed by default, one's own things and one step up and down, more where an owner shares its chain.

Pure: the things and ties come loaded; organisations and things are ids. The unseen must look as if it were not there.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

PROCESS = (
    "process"  # joins the inputs and outputs of a run; not a thing of its own, so walking through it is free
)


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """A thing in the genealogy: who minted it, and who recorded, sent or was sent an event of it."""

    owner: int
    parties: frozenset[int] = frozenset()
    level: str = "serial"


def visible(
    viewer: int,
    subject: int | AbstractSet[int],
    nodes: Mapping[int, NodeInfo],
    edges: Iterable[tuple[int, int, str]],
    shares_chain: AbstractSet[int] = frozenset(),
) -> frozenset[int]:
    """What the organisation `viewer` may see of the genealogy of `subject`, one thing or several; empty when not even
    these.

    Edges are (source, target, kind), upstream to downstream. Seen are own things, what is one step from these (but not
    what other customers made of a lot that somebody else made), and what organisations in `shares_chain` own, as far as
    all in between is seen as well. What was packed in a container is no step from it: who moved it is a party of that.
    """
    web = _Web(nodes)
    for source, target, kind in edges:
        web.add(source, target, kind)
    own = web.own_things(viewer)
    seen = set(own)
    for thing in own:
        bought_lot = nodes[thing].level == "lot" and nodes[thing].owner != viewer
        seen |= web.step_up(thing) if bought_lot else web.one_step(thing)
    queue = list(seen)
    while queue:
        for other in web.one_step(queue.pop()) - seen:
            if nodes[other].owner in shares_chain:
                seen.add(other)
                queue.append(other)
    starts = frozenset({subject}) if isinstance(subject, int) else subject
    return frozenset(web.connected(starts, seen | web.processes_of(viewer, seen)))


def event_visible(
    viewer: int,
    recorder: int,
    named_parties: frozenset[int],
    shares_chain: AbstractSet[int],
    thing_is_lot: bool,
    chain_parties: frozenset[int],
) -> bool:
    """Whether the organisation `viewer` may see an event of a thing that it sees.

    `chain_parties` are the viewer's direct trading partners on that thing: who sent it to them, to whom they sent it.
    One lot goes to many customers, so an event of a lot that names any other of them is not for the viewer's eyes.
    """
    if viewer == recorder or viewer in named_parties:
        return True
    if recorder not in shares_chain and recorder not in chain_parties:
        return False
    strangers = named_parties - chain_parties - {recorder}
    return not (thing_is_lot and strangers)


@dataclass
class _Web:
    nodes: Mapping[int, NodeInfo]
    above: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    below: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    inside: dict[int, set[int]] = field(
        default_factory=lambda: defaultdict(set)
    )  # of a container, at any time

    def add(self, source: int, target: int, kind: str) -> None:
        if source in self.nodes and target in self.nodes:
            self.above[target].add(source)
            self.below[source].add(target)
            if kind == "packed":
                self.inside[target].add(source)

    def own_things(self, viewer: int) -> set[int]:
        return {
            key
            for key, node in self.nodes.items()
            if node.level != PROCESS and (viewer == node.owner or viewer in node.parties)
        }

    def one_step(self, thing: int) -> set[int]:
        """The next things up and down. Through a process straight on: never to the other inputs of the same run."""
        return self.step_up(thing) | self._next(thing, self.below)

    def step_up(self, thing: int) -> set[int]:
        return self._next(thing, self.above) - self.inside.get(thing, set())

    def _next(self, thing: int, near: Mapping[int, AbstractSet[int]]) -> set[int]:
        found: set[int] = set()
        for other in near.get(thing, ()):
            found |= near.get(other, set()) if self.nodes[other].level == PROCESS else {other}
        return found

    def processes_of(self, viewer: int, seen: AbstractSet[int]) -> set[int]:
        """Runs of the viewer, runs that used up or made what the viewer made, and those between two seen things."""
        made = {key for key, node in self.nodes.items() if node.owner == viewer}
        return {
            key
            for key, node in self.nodes.items()
            if node.level == PROCESS
            and (
                viewer in {node.owner, *node.parties}
                or (self.above[key] | self.below[key]) & made
                or (self.above[key] & seen and self.below[key] & seen)
            )
        }

    def connected(self, starts: AbstractSet[int], seen: AbstractSet[int]) -> set[int]:
        found = set(starts & seen)
        queue = list(found)
        while queue:
            place = queue.pop()
            fresh = ((self.above[place] | self.below[place]) & seen) - found
            found |= fresh
            queue += fresh
        return found
