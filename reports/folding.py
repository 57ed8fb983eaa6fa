"""Which boxes a genealogy is drawn with: a box for everything, or one for many alike when there would be too many.

Nothing is left out: each thing is a member of exactly one box, and each link of one bundle or inside one box.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.provenance import Link, Node, Provenance
from reports.layering import layers
from reports.reader import ended


@dataclass(frozen=True, slots=True)
class Box:
    """One thing, or several as a stack. `kind` is thing, process, hidden or more (all that is farther away)."""

    members: tuple[Node, ...]
    column: int
    kind: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """All links of one kind between two boxes, by their indices.

    The quantity is their sum, None when they do not add up.
    """

    source: int
    target: int
    kind: str
    undone: bool
    quantity: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class Graph:
    boxes: tuple[Box, ...]
    bundles: tuple[Bundle, ...]
    subject: int


Key = Callable[[int], Hashable]
_BOUNDLESS = 1_000_000


class _Groups:
    """A partition of the nodes that only gets coarser: `of[node]` is the number of one member standing for all."""

    def __init__(
        self, nodes: Sequence[Node], pairs: Sequence[tuple[int, int]], columns: list[int], subject: int
    ) -> None:
        self.nodes = nodes
        self.pairs = pairs
        self.columns = columns
        self.subject = subject
        self.of = list(range(len(nodes)))
        self.standing = list(self.of)

    def neighbours(self) -> list[set[int]]:
        """Of each group: those it leads to, and as complements those that lead to it."""
        found: list[set[int]] = [set() for _ in self.nodes]
        for source, target in self.pairs:
            a, b = self.of[source], self.of[target]
            found[a].add(b)
            found[b].add(~a)
        return found

    def merge(self, key: Key, limit: int, rows: int, *, always: int = _BOUNDLESS) -> bool:
        """Joins groups of one key, the most numerous first, while there are too many; whether it joined any.

        From `always` groups of one key on they are joined even so: half a row of stacks reads worse than a whole one.
        """
        tall = Counter(self.columns[group] for group in self.standing)
        alike: dict[Hashable, list[int]] = defaultdict(list)
        for group in self.standing:
            if group != self.subject:
                alike[self.columns[group], key(group)].append(group)
        too_many = len(self.standing) - limit
        into: dict[int, int] = {}
        for same in sorted((s for s in alike.values() if len(s) > 1), key=lambda s: (-len(s), s[0])):
            column = self.columns[same[0]]
            if too_many > 0 or tall[column] > rows or len(same) >= always:
                into.update(dict.fromkeys(same[1:], same[0]))
                too_many -= len(same) - 1
                tall[column] -= len(same) - 1
        if into:
            self.of = [into.get(group, group) for group in self.of]
            self.standing = [group for group in self.standing if group not in into]
        return bool(into)

    def merge_alike(self, key: Key, limit: int, rows: int) -> None:
        """Joins groups of one key that have the same neighbours; again, because joining makes neighbours the same."""
        while True:
            around = [frozenset(others) for others in self.neighbours()]
            if not self.merge(lambda group, a=around: (key(group), a[group]), limit, rows, always=3):  # type: ignore[misc]
                return

    def merge_far(self, limit: int) -> None:
        """Joins everything beyond a distance from the subject into one group before and one after."""
        home = self.columns[self.subject]
        away = {group: self.columns[group] - home for group in self.standing}
        tall = Counter(away.values())
        reach, shown = 0, tall[0]
        while shown + tall[reach + 1] + tall[-reach - 1] + 2 <= limit and shown < len(self.standing):
            reach += 1
            shown += tall[reach] + tall[-reach]
        left, right = [g for g in away if away[g] < -reach], [g for g in away if away[g] > reach]
        self._join_all(left)
        self._join_all(right)
        if len(self.standing) > limit:
            self._join_all([group for group in away if abs(away[group]) <= reach and group != self.subject])

    def _join_all(self, groups: list[int]) -> None:
        if groups:
            first = min(
                groups, key=lambda group: (abs(self.columns[group] - self.columns[self.subject]), group)
            )
            gone = set(groups) - {first}
            self.of = [first if group in gone else group for group in self.of]
            self.standing = [group for group in self.standing if group not in gone]


def fold(provenance: Provenance, limit: int, rows: int = _BOUNDLESS, tower: int = _BOUNDLESS) -> Graph:
    """The boxes of a drawing, at most `limit` (4 or more) and, as far as likeness allows, `rows` above each other.

    Joined are things of one column that cannot be told apart but by their number: first those with the same
    neighbours, then of the same owner, of the same product, of the same level; at last the farthest. What is held
    never hides among what is not. A column higher than `tower` is reason to join those with the same neighbours,
    which hides no connection. Some 0.1 s for 5,000 things and as many links.
    """
    nodes = provenance.nodes
    index = {node.id: number for number, node in enumerate(nodes)}
    links = [link for link in provenance.links if link.source in index and link.target in index]
    ends = [(index[link.source], index[link.target]) for link in links]
    live = [pair for link, pair in zip(links, ends, strict=True) if not link.undone]
    undone = [pair for link, pair in zip(links, ends, strict=True) if link.undone]
    subject = index[provenance.subject.id]
    columns = layers([node.depth for node in nodes], live, undone, subject)
    groups = _Groups(nodes, ends, columns, subject)
    if len(nodes) > limit or max(Counter(columns).values()) > min(rows, tower):
        _coarsen(groups, limit, rows, tower)
    return _graph(groups, links, ends)


def _coarsen(groups: _Groups, limit: int, rows: int, tower: int) -> None:
    tower = min(rows, tower)
    kinds = [(_kind(node), bool(node.held), ended(node)) for node in groups.nodes]
    products = [(node.product_en, node.product_zh, node.part_number, node.level) for node in groups.nodes]
    owners = [node.owner.prefix if node.owner else "" for node in groups.nodes]

    def alike(group: int) -> Hashable:
        return kinds[group], products[group]

    groups.merge_alike(lambda group: (alike(group), owners[group]), limit, tower)
    groups.merge_alike(alike, limit, tower)
    groups.merge(lambda group: (alike(group), owners[group]), limit, rows)
    groups.merge_alike(alike, limit, tower)
    groups.merge(alike, limit, rows)
    groups.merge_alike(alike, limit, tower)
    groups.merge(lambda group: (kinds[group], products[group][3]), limit, rows)
    if len(groups.standing) > limit:
        groups.merge_far(limit)


def _kind(node: Node) -> str:
    return "hidden" if node.hidden else "process" if node.level == "process" else "thing"


def _graph(groups: _Groups, links: Sequence[Link], ends: Sequence[tuple[int, int]]) -> Graph:
    members: dict[int, list[int]] = {group: [] for group in groups.standing}
    for number, group in enumerate(groups.of):
        members[group].append(number)
    used = {
        column: place for place, column in enumerate(sorted({groups.columns[g] for g in groups.standing}))
    }
    boxes = tuple(
        Box(
            tuple(groups.nodes[number] for number in inside),
            used[groups.columns[group]],
            _kind_of_all(
                [groups.nodes[number] for number in inside], {groups.columns[number] for number in inside}
            ),
        )
        for group, inside in members.items()
    )
    place = {group: number for number, group in enumerate(members)}
    return Graph(boxes, _bundles(groups, place, links, ends), place[groups.subject])


def _kind_of_all(nodes: Sequence[Node], columns: set[int]) -> str:
    kinds = {_kind(node) for node in nodes}
    return "more" if len(columns) > 1 else kinds.pop() if len(kinds) == 1 else "thing"


def _bundles(
    groups: _Groups, place: dict[int, int], links: Sequence[Link], ends: Sequence[tuple[int, int]]
) -> tuple[Bundle, ...]:
    gathered: dict[tuple[int, int, str, bool], list[Link]] = defaultdict(list)
    for link, (source, target) in zip(links, ends, strict=True):
        a, b = place[groups.of[source]], place[groups.of[target]]
        if a != b:
            gathered[a, b, link.kind, link.undone].append(link)
    return tuple(Bundle(*key, *_sum(same)) for key, same in gathered.items())


def _sum(links: Sequence[Link]) -> tuple[Decimal | None, str]:
    units = {link.unit for link in links}
    amounts = [link.quantity for link in links if link.quantity is not None]
    if len(units) > 1 or len(amounts) < len(links):
        return None, ""
    return sum(amounts, Decimal(0)), units.pop()
