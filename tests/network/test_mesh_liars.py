"""A holder of our zone that lies, or a stranger who would like to be one: what they tell of the zone's changes is
contained, and what we know is told to holders only."""

from typing import Any

import orjson
import pytest

from app import rounds_of_mesh
from app.domain import calls, meshing, trust
from app.domain.delegations import KIND
from app.domain.messages import Ask, Told
from app.errors import TraceError
from app.services import meshing as service
from app.store import mesh as rows
from tests.support import simliars
from tests.support.simmesh import NATIONAL, ZONE, Mesh
from tests.support.simnet import Lie, SimNet

CHANGES = "/api/network/changes"
STRANGER = b"s" * 32


@pytest.fixture
def mesh(net: SimNet) -> Mesh:
    made = Mesh(net, NATIONAL[:2])
    made.state("beijing", "88.118", 1)
    return made


def question(mesh: Mesh, seed: bytes, **changes: Any) -> dict[str, str]:
    wanted = {"after": 0, "chain": "00" * 32}
    values = {"sender": ZONE, "audience": ZONE, "nonce": "n" * 32, "now": mesh.net.clock()} | changes
    return calls.seal(meshing.WANTED, wanted, seed=seed, **values).wire


def ask(mesh: Mesh, body: object) -> Told:
    return mesh.net.fetch(
        Ask(
            "https://beijing.test" + CHANGES,
            "POST",
            body=body if isinstance(body, bytes) else orjson.dumps(body),
        )
    )


# --- who asks ---


def test_a_holder_is_told_once_for_each_question(mesh: Mesh) -> None:
    wire = question(mesh, mesh.net["shanghai"].seed)
    assert ask(mesh, wire).status == 200
    again = ask(mesh, wire)
    assert again.status == 409
    assert b"payload" not in again.body


@pytest.mark.parametrize(
    "changes", [{"audience": "88.118"}, {"sender": "88.118"}, {"sender": ""}, {"nonce": "short"}], ids=str
)
def test_a_question_for_another_node_or_in_anothers_name_is_refused(mesh: Mesh, changes: Any) -> None:
    told = ask(mesh, question(mesh, mesh.net["shanghai"].seed, **changes))
    assert 400 <= told.status < 500
    assert b"payload" not in told.body


def test_nobody_else_learns_which_zones_there_are(mesh: Mesh) -> None:
    other_kind = trust.sign(KIND, {"after": 0}, mesh.net["shanghai"].seed).wire
    for body in (
        question(mesh, STRANGER),
        other_kind,
        b"",
        b"{",
        b"null",
        b"[" * 5000,
        {"payload": 1},
        b"x" * 9000,
    ):
        told = ask(mesh, body)
        assert 400 <= told.status < 500
        assert b"88.118" not in told.body
        assert b'payload"' not in told.body


def test_who_holds_the_zone_no_longer_is_told_nothing(mesh: Mesh) -> None:
    mesh.told_by_root(["beijing"])
    assert ask(mesh, question(mesh, mesh.net["shanghai"].seed)).status >= 400


# --- who tells ---


def other_signer(payload: dict[str, Any]) -> dict[str, Any]:
    return trust.sign(meshing.PAGE, payload, STRANGER).wire


@pytest.mark.parametrize(
    "lie",
    [
        simliars.forges_signature,
        simliars.changes({"total": 9}),
        simliars.signs_anew(other_signer),
        simliars.redirects("http://127.0.0.1/"),
        simliars.says(b"<html>"),
        simliars.says(b"null"),
        simliars.says(b"[" * 100_000),
        simliars.says(b"{}", 500),
        simliars.says_too_much(),
        simliars.drips(),
    ],
)
def test_a_page_that_no_holder_signed_changes_nothing(mesh: Mesh, lie: Lie) -> None:
    mesh.net.wire.lie("beijing", lie)
    with pytest.raises(TraceError):
        mesh.pull("shanghai")
    assert not mesh.held("shanghai")
    (sister,) = mesh.view("shanghai").sisters
    assert sister.error
    mesh.net.wire.lie("beijing", None)
    mesh.pull("shanghai")
    assert "88.118" in mesh.held("shanghai")
    assert not mesh.view("shanghai").sisters[0].error


def test_an_old_page_told_again_is_refused(mesh: Mesh) -> None:
    mesh.net.wire.lie("beijing", simliars.replays())
    mesh.pull("shanghai")
    with pytest.raises(TraceError) as caught:
        mesh.pull("shanghai")
    assert caught.value.code == "wrong-reply"


