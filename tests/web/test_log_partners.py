"""The page and the API of the partners who sign the log: who may, what is shown, what is in the audit trail."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from app.domain import checkpoints, cosignatures, trust
from app.services import certifying, cosigning, masterdata
from app.services.cosigning import CLAIMED, DIVERGED
from app.store import cosigning as rows
from app.store.database import writing
from app.store.tables import Cosignature, PartnerCheckpoint
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
SEED = b"\x05" * 32
ZONE = "88.118.3003"


def node(app: Flask) -> object:
    return app.extensions["suyuan"]


@pytest.fixture
def partner(app: Flask, world: Tenants, clock: Callable[[], datetime]) -> str:
    """One that has signed our only entry, and whose own log we saw once."""
    keys = app.extensions["suyuan"].keys
    with writing(app.extensions["suyuan"].engine) as session:
        masterdata.create_site(session, world.ana, "一厂", "Plant", "", clock())
        row = certifying.checkpoint(session, keys, "node.example/log", clock())
        assert row is not None
        cosigning.add_partner(session, ZONE, clock())
        text = checkpoints.parse_note(row.note).text
        line = cosignatures.line(text, "partner.example/log", SEED, clock())
        public = trust.public_key_of(SEED).raw
        key = cosignatures.verifier_key("partner.example/log", public)
        rows.keep_cosignature(
            session,
            Cosignature(
                zone=ZONE, size=1, signed=text, line=line, key=key, stated=clock(), record_time=clock()
            ),
        )
        keep(session, 7, clock(), fits=True)
    return ZONE


def keep(session: object, size: int, now: datetime, *, fits: bool) -> None:
    row = PartnerCheckpoint(
        zone=ZONE,
        origin="p/log",
        size=size,
        root=bytes(32),
        note=f"p/log\n{size}\n",
        fits=fits,
        record_time=now,
    )
    rows.keep_checkpoint(session, row)  # type: ignore[arg-type]


def trouble(app: Flask, code: str, size: int = 0) -> None:
    with writing(app.extensions["suyuan"].engine) as session:
        row = rows.find(session, ZONE)
        assert row is not None
        row.trouble, row.told_size = code, size


def test_who_may_see_the_partners_and_who_may_name_them(visit: Visit, partner: str) -> None:
    for login, seen, changed in (("manager", 403, 403), ("supplier", 403, 403), ("operator", 403, 403),
                                 ("auditor", 200, 403), ("ana", 200, 303)):  # fmt: skip
        browser = visit(login)
        assert browser.get("/log/partners").status_code == seen, login
        browser.get("/account")
        assert browser.post("/log/partners", {"zone": "88.118.4004"}).status_code == changed, login
        assert browser.post(f"/log/partners/remove/{partner}").status_code == changed, login


def test_the_page_says_how_far_each_partner_has_signed(visit: Visit, partner: str) -> None:
    page = visit("auditor").get("/log/partners")
    assert ZONE in page.text
    assert "1 of 1 entries" in page.text
    assert "7 entries" in page.text
    assert "Name a partner" not in page.text
    assert "Exchange now" not in page.text


def test_a_partner_is_named_and_taken_off_the_list_and_both_are_in_the_audit_trail(
    visit: Visit, world: Tenants
) -> None:
    ana = visit("ana")
    ana.get("/log/partners")
    page = ana.follow(ana.post("/log/partners", {"zone": " 88.118.4004 "}))
    assert "88.118.4004" in page.text
    page = ana.follow(ana.post("/log/partners/remove/88.118.4004"))
    assert "No partner signs with us yet" in page.text
    trail = ana.get("/audit").text
    assert "Named a partner who signs the log" in trail
    assert "Took a partner who signs the log off the list" in trail


@pytest.mark.parametrize("zone", ["", " ", "88..1", "88/1", "<b>", "x" * 100])
def test_what_is_no_prefix_is_shown_at_its_field(visit: Visit, world: Tenants, zone: str) -> None:
    ana = visit("ana")
    ana.get("/log/partners")
    page = ana.post("/log/partners", {"zone": zone})
    assert page.status_code in {400, 422}
    assert "zone-error" in page.text
    assert "<b>" not in page.text


def test_a_log_that_was_changed_is_told_in_so_many_words(
    app: Flask, visit: Visit, partner: str, clock: Callable[[], datetime]
) -> None:
    auditor = visit("auditor")
    trouble(app, CLAIMED, 90)
    assert "Disputed without proof" in auditor.get("/log/partners").text
    assert "state-red" not in auditor.get("/log").text
    trouble(app, DIVERGED, 5)
    assert "entries were lost or changed here" in auditor.get("/log/partners").text
    trouble(app, "")
    with writing(app.extensions["suyuan"].engine) as session:
        keep(session, 9, clock(), fits=False)
    page = auditor.get("/log/partners").text
    assert "does not continue what it signed before" in page
    assert "p/log\n9\n" in page
    assert "state-red" in auditor.get("/log").text


def test_the_exchange_needs_a_network(visit: Visit, partner: str) -> None:
    ana = visit("ana")
    ana.get("/log/partners")
    answer = ana.post("/log/partners/exchange")
    assert answer.status_code == 422
    assert "not part of a network" in answer.text


def test_the_checkpoint_has_the_partners_line(visit: Visit, partner: str) -> None:
    note = visit("ana").get("/api/v1/log/checkpoint").text
    assert note.count("— ") == 2
    signed = cosignatures.verify(
        checkpoints.parse_note(note).text, note.splitlines()[-1] + "\n", trust.public_key_of(SEED).raw
    )
    assert signed.year == 2026
    assert "partner.example/log" in visit("auditor").get("/log").text


def test_programs_name_partners_and_see_how_they_stand(visit: Visit, partner: str) -> None:
    ana = visit("ana")
    ana.get("/account")
    (found,) = ana.get("/api/v1/log/partners").get_json()["items"]
    assert (found["zone"], found["signed_size"], found["seen_size"], found["unfit"]) == (ZONE, 1, 7, 0)
    assert visit("manager").get("/api/v1/log/partners").status_code == 403
