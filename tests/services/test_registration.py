"""Registration: an application's way through the review, and who may decide it, on both databases."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from app.domain.trust import public_key_of
from app.errors import Conflict, Forbidden, Unknown
from app.services import applying, attaching, delegating, reviewing
from app.store.database import reading
from tests.support.registrar import OTHER_NUMBER, Registrar, at, refused, seed_of, url

ZONE = "88.118.1001"


@pytest.fixture
def desk(engine: Engine, now: datetime) -> Registrar:
    return Registrar(engine, now)


# --- from the application to the zone ---


def test_an_approved_applicant_gets_a_statement_that_names_its_zone_key_and_address(desk: Registrar) -> None:
    number, token = desk.apply()
    at(desk, reviewing.take, desk.ana, number, desk.tick())
    told = desk.approve(number)
    assert (told.zone, told.issuer, told.serial, told.state) == (ZONE, "88.118", 1, "active")
    assert told.keys == (public_key_of(seed_of("ana")),)
    assert told.urls == ("https://ana.example",)
    assert told.subject == {
        "name_zh": "安娜电池有限公司", "name_en": "Ana Batteries", "industry": "C3841", "region": "420100"
    }  # fmt: skip
    with reading(desk.engine) as session:
        found = applying.followed(session, token)
        assert found.application.state == "approved"
        assert found.delegation is not None
        assert [step.step for step in found.steps] == ["apply", "take", "delegate", "approve"]


def test_the_statement_tells_nobody_what_only_the_reviewers_may_know(desk: Registrar) -> None:
    desk.holding()
    with reading(desk.engine) as session:
        payload = str(delegating.told_by(session.get_one(delegating.Row, ZONE)).body)
    for secret in ("91350100M000100Y43", "11010519491231002X", "8888", "bo@ana.example", "东湖"):
        assert secret not in payload


def test_an_applicant_may_leave_the_number_to_the_node(desk: Registrar) -> None:
    first, _ = desk.apply("ana", zone="")
    assert desk.approve(first).zone == "88.118.1001"
    second, _ = desk.apply("bo", zone="")
    assert desk.approve(second).zone == "88.118.1002"
    third, _ = desk.apply("cy", zone="88.118.7")
    assert desk.approve(third, zone="88.118.2000").zone == "88.118.2000"
    fourth, _ = desk.apply("dee", zone="")
    assert desk.approve(fourth).zone == "88.118.2001"


@pytest.mark.parametrize(("own", "child"), [("", "88"), ("88", "88.118"), ("88.118", "88.118.1001")])
def test_the_same_works_at_every_level(engine: Engine, now: datetime, own: str, child: str) -> None:
    desk = Registrar(engine, now, zone=own)
    desk.holding(zone=child)
    assert desk.change("move", zone=child, endpoints=[url("new")]).urls == ("https://new.example",)
    assert desk.statement(child).issuer == own


@pytest.mark.parametrize("zone", ["88", "88.118", "88.119.1", "88.1189", "88.118.1001.5", "88.118.", "x/y"])
def test_a_zone_that_is_not_one_step_below_ours_is_not_ours_to_give(desk: Registrar, zone: str) -> None:
    assert refused(lambda: desk.apply(zone=zone)).code in {"not-our-zone", "bad-zone"}
    number, _ = desk.apply()
    assert refused(lambda: desk.approve(number, zone=zone)).code in {"not-our-zone", "bad-zone"}
    assert desk.application(number).state == "submitted"


def test_what_is_refused_or_sent_back_carries_the_reason_to_the_applicant(desk: Registrar) -> None:
    number, token = desk.apply()
    assert (
        refused(lambda: at(desk, reviewing.send_back, desk.ana, number, "  ", desk.now)).code
        == "reason-missing"
    )
    at(desk, reviewing.send_back, desk.ana, number, "The licence cannot be read.", desk.tick())
    with reading(desk.engine) as session:
        assert applying.followed(session, token).application.reason == "The licence cannot be read."
    assert refused(lambda: desk.approve(number)).code == "not-in-this-state"
    better = desk.wish(subject={"address": "武汉市2号"})
    at(desk, applying.correct, desk.issuer, token, better, desk.tick())
    row = desk.application(number)
    assert (row.state, row.reason, row.subject["address"]) == ("submitted", "", "武汉市2号")
    at(desk, reviewing.refuse, desk.ana, number, "No such company.", desk.tick())
    assert refused(lambda: desk.approve(number)).code == "not-in-this-state"
    assert refused(lambda: at(desk, applying.withdraw, token, desk.now)).code == "not-in-this-state"
    assert desk.zone_state() == ""


def test_a_withdrawn_application_cannot_be_approved(desk: Registrar) -> None:
    number, token = desk.apply()
    at(desk, applying.withdraw, token, desk.tick())
    assert refused(lambda: desk.approve(number)).code == "not-in-this-state"
    desk.apply()  # and the same may be asked for anew


def test_nobody_is_approved_whose_identity_was_not_verified(desk: Registrar) -> None:
    number, _ = desk.apply()
    act = lambda: at(desk, reviewing.approve, desk.ana, desk.issuer, number, desk.now)  # noqa: E731
    assert refused(act).code == "verification-missing"
    assert desk.application(number).state == "submitted"
    assert desk.zone_state() == ""


def test_two_applicants_never_get_one_zone(desk: Registrar) -> None:
    first, _ = desk.apply("ana")
    second, _ = desk.apply("bo", subject={"id_number": OTHER_NUMBER})
    desk.approve(first)
    error = refused(lambda: desk.approve(second))
    assert (type(error), error.code) == (Conflict, "zone-taken")
    assert desk.statement().keys == (public_key_of(seed_of("ana")),)
    assert refused(lambda: desk.apply("dee")).code == "zone-taken"


def test_the_same_key_applies_once_while_it_waits(desk: Registrar) -> None:
    desk.apply()
    assert refused(desk.apply).code == "already-applied"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("id_number", "91350100M000100Y44", "bad-id-number"),
        ("legal_id_number", "110105194912310021", "bad-id-number"),
        ("industry", "X99", "unknown-industry"),
        ("region", "990000", "unknown-region"),
        ("contact_email", "bo", "bad-email"),
        ("contact_phone", "call me", "bad-phone"),
        ("nature", "pirate", "unknown-choice"),
        ("address", "", "field-missing"),
        ("address", "x" * 201, "field-too-long"),
        ("address", "a\u202eb", "bad-field"),
        ("contact_name", 7, "bad-field"),
    ],
)
def test_data_that_cannot_be_is_refused_by_field(
    desk: Registrar, field: str, value: object, code: str
) -> None:
    error = refused(lambda: desk.apply(subject={field: value}))
    assert (error.code, error.values["field"]) == (code, field)


@pytest.mark.parametrize(
    "endpoint",
    [{"url": "ftp://a.example"}, {"url": "https://u:p@a.example"}, {"url": "https://a.example/x"}, {}, "x",
     {"host": "a", "port": 0, "protocol": "hdl-tcp"}],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(desk: Registrar, endpoint: object) -> None:
    assert refused(lambda: desk.apply(endpoints=[endpoint])).code == "bad-endpoint"


def test_documents_are_what_their_first_bytes_say(desk: Registrar) -> None:
    number, token = desk.apply()
    at(desk, attaching.attach, token, "licence", "../执照.pdf", b"%PDF-1.7 ...", desk.tick())
    for content in (b"<html>", b"", b"%PDF-" + bytes(5_000_000)):
        act = lambda content=content: at(desk, attaching.attach, token, "licence", "x.pdf", content, desk.now)  # noqa: E731
        assert refused(act).code == "bad-document"
    with reading(desk.engine) as session:
        ((document_id, kind, name, media_type, _, size),) = reviewing.shown(
            session, desk.ana, number
        ).documents
        assert (kind, media_type, size) == ("licence", "application/pdf", 12)
        assert "/" not in name
        found = reviewing.document_of(session, desk.ana, number, document_id)
        assert found.content == b"%PDF-1.7 ..."
        with pytest.raises(Unknown):
            reviewing.document_of(session, desk.ana, number + 1, document_id)


def test_an_address_that_floods_us_with_applications_is_stopped(desk: Registrar) -> None:
    def send(name: str, address: str) -> None:
        at(desk, applying.apply, desk.issuer, desk.wish(name, zone=""), desk.now, address=address)

    for number in range(applying.PER_DAY):
        send(f"a{number}", "192.0.2.1")
    assert refused(lambda: send("one more", "192.0.2.1")).code == "too-many-applications"
    send("another", "192.0.2.2")


# --- who may ---


def test_only_people_of_the_node_see_applications_and_only_its_administrators_decide(desk: Registrar) -> None:
    number, _ = desk.apply()
    desk.holding("dee", "88.118.3003", subject={"id_number": OTHER_NUMBER})
    with reading(desk.engine) as session:
        for act in (
            lambda who: reviewing.listed(session, who),
            lambda who: reviewing.shown(session, who, number),
            lambda who: reviewing.zone_list(session, who),
            lambda who: reviewing.zone_of(session, who, "88.118.3003"),
        ):
            act(desk.olga)
            for who in (desk.cy, desk.mike):
                with pytest.raises(Forbidden):
                    act(who)
    issuer, now = desk.issuer, desk.now
    for who in (desk.cy, desk.mike, desk.olga):
        for decide in (
            lambda s, who: reviewing.take(s, who, number, now),
            lambda s, who: reviewing.approve(s, who, issuer, number, now, verification="registry"),
            lambda s, who: reviewing.refuse(s, who, number, "no", now),
            lambda s, who: reviewing.send_back(s, who, number, "no", now),
            lambda s, who: reviewing.suspend(s, who, issuer, "88.118.3003", "no", now),
            lambda s, who: reviewing.revoke(s, who, issuer, "88.118.3003", "no", now),
        ):
            with pytest.raises(Forbidden):
                at(desk, decide, who)
    assert desk.application(number).state == "submitted"
    assert desk.zone_state("88.118.3003") == "active"
    assert desk.steps(ZONE) == ["apply"]


def test_a_link_opens_its_own_application_alone(desk: Registrar) -> None:
    _, token = desk.apply("ana")
    _, other = desk.apply("dee", "88.118.3003")
    with reading(desk.engine) as session:
        assert applying.followed(session, token).application.zone == ZONE
        assert applying.followed(session, other).application.zone == "88.118.3003"
        for wrong in ("", "x", token[:-1], token + "A", "0" * 43, "x" * 5_000):
            with pytest.raises(Unknown):
                applying.followed(session, wrong)
