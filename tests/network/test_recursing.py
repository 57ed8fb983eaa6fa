"""The recursive node: it walks, verifies each step, remembers, and tells what it knew while others are down."""

import re

import pytest
from sqlalchemy import text

from app.services.recursing import NoAnswer, reasons
from tests.support.simnet import SimNet
from tests.support.simtree import HANDLE, MAKER, Tree
from tests.support.sources import ROOT


@pytest.fixture
def tree(net: SimNet) -> Tree:
    return Tree(net)


def test_a_handle_is_found_through_all_levels_and_each_hop_verifies(tree: Tree) -> None:
    found = tree.recursor.resolve(HANDLE)
    assert (found.outcome, found.state, found.zone) == ("record", "verified", MAKER)
    assert b"https://id.example.cn/88.118.8/P1" in (found.array or b"")
    assert [(hop.zone, hop.outcome, hop.state, hop.cached) for hop in found.hops] == [
        ("", "referral", "verified", False),
        ("88", "referral", "verified", False),
        ("88.118", "referral", "verified", False),
        (MAKER, "record", "verified", False),
    ]


def test_what_was_found_is_told_again_from_memory(tree: Tree) -> None:
    tree.recursor.resolve(HANDLE)
    before = len(tree.net.wire.sent)
    again = tree.recursor.resolve(HANDLE.lower())
    assert (again.handle, again.cached, len(tree.net.wire.sent)) == (HANDLE.lower(), True, before)
    assert all(hop.cached for hop in again.hops)


def test_a_second_handle_of_a_prefix_asks_its_own_node_alone(tree: Tree) -> None:
    tree.recursor.resolve(HANDLE)
    found = tree.recursor.resolve(f"{MAKER}/N1")
    assert [hop.zone for hop in found.hops] == [MAKER]


def test_a_prefix_tells_of_itself_at_its_parent(tree: Tree) -> None:
    found = tree.recursor.resolve(f"0.NA/{MAKER}")
    assert (found.outcome, found.zone) == ("record", "88.118")
    assert b"HS_SITE" in (found.array or b"")
    assert tree.recursor.delegation(MAKER).urls == ("https://maker.test",)


def test_nobody_answers(tree: Tree) -> None:
    tree.net.wire.down("maker")
    with pytest.raises(NoAnswer) as raised:
        tree.recursor.resolve(HANDLE)
    assert raised.value.values == {"zone": MAKER, "reason": "peer-unreachable"}


def test_a_node_that_forgot_its_zone_is_not_taken_for_a_liar(tree: Tree) -> None:
    tree.maker.again(zone="88.118.9")
    with tree.maker.writing() as session:
        session.execute(text("UPDATE allotment SET state = 'closed'"))
    with pytest.raises(NoAnswer) as raised:
        tree.recursor.resolve(HANDLE)
    assert (raised.value.way.reason, raised.value.way.state) == ("not-responsible", "unsigned")


def test_every_reason_why_an_answer_does_not_count_has_words() -> None:
    """The codes that walking can end with, as far as they stand in its sources."""
    sources = [ROOT / f"app/services/recursing/{name}.py" for name in ("asking", "walking", "recursor")]
    sources += [ROOT / f"app/{name}.py" for name in ("fetching", "domain/chains")]
    found = {code for path in sources for code in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', path.read_text())}
    others = {"no-such-zone", "suyuan-ask", "suyuan-names", "suyuan-prefetch", "too-many-look-ups"}
    unsaid = found - reasons.REASONS.keys() - others
    assert not {
        code
        for code in unsaid
        if code not in {"chain-too-long", "no-root-keys", "not-signed", "signature-missing"}
    }


@pytest.mark.parametrize("suffix", ["A//B", "/X", "A/", "../X", "A%2FB", "A?b=1#c", "批次 7//8"])
def test_whatever_the_suffix_is_made_of_it_reaches_the_node_as_it_is(tree: Tree, suffix: str) -> None:
    handle = tree.register(suffix)
    found = tree.recursor.resolve(handle)
    assert (found.outcome, found.state) == ("record", "verified")
    assert f"https://maker.test/{suffix}".encode() in (found.array or b"")
