"""Invitations, roles, places and the last administrator, on both databases."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.domain.people import RIGHTS, Actor
from app.errors import Conflict, Forbidden, Malformed, Refused, Unknown
from app.services import auditing, authenticating, masterdata, people
from app.store import people as rows
from app.store.database import writing
from tests.support import tenants
from tests.support.tenants import HASH, Tenants


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


@pytest.fixture
def world(session: Session, now: datetime) -> Tenants:
    return tenants.found(session, now)


def set_up(session: Session, token: str, now: datetime, **changes: str) -> int:
    values = {
        "prefix": "88.118.1",
        "name_zh": "甲",
        "name_en": "A",
        "person": "Ana",
        "login": "ana",
    } | changes
    return people.set_up_node(session, token, password_hash=HASH, now=now, **values)


def test_the_first_link_makes_the_organisation_and_its_administrator(session: Session, now: datetime) -> None:
    token = people.first_invitation(session, now)
    assert token
    actor = tenants.actor(session, set_up(session, token, now))
    assert (actor.role, actor.prefix, actor.node) == ("administrator", "88.118.1", True)
    assert people.first_invitation(session, now) is None


def test_only_the_newest_first_link_works_and_only_once(session: Session, now: datetime) -> None:
    old, new = people.first_invitation(session, now), people.first_invitation(session, now)
    assert old
    assert new
    with pytest.raises(Unknown):
        set_up(session, old, now)
    set_up(session, new, now)
    with pytest.raises(Unknown):
        set_up(session, new, now, prefix="88.118.2", login="eve")


def test_a_link_ends_after_a_week(session: Session, now: datetime) -> None:
    token = people.first_invitation(session, now)
    assert token
    assert people.invitation_of(session, token, now + timedelta(days=6)).operator is None
    with pytest.raises(Unknown):
        people.invitation_of(session, token, now + timedelta(days=7))


def test_a_colleague_chooses_a_password_by_the_link_and_can_then_sign_in(
    session: Session, world: Tenants, now: datetime
) -> None:
    token = people.invite(
        session, world.ana, login="Dai@Example.com", name=" Dai  Li ", role="manager", now=now
    )
    invited = people.invitation_of(session, token, now)
    assert invited.operator
    assert (invited.operator.login, invited.operator.name) == (
        "dai@example.com",
        "Dai Li",
    )
    assert not authenticating.password_fits(
        authenticating.Candidate("dai", invited.operator.id or 0, "", ()), "", fast=True
    )
    operator_id = people.accept_invitation(session, token, HASH, now)
    assert tenants.actor(session, operator_id).role == "manager"
    with pytest.raises(Unknown):
        people.accept_invitation(session, token, HASH, now)


def test_a_colleagues_link_cannot_set_up_a_node(session: Session, world: Tenants, now: datetime) -> None:
    token = people.invite(session, world.ana, login="dai", name="Dai", role="operator", now=now)
    with pytest.raises(Unknown):
        set_up(session, token, now, prefix="88.118.77", login="eve")


def test_a_reset_takes_the_password_and_the_sign_ins_away(
    session: Session, world: Tenants, now: datetime
) -> None:
    signed_in = authenticating.sign_in_as(session, world.bo.operator_id, now, 12)
    token = people.reset(session, world.ana, world.bo.operator_id, now)
    assert authenticating.actor_of_token(session, signed_in, now, 12)[0] is None
    assert people.person_of(session, world.ana, world.bo.operator_id).invited
    people.accept_invitation(session, token, HASH, now)
    assert not people.person_of(session, world.ana, world.bo.operator_id).invited


def test_places_bind_an_operator_until_they_are_taken_away(
    session: Session, world: Tenants, now: datetime
) -> None:
    sites = [
        masterdata.create_site(session, world.ana, f"{number}号", f"Plant {number}", "", now)
        for number in (1, 2)
    ]
    operator = world.staff["operator"]

    def bind(*site_ids: int | None) -> None:
        people.change(
            session,
            world.ana,
            operator.operator_id,
            name="Op",
            role="operator",
            site_ids=[i or 0 for i in site_ids],
            now=now,
        )

    bind(sites[0].id, sites[1].id)
    assert tenants.actor(session, operator.operator_id).places == {site.epc for site in sites}
    bind(sites[1].id)
    bound = tenants.actor(session, operator.operator_id)
    assert [site.name_en for site in masterdata.places(session, bound)] == ["Plant 2"]
    bind()
    assert tenants.actor(session, operator.operator_id).places is None


def test_nobody_is_bound_to_a_site_of_another_company(
    session: Session, world: Tenants, now: datetime
) -> None:
    theirs = masterdata.create_site(session, world.cy, "仓", "Store", "", now)
    with pytest.raises(Unknown):
        people.create_operator(
            session, world.ana, login="dai", name="Dai", role="operator", now=now, site_ids=[theirs.id or 0]
        )


@pytest.mark.parametrize("how", ["deactivate", "demote", "reset"])
def test_the_last_administrator_stays(session: Session, world: Tenants, now: datetime, how: str) -> None:
    def do(operator_id: int) -> None:
        if how == "deactivate":
            people.deactivate(session, world.ana, operator_id, now)
        elif how == "reset":
            people.reset(session, world.ana, operator_id, now)
        else:
            people.change(session, world.ana, operator_id, name="Ana", role="auditor", site_ids=(), now=now)

    people.invite(
        session, world.ana, login="eva", name="Eva", role="administrator", now=now
    )  # has no password yet
    with pytest.raises(Refused) as told:
        do(world.ana.operator_id)
    assert told.value.code == "last-administrator"
    tenants.hire(session, world.ana, "dai", "administrator", now)
    do(world.ana.operator_id)


@pytest.mark.parametrize("role", sorted(RIGHTS.keys() - {"administrator"}))
def test_only_administrators_look_after_people(
    session: Session, world: Tenants, now: datetime, role: str
) -> None:
    other = world.staff[role]
    for attempt in (
        lambda: people.list_people(session, other),
        lambda: people.invite(session, other, login="eve", name="Eve", role="administrator", now=now),
        lambda: people.reset(session, other, world.ana.operator_id, now),
        lambda: people.deactivate(session, other, world.ana.operator_id, now),
        lambda: people.change(
            session, other, other.operator_id, name="x", role="administrator", site_ids=(), now=now
        ),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_people_of_another_company_do_not_exist(session: Session, world: Tenants, now: datetime) -> None:
    for actor, stranger in ((world.cy, world.bo), (world.ana, world.cy)):
        with pytest.raises(Unknown):
            people.person_of(session, actor, stranger.operator_id)
        with pytest.raises(Unknown):
            people.reset(session, actor, stranger.operator_id, now)
    assert [person.operator.login for person in people.list_people(session, world.cy)] == ["cy"]


def test_only_the_nodes_administrators_invite_for_other_companies(
    session: Session, world: Tenants, now: datetime
) -> None:
    organisation_id = world.ana.organisation_id
    with pytest.raises(Forbidden):
        people.invite(
            session,
            world.cy,
            login="eve",
            name="Eve",
            role="administrator",
            now=now,
            organisation_id=organisation_id,
        )
    token = people.invite(
        session,
        world.ana,
        login="dai",
        name="Dai",
        role="administrator",
        now=now,
        organisation_id=world.cy.organisation_id,
    )
    assert tenants.actor(session, people.accept_invitation(session, token, HASH, now)).prefix == "88.118.1002"


@pytest.mark.parametrize("login", ["", "a", "Ünal", "a b", "-ana", "x" * 101, "ana\n"])
def test_a_login_that_people_would_mistype_is_refused(
    session: Session, world: Tenants, now: datetime, login: str
) -> None:
    with pytest.raises((Malformed, Conflict)):
        people.invite(session, world.ana, login=login, name="A", role="operator", now=now)


def test_a_login_is_given_once_on_the_node(session: Session, world: Tenants, now: datetime) -> None:
    with pytest.raises(Conflict):
        people.invite(session, world.cy, login="BO", name="Bo", role="operator", now=now)


def test_a_role_that_does_not_exist_is_refused(session: Session, world: Tenants, now: datetime) -> None:
    with pytest.raises(Malformed, match="root"):
        people.invite(session, world.ana, login="eve", name="Eve", role="root", now=now)


def test_every_act_is_in_the_trail_of_its_company_and_nowhere_else(
    session: Session, world: Tenants, now: datetime
) -> None:
    people.deactivate(session, world.ana, world.bo.operator_id, now)
    people.activate(session, world.ana, world.bo.operator_id, now)
    rows, _ = auditing.trail(session, world.ana)
    assert [(row.action, row.subject, row.operator_name) for row in rows[:2]] == [
        ("person-activated", "bo", "Ana"),
        ("person-deactivated", "bo", "Ana"),
    ]
    assert auditing.trail(session, world.cy) == ([], None)
    assert {row.action for row in rows} <= auditing.ACTIONS.keys()
    with pytest.raises(Forbidden):
        auditing.trail(session, world.staff["manager"])


def test_the_trail_is_read_a_page_at_a_time(session: Session, world: Tenants, now: datetime) -> None:
    for number in range(7):
        auditing.record(session, world.ana, "key-created", now, subject=str(number))
    first, key = auditing.trail(session, world.ana, limit=5)
    second, _ = auditing.trail(session, world.ana, before=key, limit=5)
    assert [row.subject for row in first] == ["6", "5", "4", "3", "2"]
    assert [row.subject for row in second[:2]] == ["1", "0"]


def test_two_administrators_who_shut_each_other_out_at_once_do_not_both_succeed(
    engine: Engine, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(engine) as session:
        world = tenants.found(session, now)
        eve = tenants.hire(session, world.ana, "eve", "administrator", now)
    count, both = rows.other_administrators, threading.Barrier(2)

    def counted(*values: Any) -> int:
        found = count(*values)
        with suppress(threading.BrokenBarrierError):
            both.wait(0.5)  # for the other, who should have to wait for us
        return found

    def shut_out(by: Actor, whom: Actor) -> bool:
        with suppress(Refused), writing(engine) as session:
            people.deactivate(session, by, whom.operator_id, now)
            return True
        return False

    monkeypatch.setattr(rows, "other_administrators", counted)
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(shut_out, world.ana, eve), pool.submit(shut_out, eve, world.ana)]
        assert sorted(each.result() for each in done) == [False, True]
