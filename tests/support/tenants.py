"""The people of the tests: Ana owns and runs the node, Bo works for her, Cy of another company must see nothing of theirs."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session
from werkzeug.test import TestResponse

from app.domain.people import Actor
from app.services import authenticating, masterdata, people
from app.store import people as rows
from tests.support import founding

PASSWORD = "correct horse battery"
HASH = authenticating.hash_password(PASSWORD, fast=True)
CSRF = re.compile(r'name="csrf(?:_|-)token" (?:value|content)="([^"]+)"')


@dataclass
class Tenants:
    """Actors as they are when signed in. `staff` has one person of Ana's company for each role, by role."""

    ana: Actor
    bo: Actor
    cy: Actor
    staff: dict[str, Actor]


def found(session: Session, now: datetime) -> Tenants:
    """Logins are the first names; the staff's are their roles. Everybody's password is PASSWORD."""
    people = founding.once(session, ("tenants", now), lambda: _founded(session, now))
    return replace(people, staff=dict(people.staff))


def _founded(session: Session, now: datetime) -> Tenants:
    token = people.first_invitation(session, now)
    assert token is not None
    ana_id = people.set_up_node(
        session,
        token,
        prefix="88.118.1001",
        name_zh="安娜电池",
        name_en="Ana Batteries",
        person="Ana",
        login="ana",
        password_hash=HASH,
        now=now,
    )
    ana = actor(session, ana_id)
    bo = hire(session, ana, "bo", "manager", now)
    other = masterdata.create_organisation(session, ana, "88.118.1002", "赛材料", "Cy Materials", now)
    cy = hire(session, ana, "cy", "administrator", now, organisation_id=other.id)
    staff = {
        role: hire(session, ana, role, role, now) for role in ("operator", "supplier", "manager", "auditor")
    }
    return Tenants(ana, bo, cy, staff | {"administrator": ana})


def hire(session: Session, by: Actor, login: str, role: str, now: datetime, **values: Any) -> Actor:
    person = people.create_operator(
        session, by, login=login, name=login.title(), role=role, password_hash=HASH, now=now, **values
    )
    return actor(session, person.id or 0)


def actor(session: Session, operator_id: int) -> Actor:
    found = authenticating.actor_from(rows.person_by_id(session, operator_id))
    assert found is not None
    return found


class Visitor:
    """A browser without a script: follows nothing by itself, sends the CSRF token of the last page with each form."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.token = ""

    def get(self, path: str, **values: Any) -> TestResponse:
        return self._seen(self.client.get(path, buffered=True, **values))

    def post(self, path: str, data: dict[str, Any] | None = None, **values: Any) -> TestResponse:
        return self._seen(self.client.post(path, data={"csrf_token": self.token} | (data or {}), **values))

    def follow(self, answer: TestResponse) -> TestResponse:
        assert answer.status_code in {302, 303, 307}, answer.text
        return self.get(answer.headers["Location"])

    def sign_in(self, login: str, password: str = PASSWORD, **values: Any) -> TestResponse:
        self.get("/sign-in")
        answer = self.post("/sign-in", {"login": login, "password": password}, **values)
        if answer.status_code == 303:
            self.get("/account")
        return answer

    def _seen(self, answer: TestResponse) -> TestResponse:
        if answer.mimetype == "text/html" and (match := CSRF.search(answer.text)):
            self.token = match[1]
        return answer
