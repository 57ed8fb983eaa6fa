"""Closed by default. Ana makes powder, Bo makes cells of it and packs of these, Cy buys packs; Dan buys powder as well."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.visibility import NodeInfo, event_visible, visible

ANA, BO, CY, DAN = 1, 2, 3, 4
LITHIUM, POWDER, RUN, CELL, PACK, PALLET, CAR, GLUE, DANS_RUN, DANS_CELL = range(10, 20)
EVERYBODY = frozenset({ANA, BO, CY, DAN})


def node(owner: int, *parties: int, level: str = "serial") -> NodeInfo:
    return NodeInfo(owner, frozenset({owner, *parties}), level)


NODES = {
    LITHIUM: node(DAN, ANA, level="lot"),
    POWDER: node(ANA, BO, DAN, level="lot"),
    GLUE: node(CY, BO, level="lot"),
    RUN: node(BO, level="process"),
    CELL: node(BO, level="lot"),
    PACK: node(BO, CY),
    PALLET: node(BO, CY, level="logistic"),
    CAR: node(CY),
    DANS_RUN: node(DAN, level="process"),
    DANS_CELL: node(DAN, level="lot"),
}
EDGES = [
    (LITHIUM, POWDER, "assembled"),
    (POWDER, RUN, "consumed"),
    (GLUE, RUN, "consumed"),
    (RUN, CELL, "produced"),
    (CELL, PACK, "assembled"),
    (PACK, PALLET, "packed"),
    (PACK, CAR, "assembled"),
    (POWDER, DANS_RUN, "consumed"),
    (DANS_RUN, DANS_CELL, "produced"),
]


def sees(viewer: int, subject: int, *sharing: int) -> set[int]:
    return set(visible(viewer, subject, NODES, EDGES, frozenset(sharing)))


def test_ana_sees_what_was_made_of_her_powder_and_no_further() -> None:
    assert sees(ANA, POWDER) == {LITHIUM, POWDER, RUN, CELL, DANS_RUN, DANS_CELL}


def test_ana_does_not_see_what_else_went_into_a_run_with_her_powder() -> None:
    assert GLUE not in sees(ANA, CELL)


def test_bo_sees_what_he_bought_what_he_made_and_where_his_packs_went() -> None:
    assert sees(BO, PACK) == {LITHIUM, POWDER, GLUE, RUN, CELL, PACK, PALLET, CAR}


def test_bo_does_not_see_what_another_customer_made_of_the_same_lot() -> None:
    assert not {DANS_RUN, DANS_CELL} & sees(BO, POWDER)
    assert {DANS_RUN, DANS_CELL} <= sees(BO, POWDER, DAN)  # unless that customer shares its chain


def test_the_packs_on_a_pallet_shipped_to_cy_are_hers_and_she_sees_one_step_behind_them() -> None:
    assert sees(CY, PACK) == {PACK, PALLET, CAR, CELL, RUN, GLUE}
    assert POWDER not in sees(CY, CELL)


def test_what_is_in_a_carton_on_ones_pallet_is_ones_own_too() -> None:
    """Whoever moved the pallet took part in all that was packed on it then; what is built in is one step from that."""
    nodes = {1: node(CY, level="logistic"), 2: node(BO, CY, level="logistic"), 3: node(BO, CY), 4: node(BO)}
    edges = [(2, 1, "packed"), (3, 2, "packed"), (4, 3, "assembled")]
    assert visible(CY, 1, nodes, edges) == {1, 2, 3, 4}


def test_what_was_in_ones_box_when_somebody_else_had_it_is_not_seen() -> None:
    nodes = {1: node(ANA, BO, CY, level="logistic"), 2: node(ANA, BO), 3: node(ANA, CY), 4: node(DAN)}
    edges = [(2, 1, "packed"), (3, 1, "packed"), (4, 1, "packed")]
    assert visible(BO, 1, nodes, edges) == {1, 2}
    assert visible(CY, 1, nodes, edges, frozenset({ANA, DAN})) == {1, 3}  # nor by who shares its chain
    assert visible(CY, 2, nodes, edges) == frozenset()
    assert visible(ANA, 1, nodes, edges) == {1, 2, 3}


def test_the_pallet_that_takes_some_of_a_lot_to_another_customer_is_not_seen() -> None:
    nodes = {
        1: node(ANA, BO, DAN, level="lot"),
        2: node(ANA, BO, level="logistic"),
        3: node(ANA, DAN, level="logistic"),
    }
    edges = [(1, 2, "packed"), (1, 3, "packed")]
    assert visible(BO, 1, nodes, edges) == {1, 2}
    assert visible(ANA, 1, nodes, edges) == {1, 2, 3}


def test_a_neighbour_on_the_same_pallet_is_not_seen() -> None:
    nodes = {1: node(DAN, level="logistic"), 2: node(ANA), 3: node(BO)}
    edges = [(2, 1, "packed"), (3, 1, "packed")]
    assert visible(ANA, 2, nodes, edges) == {1, 2}


def test_a_stranger_sees_nothing_whatever_the_others_share() -> None:
    assert visible(99, POWDER, NODES, EDGES, EVERYBODY) == frozenset()


@pytest.mark.parametrize("subject", [CELL, POWDER])
def test_a_subject_that_is_not_ones_business_looks_as_if_it_were_not_there(subject: int) -> None:
    nodes = NODES | {GLUE: node(DAN, level="lot")}
    assert visible(CY, subject, nodes, EDGES) == (
        frozenset() if subject == POWDER else {CELL, PACK, PALLET, CAR}
    )


def test_who_shares_the_chain_is_seen_by_whoever_holds_a_link_of_it() -> None:
    assert POWDER in sees(CY, PACK, ANA)
    assert LITHIUM in sees(CY, PACK, ANA, DAN)
    assert {PACK, PALLET} <= sees(ANA, POWDER, BO)


def test_the_walk_ends_at_the_first_thing_that_is_not_seen() -> None:
    assert LITHIUM not in sees(CY, PACK, DAN)  # Dan shares, but Ana's powder lies between


def test_an_own_thing_behind_a_hidden_one_is_not_tied_to_the_subject() -> None:
    nodes = {1: node(ANA), 2: node(BO), 3: node(CY), 4: node(BO), 5: node(ANA)}
    edges = [(1, 2, "assembled"), (2, 3, "assembled"), (3, 4, "assembled"), (4, 5, "assembled")]
    assert visible(ANA, 1, nodes, edges) == {1, 2}
    assert visible(ANA, 5, nodes, edges) == {4, 5}
    assert visible(ANA, 1, nodes, edges, frozenset({CY})) == {1, 2, 3, 4, 5}


def test_edges_of_things_that_were_not_loaded_are_left_out() -> None:
    assert visible(ANA, 1, {1: node(ANA)}, [(1, 2, "packed"), (3, 1, "consumed")]) == {1}


graphs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20).map(
    lambda pairs: [(a, b, "packed" if (a + b) % 3 == 0 else "assembled") for a, b in pairs if a < b]
)
owners = st.lists(st.sampled_from((ANA, BO, CY, DAN)), min_size=10, max_size=10)
sharing_sets = st.frozensets(st.sampled_from((ANA, BO, CY, DAN)))


@given(graphs, owners, st.integers(0, 9), sharing_sets, sharing_sets)
def test_sharing_more_never_shows_less_and_nothing_of_others_is_seen_without_an_own_thing(
    edges: list[tuple[int, int, str]],
    owned: list[int],
    subject: int,
    some: frozenset[int],
    more: frozenset[int],
) -> None:
    nodes = {key: node(owner) for key, owner in enumerate(owned)}
    few = visible(ANA, subject, nodes, edges, some)
    assert few <= visible(ANA, subject, nodes, edges, some | more)
    assert (not few) == (subject not in few)
    if few:
        near = {key for a, b, _ in edges for key in (a, b) if {a, b} & few} | few
        assert any(owned[key] == ANA for key in near) or some


@given(graphs, owners, st.integers(0, 9))
def test_without_sharing_everything_seen_is_own_or_next_to_something_own(
    edges: list[tuple[int, int, str]], owned: list[int], subject: int
) -> None:
    nodes = {key: node(owner) for key, owner in enumerate(owned)}
    own = {key for key, owner in enumerate(owned) if owner == ANA}
    for _ in range(10):
        own |= {source for source, target, kind in edges if kind == "packed" and target in own}
    next_to = own | {a for a, b, _ in edges if b in own} | {b for a, b, _ in edges if a in own}
    assert visible(ANA, subject, nodes, edges) <= next_to


# --- events ---

NOBODY: frozenset[int] = frozenset()


def lot_event(
    viewer: int, recorder: int, *named: int, sharing: frozenset[int] = NOBODY, partners: set[int]
) -> bool:
    return event_visible(viewer, recorder, frozenset(named), sharing, True, frozenset(partners))


def test_one_sees_what_one_recorded_and_what_names_one() -> None:
    assert lot_event(ANA, ANA, partners=set())
    assert lot_event(BO, ANA, BO, partners=set())


def test_one_sees_what_the_direct_supplier_did_with_the_lot() -> None:
    assert lot_event(BO, ANA, partners={ANA})
    assert not lot_event(CY, ANA, partners={BO})


def test_one_customer_of_a_lot_never_learns_of_another() -> None:
    assert not lot_event(BO, ANA, DAN, partners={ANA})
    assert not lot_event(BO, ANA, DAN, partners={ANA}, sharing=EVERYBODY)
    assert not lot_event(BO, DAN, ANA, partners={ANA})


def test_another_customer_is_known_only_by_its_own_choice() -> None:
    assert lot_event(BO, DAN, ANA, partners={ANA}, sharing=frozenset({DAN}))


def test_a_shipment_between_ones_own_partners_is_no_secret() -> None:
    assert lot_event(BO, ANA, CY, partners={ANA, CY})


def test_a_single_item_has_one_chain_so_its_partners_events_are_seen_whole() -> None:
    assert event_visible(CY, BO, frozenset({DAN}), NOBODY, False, frozenset({BO}))
    assert not event_visible(CY, ANA, frozenset({BO}), NOBODY, False, frozenset({BO}))
    assert event_visible(CY, ANA, frozenset({BO}), frozenset({ANA}), False, frozenset({BO}))
