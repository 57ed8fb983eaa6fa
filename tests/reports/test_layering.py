"""Columns, order, places and folding of a genealogy, as properties of whatever graph comes along."""

import time
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.provenance import Provenance
from reports import boxes
from reports.folding import fold
from reports.genealogy import draw
from reports.layering import layers
from reports.ordering import arrange
from reports.placing import place
from reports.reader import Reader
from tests.reports.support import battery
from tests.reports.support.graphs import provenances, reached

ENGLISH = Reader("en", str)
pairs = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=40)


@given(pairs, pairs, st.integers(0, 11))
def test_every_link_leads_to_the_right_unless_it_is_on_a_circle(
    live: list[tuple[int, int]], undone: list[tuple[int, int]], subject: int
) -> None:
    columns = layers([0] * 12, live, undone, subject)
    for source, target in live:
        assert columns[source] < columns[target] or source in {target} | reached(target, live)


@given(pairs, st.integers(0, 11))
def test_columns_are_counted_from_nought_without_an_empty_one(
    live: list[tuple[int, int]], subject: int
) -> None:
    columns = layers([0] * 12, live, [], subject)
    assert set(columns) == set(range(max(columns) + 1))


def test_an_input_stands_next_to_what_it_went_into_and_not_at_the_far_left() -> None:
    powder, cell, module, housing, pack = range(5)
    columns = layers([0] * 5, [(powder, cell), (cell, module), (module, pack), (housing, pack)], [], pack)
    assert columns == [0, 1, 2, 2, 3]


def test_a_sibling_of_the_subject_stands_between_its_input_and_its_output() -> None:
    cell, subject, sibling, pack = range(4)
    columns = layers(
        [0] * 4, [(cell, subject), (cell, sibling), (subject, pack), (sibling, pack)], [], subject
    )
    assert columns == [0, 1, 1, 2]


def test_an_undone_packing_still_stands_to_the_right_where_no_circle_forbids_it() -> None:
    assert layers([0, 0], [], [(0, 1)], 0) == [0, 1]


def test_repacking_the_other_way_round_does_not_confuse_the_columns() -> None:
    columns = layers([0, 0], [(1, 0)], [(0, 1)], 0)
    assert columns == [1, 0]


def test_a_chain_of_thousands_needs_no_deep_recursion() -> None:
    columns = layers([0] * 5000, [(n, n + 1) for n in range(4999)], [], 2500)
    assert columns == list(range(5000))


@given(provenances(), st.integers(4, 30), st.integers(1, 30))
def test_every_thing_is_drawn_or_folded_exactly_once(provenance: Provenance, limit: int, rows: int) -> None:
    graph = fold(provenance, limit, rows)
    drawn = [node.id for box in graph.boxes for node in box.members]
    assert sorted(drawn) == sorted(node.id for node in provenance.nodes)
    assert len(graph.boxes) <= limit
    assert graph.boxes[graph.subject].members == (provenance.subject,)


@given(provenances(), st.integers(4, 30))
def test_every_link_between_two_boxes_is_drawn(provenance: Provenance, limit: int) -> None:
    graph = fold(provenance, limit)
    box_of = {node.id: number for number, box in enumerate(graph.boxes) for node in box.members}
    expected = {(box_of[link.source], box_of[link.target], link.undone) for link in provenance.links}
    assert {(b.source, b.target, b.undone) for b in graph.bundles} == {e for e in expected if e[0] != e[1]}


@given(provenances(most=40))
def test_what_is_held_is_never_folded_among_what_is_not(provenance: Provenance) -> None:
    for box in fold(provenance, 1_000, rows=1).boxes:
        assert len({(bool(node.held), node.hidden, node.level) for node in box.members}) == 1


@given(provenances(), st.integers(4, 30))
def test_no_two_boxes_overlap(provenance: Provenance, limit: int) -> None:
    drawing = draw(provenance, ENGLISH, limit=limit)
    frames = [(left, top + 9, right, bottom - 9) for left, top, right, bottom in drawing.blocks]
    for (left, top, right, bottom), other in combinations(frames, 2):
        assert left >= other[2] or other[0] >= right or top >= other[3] or other[1] >= bottom
    for left, top, right, bottom in frames:
        assert left >= 0
        assert top >= 0
        assert right <= drawing.width
        assert bottom <= drawing.height