def planted(mesh: Mesh, *statements: trust.Signed) -> None:
    """Beijing's operator writes whatever she likes into the log that the others read."""
    node = mesh.net["beijing"]
    with node.writing() as session:
        for number, signed in enumerate(statements):
            rows.append(session, f"X{number}", 1, "active", signed.digest, dict(signed.wire), node.now())


def test_of_a_holder_that_states_what_is_not_hers_to_state_only_that_is_left_out(mesh: Mesh) -> None:
    net = mesh.net
    beijing = net["beijing"].seed
    good = mesh.statement("beijing", "88.119", 1)
    planted(
        mesh,
        mesh.statement("beijing", "86.100", 1),  # outside our zone
        mesh.statement("beijing", "88", 9),  # our zone itself
        trust.sign(KIND, mesh.statement("beijing", "88.130", 1).peek() | {"issuer": ""}, beijing),
        trust.sign(KIND, mesh.statement("beijing", "88.131", 1).peek(), STRANGER),  # signed by nobody we know
        trust.sign("answer", mesh.statement("beijing", "88.132", 1).peek(), beijing),  # of another kind
        trust.sign(KIND, {"zone": "88.133"}, beijing),
        trust.sign(KIND, mesh.statement("beijing", "88.134", 1).peek() | {"serial": 2**60}, beijing),
        good,
    )
    mesh.pull("shanghai")
    assert set(mesh.held("shanghai")) == {"88.118", "88.119"}
    assert mesh.view("shanghai").sisters[0].refused == 7


def test_a_holder_cannot_bring_back_what_was_revoked(mesh: Mesh) -> None:
    old = mesh.statement("beijing", "88.118", 1)
    mesh.pull("shanghai")
    mesh.state("shanghai", "88.118", 2, state="suspended")
    planted(mesh, trust.sign(KIND, old.peek() | {"subject": {}}, mesh.net["beijing"].seed))
    mesh.pull("shanghai")
    assert mesh.held("shanghai")["88.118"].state == "suspended"


def test_a_holder_who_tells_without_end_is_left_after_some_pages(mesh: Mesh) -> None:
    """Each page is fresh and signed, brings one more statement on the same zone, and promises more."""
    told: list[int] = []
    seed = mesh.net["beijing"].seed
    chain = [meshing.GENESIS]

    def endless(asked: Ask, _honestly: object) -> Told:
        envelope = trust.Signed.from_wire(orjson.loads(asked.body)).peek()
        number = len(told)
        told.append(number)
        signed = mesh.statement("beijing", "88.118", number + 2)
        chain.append(meshing.chained(chain[-1], signed.digest))
        page = meshing.Page(number, number + 1000, follows=True, chain=chain[-1], changes=(signed,))
        wire = calls.seal(
            meshing.PAGE,
            page.body,
            seed=seed,
            sender=ZONE,
            audience=ZONE,
            nonce=envelope["nonce"],
            now=mesh.net.clock(),
        ).wire
        return Told(200, orjson.dumps(wire))

    mesh.net.wire.lie("beijing", endless)
    mesh.pull("shanghai")
    assert len(told) == rounds_of_mesh.MOST_PAGES
    assert set(mesh.held("shanghai")) == {"88.118"}


def test_an_address_that_leads_back_to_the_node_itself_is_no_sister(mesh: Mesh) -> None:
    mesh.net.wire.lie("beijing", simliars.tells_as("https://shanghai.test", mesh.net.fetch))
    with pytest.raises(TraceError) as caught:
        mesh.pull("shanghai")
    assert caught.value.code == "sister-is-this-node"


def test_a_stolen_key_is_made_good_by_nobody_but_a_person(mesh: Mesh) -> None:
    mesh.pull("shanghai")
    stolen = str(mesh.held("shanghai")["88.118"].statement["key"])
    mesh.told_by_root(["shanghai"])  # the root struck Beijing's key
    mesh.pull("shanghai")
    assert mesh.held("shanghai")["88.118"].serial == 1
    node = mesh.net["shanghai"]
    ours = rounds_of_mesh.standing(mesh.turn("shanghai"))
    assert ours is not None
    for key in (trust.public_key_of(node.seed).key_id, "nobody's"):
        with node.writing() as session, pytest.raises(TraceError) as caught:
            service.take_over(session, ours, key, node.seed, node.now())
        assert caught.value.code == "nothing-to-take-over"
    with node.writing() as session, pytest.raises(TraceError) as refused:
        service.take_over(session, ours, stolen, STRANGER, node.now())
    assert refused.value.code == "not-a-holder"
