"""A node's own zone: applied for at the node above, followed, verified and kept, moved, given a new key, given back."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
import pytest
from flask import Flask

from app import create_app, rounds
from app.domain.trust import public_key_of
from app.services import certifying, joining, rotating
from app.settings import Settings
from app.store.database import reading, writing
from app.store.migrate import migrate
from app.store.tables import Membership
from tests.support import quicker, tenants
from tests.support.pages import Document
from tests.support.parents import WayOut
from tests.support.registrar import SUBJECT
from tests.support.tenants import Visitor

ZONE = "88"
PARENT, CHILD = "https://root.example", "https://beijing.example"


@dataclass
class Pair:
    """The root and a national node of the same test."""

    parent: Flask
    child: Flask
    way: WayOut

    def visit(self, app: Flask, login: str = "ana") -> Visitor:
        visitor = Visitor(app)
        assert visitor.sign_in(login).status_code == 303
        return visitor

    def apply(self, **more: str) -> Visitor:
        ana = self.visit(self.child)
        ana.get("/our-zone/apply")
        answer = ana.post("/our-zone/apply", SUBJECT | {"parent_url": PARENT} | more)
        assert answer.status_code == 303, Document.of(answer.text).complaints
        return ana

    def approve(self, number: int = 1) -> None:
        ana = self.visit(self.parent)
        ana.get(f"/applications/{number}")
        sent = {"step": "approve", "verification": "registry", "zone": ZONE}
        assert ana.post(f"/applications/{number}/decide", sent).status_code == 303

    def joined(self) -> Visitor:
        ana = self.apply()
        self.approve()
        assert ana.post("/our-zone/refresh").status_code == 303
        return ana

    def membership(self) -> Membership:
        with reading(self.child.extensions["suyuan"].engine) as session:
            return joining.membership_of(session, ZONE)

    def stated(self) -> dict[str, object]:
        wire = self.parent.test_client().get(f"/api/network/delegations/{ZONE}").get_json()
        return joining.Signed.from_wire(wire).peek()

    def run(self, name: str) -> dict[str, str]:
        node = self.child.extensions["suyuan"]
        return rounds.run(node.settings, node.engine, node.now(), self.way, names=[name])


@pytest.fixture
def pair(tmp_path: Path, clock: Callable[[], object]) -> Iterator[Pair]:
    made: list[Flask] = []
    way = WayOut({})

    def node(name: str, **more: object) -> Flask:
        folder = tmp_path / name
        folder.mkdir()
        settings = Settings(data_dir=folder, secret_key=name, fast_hash=True)
        settings = replace(settings, base_url=f"https://{name}.example", secure_cookies=False, **more)
        settings = replace(settings, base_url=settings.base_url)
        migrate(settings.sqlalchemy_url)
        app = create_app(settings, fetch=way, now=clock)
        app.config.update(TESTING=True, SESSION_COOKIE_SECURE=False, WTF_CSRF_SSL_STRICT=False)
        quicker.share_templates(app)
        with writing(app.extensions["suyuan"].engine) as session:
            tenants.found(session, clock())
        made.append(app)
        return app

    parent = node("root", node_roles=("root",))
    hints = tmp_path / "hints.json"
    key = public_key_of(certifying.signing_key(parent.extensions["suyuan"].keys))
    hints.write_bytes(orjson.dumps({"endpoints": [{"url": PARENT}], "keys": [key.jwk]}))
    child = node("beijing", node_roles=("national",), zone=ZONE, root_hints=str(hints))
    way.nodes |= {PARENT: parent, CHILD: child}
    yield Pair(parent, child, way)
    for app in made:
        app.extensions["suyuan-fast"].close()
        app.extensions["suyuan"].engine.dispose()


def test_a_national_node_gets_its_zone_from_the_root_and_keeps_the_verified_statement(pair: Pair) -> None:
    ana = pair.apply()
    assert "Waiting for review" in ana.get("/our-zone").text
    assert "proven" in pair.visit(pair.parent).get("/applications/1").text
    pair.approve()
    assert ana.post("/our-zone/refresh").status_code == 303
    row = pair.membership()
    assert (row.state, row.serial) == ("active", 1)
    assert row.parent_keys, "it was verified with the root's key"
    page = ana.get("/our-zone").text
    assert "verified with the keys of the node above" in page
    assert CHILD in page


def test_a_parent_with_another_key_than_the_hints_say_is_not_believed(pair: Pair, tmp_path: Path) -> None:
    ana = pair.apply()
    pair.approve()
    key = public_key_of(b"x" * 32)
    hints = Path(pair.child.extensions["suyuan"].settings.root_hints)
    hints.write_bytes(orjson.dumps({"endpoints": [{"url": PARENT}], "keys": [key.jwk]}))
    answer = ana.post("/our-zone/refresh")
    assert answer.status_code == 422
    assert pair.membership().statement is None
    assert pair.run("own-zone")["own-zone"] == "unknown-key"


def test_the_node_asks_by_itself_how_its_zone_stands(pair: Pair) -> None:
    assert pair.run("own-zone") == {"own-zone": ""}, "nothing to do for a node that never applied"
    assert not pair.way.asked
    pair.apply()
    pair.approve()
    assert pair.run("own-zone") == {"own-zone": ""}
    assert pair.membership().state == "active"
    reviewer = pair.visit(pair.parent)
    reviewer.get(f"/zones/{ZONE}")
    assert reviewer.post(f"/zones/{ZONE}/suspend", {"reason": "Not reachable."}).status_code == 303
    assert pair.run("own-zone") == {"own-zone": ""}
    assert pair.membership().state == "suspended"


def test_moving_changes_the_address_at_the_node_above_at_once(pair: Pair) -> None:
    ana = pair.joined()
    assert (
        ana.post(
            "/our-zone/move", {"endpoint": "https://new.example\nhdl-tcp://new.example:2641"}
        ).status_code
        == 303
    )
    assert pair.stated()["endpoints"] == [
        {"url": "https://new.example"},
        {"host": "new.example", "port": 2641, "protocol": "hdl-tcp"},
    ]
    assert "https://new.example" in ana.get("/our-zone").text
    answer = ana.post("/our-zone/move", {"endpoint": "ftp://x"})
    assert answer.status_code == 400


def test_a_new_key_is_told_to_the_node_above_before_this_node_signs_with_it(pair: Pair) -> None:
    ana = pair.joined()
    keys = pair.child.extensions["suyuan"].keys
    old = certifying.signing_key(keys)
    assert ana.post("/our-zone/rotate").status_code == 303
    new = certifying.signing_key(keys)
    assert new != old
    assert pair.stated()["keys"] == [public_key_of(new).jwk, public_key_of(old).jwk]
    assert ana.post("/our-zone/move", {"endpoint": "https://new.example"}).status_code == 303


def test_a_key_whose_change_was_done_but_never_confirmed_is_taken_up_by_the_next_look(pair: Pair) -> None:
    ana = pair.joined()
    keys = pair.child.extensions["suyuan"].keys
    old = certifying.signing_key(keys)
    pair.way.lost = True
    assert ana.post("/our-zone/rotate").status_code == 502
    assert certifying.signing_key(keys) == old
    pair.way.lost = False
    assert pair.run("own-zone") == {"own-zone": ""}
    assert public_key_of(certifying.signing_key(keys)).jwk == pair.stated()["keys"][0]  # type: ignore[index]
    assert rotating.next_key(keys) is None


def test_an_older_statement_does_not_take_the_place_of_a_newer_one(pair: Pair) -> None:
    ana = pair.joined()
    before = pair.membership()
    first = joining.Signed.from_wire(before.statement)
    assert ana.post("/our-zone/move", {"endpoint": "https://new.example"}).status_code == 303
    node = pair.child.extensions["suyuan"]
    own = joining.Own(ZONE, certifying.signing_key(node.keys), CHILD)
    with writing(node.engine) as session:
        heard = joining.Heard("active", "", first)
        row = joining.take_in(session, own, PARENT, heard, (), node.now())
        assert row.serial == 2


def test_the_zone_is_given_back(pair: Pair) -> None:
    ana = pair.joined()
    assert ana.post("/our-zone/leave").status_code == 303
    assert pair.stated()["state"] == "left"
    assert "Apply at the node above" in ana.get("/our-zone").text


def test_what_the_node_above_says_against_it_is_told_and_escaped(pair: Pair) -> None:
    ana = pair.visit(pair.child)
    ana.get("/our-zone/apply")
    bad = SUBJECT | {"parent_url": PARENT, "id_number": "1"}
    assert ana.post("/our-zone/apply", bad).status_code == 400
    assert not pair.way.asked, "what cannot be right is not sent"
    pair.apply()
    again = ana.post("/our-zone/apply", SUBJECT | {"parent_url": PARENT})
    assert again.status_code == 422
    assert "already-applied" in again.text
    nobody = ana.post("/our-zone/apply", SUBJECT | {"parent_url": "https://nobody.example"})
    assert nobody.status_code == 502


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"[]",
        b"null",
        b"<html>",
        b"{}",
        b'{"state": "<script>"}',
        b'{"state": "approved", "delegation": 7}',
    ],
)
def test_a_node_above_that_talks_nonsense_is_not_believed(pair: Pair, told: bytes) -> None:
    from app.domain.messages import Ask, Told
    from app.errors import TraceError

    def liar(ask: Ask) -> Told:
        return Told(200, told)

    with pytest.raises(TraceError) as caught:
        joining.look(liar, PARENT, ZONE, "x" * 43)
    assert caught.value.code in {"parent-senseless", "bad-statement"}


@pytest.mark.parametrize("login", ["bo", "operator", "auditor", "cy"])
def test_only_administrators_of_the_node_see_and_change_its_zone(pair: Pair, login: str) -> None:
    pair.joined()
    who = pair.visit(pair.child, login)
    assert who.get("/our-zone").status_code == 403
    for step in ("move", "rotate", "leave", "refresh"):
        assert who.post(f"/our-zone/{step}", {"endpoint": "https://evil.example"}).status_code == 403
    assert pair.stated()["serial"] == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_are_in_good_order_in_both_languages(pair: Pair, language: str) -> None:
    ana = pair.joined()
    for path in ("/our-zone", "/our-zone/apply"):
        answer = ana.get(f"{path}?lang={language}")
        assert answer.status_code == 200
        assert not Document.of(answer.text).faults
        assert ("上级节点" in answer.text) == (language == "zh")


def test_a_program_applies_attaches_a_document_and_withdraws(pair: Pair) -> None:
    node = pair.child.extensions["suyuan"]
    own = joining.Own(ZONE, certifying.signing_key(node.keys), CHILD)
    signed = joining.application(own, SUBJECT, "n" * 24, node.now())
    client = pair.parent.test_client()
    sent = client.post("/api/network/applications", json=signed.wire)
    assert sent.status_code == 201
    told = sent.get_json()
    assert told["url"] == f"{PARENT}/apply/{told['follow']}"
    path = f"/api/network/applications/{told['follow']}"
    assert client.post("/api/network/applications", json=signed.wire).status_code == 409
    attached = client.post(f"{path}/documents?kind=licence&name=x.pdf", data=b"%PDF-1.4")
    assert attached.status_code == 201
    assert [step["step"] for step in client.get(path).get_json()["steps"]] == ["apply", "attach"]
    assert client.delete(path).get_json()["state"] == "withdrawn"
    assert client.get(path[:-1] + "~").status_code == 404
    for body in (b"", b"{", b"7", json.dumps({"payload": "e30"}).encode(), b"x" * 70_000):
        assert client.post("/api/network/applications", data=body).status_code == 400
    assert client.get("/api/network/delegations/%20/..").status_code == 404


def test_the_reviewer_asks_the_applicant_s_node_which_proves_its_key(pair: Pair) -> None:
    key = json.dumps(public_key_of(certifying.signing_key(pair.child.extensions["suyuan"].keys)).jwk)
    stranger = Visitor(pair.parent)
    for other, endpoint in (
        (key, CHILD),
        (json.dumps(public_key_of(b"x" * 32).jwk), CHILD),
        (key, "https://nobody.example"),
    ):
        stranger.get("/apply")
        sent = SUBJECT | {"zone": ZONE, "key": other, "endpoint": endpoint}
        answer = stranger.post("/apply", sent)
        assert answer.status_code in {303, 409}
        if answer.status_code == 409:  # the same key waits already
            assert pair.visit(pair.parent).get("/applications/1").status_code == 200
    ana = pair.visit(pair.parent)
    assert "not proven" in ana.get("/applications/1").text
    page = ana.follow(ana.post("/applications/1/check")).text
    assert f"{CHILD} answers, signed with the key of the application." in page
    assert "not proven" not in page
    ana.get("/applications/2")
    page = ana.follow(ana.post("/applications/2/check")).text
    assert "unknown-key" in page
    assert "not proven" in page
    for login in ("bo", "cy", "auditor"):
        who = pair.visit(pair.parent, login)
        before = len(pair.way.asked)
        assert who.post("/applications/1/check").status_code == 403
        assert len(pair.way.asked) == before, "nobody else makes this node ask another"
