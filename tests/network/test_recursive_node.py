"""A recursive node as its clients see it: the Handle API, printed URLs, the explanation."""

import json

import pytest
from sqlalchemy import text

from app.domain.messages import Told
from tests.support.both_paths import both_of
from tests.support.pages import Document
from tests.support.simnet import SimNet, SimNode
from tests.support.simtree import HANDLE, MAKER, Tree


@pytest.fixture
def tree(net: SimNet) -> Tree:
    return Tree(net)


@pytest.fixture
def node(tree: Tree) -> SimNode:
    return tree.net.node("recursive", roles=("recursive",), root_hints=str(tree.net.root_hints("root")))


def body(told: Told) -> dict[str, object]:
    found: dict[str, object] = json.loads(told.body)
    return found


def test_a_handle_is_answered_as_its_own_node_answers_it(tree: Tree, node: SimNode) -> None:
    own = tree.maker.get(f"/api/handles/{HANDLE}")
    for _ in range(3):  # walked, made ready, ready
        told = node.get(f"/api/handles/{HANDLE}")
        assert (told.status, told.body, told.header("content-type")) == (
            200,
            own.body,
            own.header("content-type"),
        )
    assert tree.asked("maker") == 1


@pytest.mark.parametrize(
    "query", ["?type=URL", "?index=1", "?type=NOPE", "?pretty=true", "?callback=f", "?auth=true"]
)
def test_filters_and_forms_are_those_of_the_handle_api(tree: Tree, node: SimNode, query: str) -> None:
    own = tree.maker.get(f"/api/handles/{HANDLE}{query}")
    for _ in range(2):
        told = node.get(f"/api/handles/{HANDLE}{query}")
        assert (told.status, told.body) == (own.status, own.body)


def test_what_is_missing_and_who_is_silent_are_told_apart(tree: Tree, node: SimNode) -> None:
    assert (node.get(f"/api/handles/{MAKER}/NOPE").status, tree.asked("maker")) == (404, 1)
    assert body(node.get(f"/api/handles/{MAKER}/NOPE")) == {"responseCode": 100, "handle": f"{MAKER}/NOPE"}
    assert body(node.get("/api/handles/88.999/X"))["responseCode"] == 100
    tree.net.wire.down("maker")
    told = node.get(f"/api/handles/{HANDLE}")
    assert (told.status, body(told)["responseCode"], told.header("retry-after")) == (504, 2, "5")


def test_asking_with_authority_goes_past_what_is_remembered(tree: Tree, node: SimNode) -> None:
    node.get(f"/api/handles/{HANDLE}")
    node.get(f"/api/handles/{HANDLE}?auth=true")
    assert (tree.asked("root"), tree.asked("maker")) == (2, 2)


def test_a_client_that_asks_for_ever_new_names_is_slowed_down(tree: Tree) -> None:
    node = tree.net.node(
        "slow", roles=("recursive",), root_hints=str(tree.net.root_hints("root")), recursion_client_rate=2
    )
    statuses = [node.get(f"/api/handles/{MAKER}/N{number}").status for number in range(12)]
    assert statuses == [404, 200, *[404] * 6, *[429] * 4]
    assert node.get(f"/api/handles/{MAKER}/N1").status == 200  # what is remembered costs nobody anything
    tree.net.clock.pass_by(seconds=1)
    assert node.get(f"/api/handles/{MAKER}/N20").status == 404


def test_a_printed_url_leads_on_to_where_its_owner_says(tree: Tree, node: SimNode) -> None:
    told = node.get(f"/{HANDLE}", Accept="text/html")
    assert (told.status, told.header("location")) == (307, "https://id.example.cn/88.118.8/P1")
    as_json = node.get(f"/{HANDLE}", Accept="application/json")
    assert (as_json.status, body(as_json)["handle"]) == (200, HANDLE)
    assert node.get(f"/{MAKER}/NOPE", Accept="text/html").status == 404


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://recursive.test/88.118.8/EVIL", "file:///etc/passwd", "//x.cn"]
)
def test_a_url_value_that_is_no_address_of_the_web_leads_nowhere(tree: Tree, node: SimNode, url: str) -> None:
    from app.domain.handles import text_value

    handle = tree.register(
        "EVIL", [text_value(1, "URL", url), text_value(2, "NOTE", "<script>alert(1)</script>")]
    )
    told = node.get(f"/{handle}", Accept="text/html")
    assert told.status == 200
    page = Document.of(told.body.decode())
    assert not page.faults
    assert url not in [each.attributes.get("href") for each in page.all("a")]
    assert b"<script>alert" not in told.body


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_explanation_shows_each_hop_in_the_readers_language(
    tree: Tree, node: SimNode, language: str
) -> None:
    told = node.get(f"/explain?handle={HANDLE}&lang={language}", Accept="text/html")
    page = Document.of(told.body.decode())
    assert (told.status, page.faults) == (200, [])
    words = " ".join(page.texts)
    for expected in ("https://root.test", "https://maker.test", "88.118", MAKER):
        assert expected in words
    assert words.count("已验证" if language == "zh" else "Verified") == 5


