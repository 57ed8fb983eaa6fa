"""The log for auditors and for programs: what is shown can be checked, and whose text it is decides who reads it."""

import base64
from collections.abc import Callable

import pytest
from flask import Flask

from app.domain import checkpoints, merkle
from app.services import masterdata
from app.store.database import writing
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]


@pytest.fixture
def entries(app: Flask, world: Tenants, clock: Callable[[], object]) -> dict[str, int]:
    """The number of an entry of Ana's company and of one of Cy's."""
    with writing(app.extensions["suyuan"].engine) as session:
        masterdata.create_site(session, world.ana, "一厂", "Plant", "", clock())  # type: ignore[arg-type]
        masterdata.create_site(session, world.cy, "二厂", "Other plant", "", clock())  # type: ignore[arg-type]
    return {"ana": 0, "cy": 1}


def test_an_auditor_sees_the_head_and_what_was_signed(visit: Visit, entries: dict[str, int]) -> None:
    page = visit("auditor").get("/log")
    assert page.status_code == 200
    assert "Nothing is signed yet" in page.text
    assert "Sign now" not in page.text
    ana = visit("ana")
    assert "Sign now" in ana.get("/log").text
    ana.follow(ana.post("/log/checkpoints"))
    page = visit("auditor").get("/log")
    assert "localhost/log\n2\n" in page.text or "127.0.0.1:8000/log\n2\n" in page.text
    assert "Sign now" not in ana.get("/log").text
    again = ana.follow(ana.post("/log/checkpoints"))
    assert again.status_code == 200
    assert again.text.count("<pre") == 1


def test_an_entry_is_shown_with_its_proof(visit: Visit, entries: dict[str, int]) -> None:
    page = visit("auditor").get(f"/log?entry={entries['ana']}")
    assert page.status_code == 200
    assert "Proven: this entry is in the log of 2 entries" in page.text
    assert "&#34;bizStep&#34;: &#34;reserving&#34;" in page.text


@pytest.mark.parametrize(
    "number", ["{cy}", "2", "-1", "x", "９", "99999999999999999999999999", "0x1", "1e3", "<b>"]
)
def test_what_is_not_theirs_or_not_there_looks_the_same(
    visit: Visit, entries: dict[str, int], number: str
) -> None:
    page = visit("auditor").get("/log", query_string={"entry": number.format(**entries)})
    assert page.status_code == 404
    assert "There is no event" in page.text
    assert "reserving" not in page.text


def test_the_page_and_the_signing_are_for_those_who_may(visit: Visit, entries: dict[str, int]) -> None:
    for login, seen, signed in (
        ("manager", 403, 403),
        ("supplier", 403, 403),
        ("operator", 403, 403),
        ("auditor", 200, 403),
        ("ana", 200, 303),
    ):
        browser = visit(login)
        assert browser.get("/log").status_code == seen, login
        browser.get("/account")
        assert browser.post("/log/checkpoints").status_code == signed, login


def test_a_program_can_check_an_entry_from_its_text_to_the_signature(
    visit: Visit, entries: dict[str, int]
) -> None:
    ana = visit("ana")
    ana.get("/account")
    ana.post("/log/checkpoints")
    head = ana.get("/api/v1/log/head").json
    entry = ana.get(f"/api/v1/log/entries/{entries['ana']}").json
    proof = ana.get(f"/api/v1/log/entries/{entries['ana']}/proof?size=2").json
    note = ana.get("/api/v1/log/checkpoint")
    assert head is not None
    assert entry is not None
    assert proof is not None
    assert note.content_type == "text/plain; charset=utf-8"
    signed = checkpoints.verify(note.text, head["verifier_key"])
    leaf = merkle.leaf_hash(entry["body"].encode())
    path = [bytes.fromhex(text) for text in proof["path"]]
    assert leaf.hex() == entry["leaf"] == proof["leaf"]
    assert merkle.verify_inclusion(entry["seq"], signed.size, leaf, path, signed.root)
    assert (head["size"], head["root"], head["origin"]) == (2, signed.root.hex(), signed.origin)
    assert base64.b64encode(signed.root).decode() in note.text


def test_a_program_can_check_that_the_log_only_grew(visit: Visit, entries: dict[str, int]) -> None:
    body = visit("bo").get("/api/v1/log/consistency?from=1").json
    assert body is not None
    assert (body["from"], body["to"]) == (1, 2)
    path = [bytes.fromhex(text) for text in body["path"]]
    roots = bytes.fromhex(body["from_root"]), bytes.fromhex(body["to_root"])
    assert merkle.verify_consistency(1, 2, *roots, path)


def test_anybody_signed_in_gets_proofs_but_nobody_elses_text(visit: Visit, entries: dict[str, int]) -> None:
    cy = visit("cy")
    assert cy.get(f"/api/v1/log/entries/{entries['ana']}/proof").status_code == 200
    refused = cy.get(f"/api/v1/log/entries/{entries['ana']}")
    absent = cy.get("/api/v1/log/entries/999")
    assert (refused.status_code, absent.status_code) == (404, 404)
    assert refused.json is not None
    assert absent.json is not None
    assert refused.json["detail"].replace("0", "999") == absent.json["detail"]
    assert cy.get(f"/api/v1/log/entries/{entries['cy']}").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/log/entries/2/proof", 400),
        ("/api/v1/log/entries/0/proof?size=0", 400),
        ("/api/v1/log/entries/0/proof?size=3", 404),
        ("/api/v1/log/entries/0/proof?size=-1", 422),
        ("/api/v1/log/entries/0/proof?size=99999999999999999999", 422),
        ("/api/v1/log/entries/99999999999999999999", 404),
        ("/api/v1/log/entries/-1", 404),
        ("/api/v1/log/consistency", 422),
        ("/api/v1/log/consistency?from=2&to=1", 400),
        ("/api/v1/log/consistency?from=0&to=9", 404),
        ("/api/v1/log/consistency?from=x", 422),
        ("/api/v1/log/checkpoint", 404),
    ],
)
def test_what_cannot_be_proven_is_told_in_a_sentence(
    visit: Visit, entries: dict[str, int], path: str, status: int
) -> None:
    answer = visit("ana").get(path)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["detail"]


def test_a_stranger_gets_hashes_and_no_text(stranger: Visitor, entries: dict[str, int]) -> None:
    for path in ("head", "entries/0/proof", "consistency?from=1"):
        answer = stranger.get(f"/api/v1/log/{path}")
        assert answer.status_code == 200
        assert "88.118" not in answer.text
    for path in ("entries/0", "entries/0/evidence"):
        assert stranger.get(f"/api/v1/log/{path}").status_code == 401
