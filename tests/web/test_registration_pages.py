"""Registration in the browser: the applicant's form and link, the reviewer's pages, and who may see what."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask

from app.domain.trust import public_key_of
from app.settings import Settings
from app.store.database import writing
from tests.support import tenants
from tests.support.pages import Document
from tests.support.registrar import SUBJECT, seed_of
from tests.support.tenants import Visitor

ZONE = "88.118.1001"
LINK = re.compile(r"/apply/[A-Za-z0-9_-]{43}")


@dataclass
class Desk:
    app: Flask

    def visit(self, login: str = "") -> Visitor:
        visitor = Visitor(self.app)
        if login:
            assert visitor.sign_in(login).status_code == 303
        return visitor

    def apply(self, **more: str) -> tuple[Visitor, str]:
        """A stranger who has sent the form, and the path of their link."""
        stranger = self.visit()
        assert stranger.get("/apply").status_code == 200
        key = json.dumps(public_key_of(seed_of("ana")).jwk)
        sent = SUBJECT | {"zone": ZONE, "endpoint": "https://ana.example", "key": key} | more
        answer = stranger.post("/apply", sent)
        assert answer.status_code == 303, answer.text
        return stranger, answer.headers["Location"]

    def approved(self) -> tuple[Visitor, str]:
        stranger, link = self.apply()
        ana = self.visit("ana")
        assert self.decide(ana, 1, "approve", zone=ZONE, verification="registry").status_code == 303
        return stranger, link

    def decide(self, who: Visitor, number: int, step: str, **fields: str) -> "object":
        who.get(f"/applications/{number}")
        return who.post(f"/applications/{number}/decide", {"step": step} | fields)


@pytest.fixture
def app(make_app: Callable[[Settings], Flask], settings: Settings) -> Flask:
    return make_app(replace(settings, node_roles=("second-level",), zone="88.118"))


@pytest.fixture
def desk(app: Flask, clock: Callable[[], object]) -> Desk:
    with writing(app.extensions["suyuan"].engine) as session:
        tenants.found(session, clock())
    return Desk(app)


def test_a_stranger_applies_is_approved_and_finds_the_statement_behind_the_link(desk: Desk) -> None:
    stranger, link = desk.apply()
    assert LINK.fullmatch(link)
    page = stranger.get(link)
    assert f"{link}</code>" in page.text, "the link is shown once, to be kept"
    assert "</code>" not in stranger.get(link).text
    assert "Waiting for review" in page.text
    ana = desk.visit("ana")
    assert "Ana Batteries" in ana.get("/applications").text
    shown = ana.get("/applications/1").text
    assert "91350100M000100Y43" in shown
    assert "not proven" in shown
    assert "Hubei" in shown
    assert desk.decide(ana, 1, "approve", zone=ZONE, verification="registry").status_code == 303
    page = stranger.get(link).text
    assert "Approved" in page
    assert ZONE in page
    wire = stranger.get(f"/api/network/delegations/{ZONE}").get_json()
    assert {"payload", "key", "alg", "signature"} == wire.keys()
    assert ZONE in ana.get("/zones").text
    assert "https://ana.example" in ana.get(f"/zones/{ZONE}").text


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(desk: Desk) -> None:
    stranger = desk.visit()
    stranger.get("/apply")
    answer = stranger.post("/apply", SUBJECT | {"id_number": "91350100M000100Y44", "endpoint": "x"})
    assert answer.status_code == 400
    assert "check character" in answer.text
    assert "安娜电池有限公司" in answer.text
    answer = stranger.post("/apply", SUBJECT | {"address": ""})
    assert answer.status_code == 422
    answer = stranger.post("/apply", SUBJECT | {"key": "{"})
    assert (answer.status_code, "public key" in answer.text) == (400, True)
    answer = stranger.post("/apply", SUBJECT | {"zone": "88.119.1"})
    assert answer.status_code == 422
    assert "88.119.1" in answer.text


def test_the_way_back_to_the_applicant_and_the_correction(desk: Desk) -> None:
    stranger, link = desk.apply()
    ana = desk.visit("ana")
    assert desk.decide(ana, 1, "return").status_code == 400
    assert desk.decide(ana, 1, "return", reason="The <b>licence</b> is cut off.").status_code == 303
    page = stranger.get(link).text
    assert "The &lt;b&gt;licence&lt;/b&gt; is cut off." in page
    form = stranger.get(f"{link}/correct").text
    assert "安娜电池有限公司" in form
    assert "https://ana.example" in form
    sent = SUBJECT | {"zone": ZONE, "endpoint": "https://new.example", "address": "2"}
    assert stranger.post(f"{link}/correct", sent).status_code == 303
    assert "https://new.example" in ana.get("/applications/1").text


def test_documents_reach_the_reviewer_as_downloads_only(desk: Desk) -> None:
    stranger, link = desk.apply()
    stranger.get(link)
    sent = {"kind": "licence", "document": (io.BytesIO(b"%PDF-1.7 x"), "执照.pdf")}
    assert stranger.post(f"{link}/documents", sent, content_type="multipart/form-data").status_code == 303
    page = {"kind": "licence", "document": (io.BytesIO(b"<script>alert(1)</script>"), "x.pdf")}
    answer = stranger.post(f"{link}/documents", page, content_type="multipart/form-data")
    assert (answer.status_code, "cannot be used as a document" in answer.text) == (400, True)
    ana = desk.visit("ana")
    (path,) = re.findall(r"/applications/1/documents/\d+", ana.get("/applications/1").text)
    found = ana.get(path)
    assert found.data == b"%PDF-1.7 x"
    assert found.headers["Content-Disposition"].startswith("attachment")
    assert desk.visit().get(path).status_code in {302, 303, 401, 404}
    assert desk.visit("cy").get(path).status_code == 403


def test_changes_asked_for_by_link_wait_and_are_decided_like_applications(desk: Desk) -> None:
    stranger, link = desk.approved()
    stranger.get(link)
    moved = {"kind": "move", "endpoint": "https://new.example\nhdl-tcp://new.example:2641"}
    assert stranger.post(f"{link}/ask", moved).status_code == 303
    assert stranger.post(f"{link}/ask", moved).status_code == 409
    assert (
        stranger.post(f"{link}/ask", {"kind": "move", "endpoint": "javascript:alert(1)"}).status_code == 409
    )
    assert stranger.post(f"{link}/ask", {"kind": "join"}).status_code == 404
    ana = desk.visit("ana")
    assert "https://ana.example" in ana.get(f"/zones/{ZONE}").text
    assert desk.decide(ana, 2, "approve").status_code == 303
    page = ana.get(f"/zones/{ZONE}").text
    assert "https://new.example" in page
    assert "hdl-tcp://new.example:2641" in page


def test_a_reviewer_suspends_resumes_and_takes_a_zone_back_with_reasons(desk: Desk) -> None:
    stranger, link = desk.approved()
    ana = desk.visit("ana")
    ana.get(f"/zones/{ZONE}")
    assert ana.post(f"/zones/{ZONE}/suspend", {"reason": ""}).status_code == 400
    assert ana.post(f"/zones/{ZONE}/suspend", {"reason": "It lies."}).status_code == 303
    assert "Suspended" in stranger.get(link).text
    assert "It lies." in ana.get(f"/zones/{ZONE}").text
    assert ana.post(f"/zones/{ZONE}/suspend", {"reason": "again"}).status_code == 422
    assert ana.post(f"/zones/{ZONE}/resume").status_code == 303
    assert ana.post(f"/zones/{ZONE}/revoke", {"reason": "Dissolved."}).status_code == 303
    assert "Left" in stranger.get(link).text
    assert ana.post(f"/zones/{ZONE}/explode", {"reason": "x"}).status_code == 404
    audit = ana.get("/audit").text
    for title in ("Handed out a zone", "Suspended a zone", "Resumed a zone", "Took a zone back"):
        assert title in audit


@pytest.mark.parametrize("login", ["", "bo", "cy", "operator", "supplier"])
def test_nobody_but_the_node_s_administrators_and_auditors_sees_who_applied(desk: Desk, login: str) -> None:
    desk.apply()
    who = desk.visit(login)
    outside = desk.visit(login)
    for path in (
        "/applications",
        "/applications/1",
        "/applications/1/documents/1",
        "/zones",
        f"/zones/{ZONE}",
    ):
        there = who.get(path)
        assert there.status_code in {302, 303, 401, 403}, path
        assert "Batteries" not in there.text
        absent = outside.get(path.replace("/1", "/4711"))
        assert absent.status_code == there.status_code
    assert who.post("/applications/1/take").status_code in {302, 303, 400, 401, 403}
    answer = who.post("/applications/1/decide", {"step": "approve", "zone": ZONE, "verification": "registry"})
    assert answer.status_code in {302, 303, 400, 401, 403}
    assert desk.visit().get(f"/api/network/delegations/{ZONE}").status_code == 404


def test_an_auditor_reads_and_decides_nothing(desk: Desk) -> None:
    desk.apply()
    auditor = desk.visit("auditor")
    page = auditor.get("/applications/1")
    assert page.status_code == 200
    assert "Decision" not in page.text
    assert auditor.post("/applications/1/decide", {"step": "refuse", "reason": "x"}).status_code == 403
    assert auditor.post("/applications/1/take").status_code == 403


def test_a_made_up_link_is_a_page_that_is_not_there(desk: Desk) -> None:
    _, link = desk.apply()
    stranger = desk.visit()
    for token in ("x", link.removeprefix("/apply/")[:-1] + "~", "0" * 43):
        for path in ("", "/correct"):
            assert stranger.get(f"/apply/{token}{path}").status_code == 404
        for path in ("/withdraw", "/documents", "/ask"):
            stranger.get("/apply")
            assert stranger.post(f"/apply/{token}{path}", {"kind": "leave"}).status_code == 404


def test_another_site_cannot_send_the_form_for_somebody(desk: Desk) -> None:
    assert desk.visit().post("/apply", SUBJECT).status_code == 400


def test_a_node_that_hands_out_nothing_has_none_of_these_pages(
    make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    plain = Visitor(make_app(settings))
    for path in ("/apply", "/api/network/applications", f"/api/network/delegations/{ZONE}"):
        assert plain.get(path).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_are_in_good_order_in_both_languages(desk: Desk, language: str) -> None:
    stranger, link = desk.approved()
    desk.apply(zone="", key="")
    ana = desk.visit("ana")
    suffix = f"?lang={language}"
    pages = [(stranger, "/apply"), (stranger, link), (stranger, f"{link}/correct")]
    pages += [
        (ana, path)
        for path in ("/applications", "/applications/1", "/applications/2", "/zones", f"/zones/{ZONE}")
    ]
    for who, path in pages:
        answer = who.get(path + suffix)
        assert answer.status_code == 200, path
        assert not Document.of(answer.text).faults, path
        assert ("申请" in answer.text or "前缀" in answer.text) == (language == "zh"), path


def test_the_folder_of_the_key_is_never_named(desk: Desk, tmp_path: Path) -> None:
    stranger, link = desk.approved()
    assert str(tmp_path) not in stranger.get(link).text