def test_the_explanation_as_json_can_be_verified_by_anybody(tree: Tree, node: SimNode) -> None:
    from app.domain import chains
    from app.domain.trust import Signed, keys_of

    found = body(node.get(f"/api/network/explanations/{HANDLE}"))
    assert (found["outcome"], found["state"], len(found["hops"])) == ("record", "verified", 4)
    chain = [Signed.from_wire(wire) for wire in found["chain"]]
    verdict = chains.verify_chain(
        keys_of([tree.root.jwk]), chain, Signed.from_wire(found["answer"]), tree.net.clock()
    )
    assert (verdict.state, verdict.zone) == ("verified", MAKER)


def test_an_explanation_says_who_failed_and_why(tree: Tree, node: SimNode) -> None:
    tree.net.wire.down("maker")
    found = body(node.get(f"/api/network/explanations/{HANDLE}"))
    assert (found["outcome"], found["reason"]) == ("failed", "peer-unreachable")
    page = Document.of(node.get(f"/explain?handle={HANDLE}", Accept="text/html").body.decode())
    assert "It cannot be reached." in " ".join(page.texts)
    assert not page.faults


def test_a_node_that_recurses_for_nobody_has_no_such_page(tree: Tree) -> None:
    assert tree.maker.get("/explain", Accept="text/html").status == 404
    assert tree.maker.get(f"/api/network/explanations/{HANDLE}").status == 404


def test_a_node_that_also_answers_for_itself_answers_first(tree: Tree) -> None:
    hints = str(tree.net.root_hints("root"))
    tree.maker.again(node_roles=("enterprise", "recursive"), root_hints=hints)
    before = len(tree.net.wire.sent)
    assert tree.maker.get(f"/api/handles/{HANDLE}").status == 200
    assert tree.maker.get(f"/api/handles/{MAKER}/NOPE").status == 404
    assert len(tree.net.wire.sent) == before
    told = tree.maker.get("/api/handles/0.NA/88.118")
    assert (told.status, body(told)["responseCode"]) == (200, 1)


def test_what_is_remembered_is_told_in_front_of_flask_exactly_as_flask_tells_it(
    tree: Tree, node: SimNode
) -> None:
    both = both_of(node.app)
    names = [HANDLE, HANDLE.lower(), f"{MAKER}/N1", f"{MAKER}/NOPE", "88.77/X", f"0.NA/{MAKER}"]
    queries = ["", "?index=1", "?type=URL&index=2001", "?type=NOPE", "?pretty", "?publicOnly=true"]
    for name in names:
        both.same(f"/api/handles/{name}")  # walked for, where it is not there in another spelling
        for query in queries:
            both.fast_and_same(f"/api/handles/{name}{query}")
    for odd in ("?auth=true", "?callback=f", "?index=x", "?other=1", "/", "?index=1&index=1%ff"):
        both.left_to_flask(f"/api/handles/{HANDLE}{odd}")
    both.left_to_flask(f"/api/handles/{HANDLE}", headers={"Authorization": "Bearer x"})
    both.left_to_flask(f"/api/handles/{HANDLE}", method="POST")


def test_look_ups_of_others_names_are_counted(tree: Tree, node: SimNode) -> None:
    for name in (HANDLE, HANDLE, HANDLE, f"{MAKER}/NOPE", f"{MAKER}/NOPE"):
        node.get(f"/api/handles/{name}")
    node.app.extensions["suyuan-fast"]._fast._counting.flush()
    with node.reading() as session:
        rows = session.execute(text("SELECT outcome, SUM(count) FROM resolve_count GROUP BY outcome")).all()
    assert dict(rows) == {"found": 3, "missing": 2}