@given(provenances())
def test_the_order_keeps_every_vertex_and_way_point_in_its_column(provenance: Provenance) -> None:
    graph = fold(provenance, 100)
    columns = [box.column for box in graph.boxes]
    arrangement = arrange(columns, [(b.source, b.target) for b in graph.bundles], columns[graph.subject])
    for column, row in enumerate(arrangement.rows):
        assert sorted(v for v in row if v < len(columns)) == [v for v, c in enumerate(columns) if c == column]
    seen = [vertex for row in arrangement.rows for vertex in row]
    assert len(seen) == len(set(seen))
    place_of = {vertex: column for column, row in enumerate(arrangement.rows) for vertex in row}
    for chain in arrangement.chains:
        steps = [place_of[vertex] for vertex in chain]
        assert steps in (list(range(steps[0], steps[-1] + 1)), [steps[0]] * 2)


def test_two_straight_lines_are_not_crossed() -> None:
    arrangement = arrange([0, 0, 1, 1], [(0, 3), (1, 2)], 1)
    assert [row.index(v) for row, v in ((arrangement.rows[0], 0), (arrangement.rows[1], 3))] in (
        [0, 0],
        [1, 1],
    )


def test_boxes_of_a_chain_are_level_with_each_other() -> None:
    arrangement = arrange([0, 1, 2], [(0, 1), (1, 2)], 1)
    placing = place(arrangement, [58, 18, 58], [184, 18, 184], [42, 42], set())
    assert len(set(placing.y)) == 1


def test_three_alike_become_a_stack_with_their_quantities_added_up() -> None:
    provenance = battery.pack(24)
    graph = fold(provenance, 40)
    stacks = {len(box.members): box for box in graph.boxes if len(box.members) > 1}
    assert stacks.keys() == {8, 7}
    into = [b for b in graph.bundles if len(graph.boxes[b.target].members) == 8]
    assert {(b.quantity, b.unit) for b in into} == {(384, "H87")}


def test_nothing_is_folded_while_all_fit() -> None:
    graph = fold(battery.pack(24), 200)
    assert all(len(box.members) == 1 for box in graph.boxes)


def test_a_tower_of_alike_things_is_folded_but_no_connection_hidden() -> None:
    provenance = battery.pack(40)
    assert len(draw(provenance, ENGLISH).blocks) < len(provenance.nodes)
    graph = fold(provenance, 200, tower=24)
    for box in graph.boxes:
        ends = [
            {(x.source, x.target) for x in provenance.links if node.id in (x.source, x.target)}
            for node in box.members
        ]
        around = {
            frozenset((pair - {node.id}).pop() for pair in map(set, e))
            for node, e in zip(box.members, ends, strict=True)
        }
        assert len(around) == 1


def test_five_thousand_things_fold_below_the_limit_and_fast() -> None:
    provenance = battery.wide(5000)
    began = time.process_time()
    drawing = draw(provenance, ENGLISH, limit=200)
    assert (
        time.process_time() - began < 1
    )  # some 0.07 s on an idle core; ten times that would be a square law
    assert len(drawing.blocks) <= 200


def test_a_folded_drawing_is_not_a_tower() -> None:
    graph = fold(battery.wide(5000), 200, 66)
    assert max(sum(box.column == column for box in graph.boxes) for column in range(6)) <= 66


def test_a_long_chain_folds_what_is_farthest() -> None:
    provenance = battery.wide(5000)
    graph = fold(provenance, 5)
    assert len(graph.boxes) <= 5
    assert any(box.kind == "more" for box in graph.boxes)


@given(provenances(), st.integers(4, 30))
def test_a_stack_takes_the_room_of_all_its_cards(provenance: Provenance, limit: int) -> None:
    for box in fold(provenance, limit).boxes:
        alone = box.kind == "process" or len(box.members) == 1
        assert boxes.height(box, ENGLISH) >= (18 if box.kind == "process" else 58 if alone else 66)
