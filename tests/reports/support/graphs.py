"""Arbitrary small genealogies for property tests: circles, loops, doubled and undone links, hidden and held things."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from app.domain.provenance import Link, LogPosition, Node, Party, Provenance

OWNERS = (Party("88.118.1001", "甲", "A"), Party("88.118.1002", "乙", "B"))
_LEVELS = ("lot", "serial", "logistic", "process")


@st.composite
def provenances(draw: st.DrawFn, most: int = 24) -> Provenance:
    count = draw(st.integers(1, most))
    nodes = [
        Node(
            id=number + 1,
            depth=draw(st.integers(-3, 3)),
            epc=f"hdl:88.118.1001/{number}",
            level=draw(st.sampled_from(_LEVELS)) if number else "serial",
            product_en=draw(
                st.sampled_from(["", "Cell", "A product with a name too long for one line of a box"])
            ),
            part_number="PN",
            serial=str(number),
            owner=draw(st.sampled_from(OWNERS)),
            held=draw(st.sampled_from(["", "", "", "check"])),
            disposition=draw(st.sampled_from(["", "destroyed"])),
        )
        for number in range(count)
    ]
    hidden = draw(st.sets(st.integers(2, count), max_size=3)) if count > 1 else set()
    nodes = [Node(node.id, node.depth, hidden=True) if node.id in hidden else node for node in nodes]
    ends = st.tuples(st.integers(1, count), st.integers(1, count), st.sampled_from([False, False, True]))
    links = [
        Link(a, b, "consumed", undone=undone) for a, b, undone in draw(st.lists(ends, max_size=3 * count))
    ]
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    subject = nodes[0]
    return Provenance(subject, tuple(nodes), tuple(links), (), (), (), (), LogPosition(0, ""), moment)


def reached(start: int, pairs: list[tuple[int, int]]) -> set[int]:
    """Everything that a walk along `pairs` from `start` comes to."""
    found: set[int] = set()
    waiting = [start]
    while waiting:
        here = waiting.pop()
        following = {b for a, b in pairs if a == here} - found
        found |= following
        waiting += following
    return found
