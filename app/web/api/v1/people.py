"""The people of the organisation, for its administrators: invite, change, deactivate, reset."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from flask import Response, url_for
from pydantic import Field
from sqlmodel import Session

from app.errors import N_
from app.services import masterdata, people
from app.services.people import INVITATION_DAYS
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, answer, idempotent, page
from app.web.api.v1.models import Change, Flag, Id, Line, Page, Sent, Told

blueprint = blueprint_of("people", "People")

Name = Annotated[Line, Field(min_length=1, max_length=200, examples=["Li Wei"])]
Role = Literal["operator", "supplier", "manager", "administrator", "auditor"]
Sites = Annotated[
    list[Id], Field(max_length=500, description=N_("Ids of the sites the person may scan at; empty for all."))
]


class Person(Told):
    __doc__ = N_("Someone of the organisation.")

    id: int
    login: str
    name: str
    role: str
    site_ids: list[int]
    active: bool
    invited: bool = Field(description=N_("Has no password yet: the invitation is open."))
    record_time: datetime


class PersonPage(Page[Person]):
    pass


class NewPerson(Sent):
    login: Annotated[
        Line,
        Field(
            min_length=3,
            max_length=100,
            examples=["li.wei"],
            description=N_("Small letters, digits and . _ @ + -"),
        ),
    ]
    name: Name
    role: Role
    site_ids: Sites = Field([])
    organisation_id: Id | None = Field(
        None, description=N_("Another organisation than one's own; for administrators of the node.")
    )


class PersonChange(Change):
    __doc__ = N_("What is not sent stays as it is.")

    name: Name = ""
    role: Role = "operator"
    site_ids: Sites = Field([])
    active: Flag = Field(True, description=N_("False ends sign-ins and API keys at once."))


class Invitation(Told):
    __doc__ = N_("The one-time link with which a person sets their password.")

    person: Person
    link: str | None = Field(
        description=N_("Hand it over yourself. Shown this once; null in a repeated answer.")
    )
    days: int = Field(description=N_("For how many days the link works."))


@blueprint.get("/people")
@edge.require("people")
@blueprint.doc(summary=N_("People of my organisation"))
@blueprint.output(PersonPage)
def index() -> Response:
    with edge.reading() as session:
        found = [_person(row) for row in people.list_people(session, edge.actor())]
    return page(PersonPage, found)


@blueprint.post("/people")
@edge.require("people")
@blueprint.doc(summary=N_("Invite a person"))
@blueprint.input(NewPerson, arg_name="sent")
@blueprint.output(Invitation, 201)
@idempotent
def invite(session: Session, sent: NewPerson) -> Made:
    if sent.organisation_id is not None:
        masterdata.organisation_of(session, edge.actor(), sent.organisation_id)
    token = people.invite(session, edge.actor(), now=edge.now(), **sent.model_dump())
    return _invitation(session, token, sorted(set(sent.site_ids)))


@blueprint.get(f"/people/{ID}")
@edge.require("people")
@blueprint.doc(summary=N_("One person"))
@blueprint.output(Person)
def show(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.reading() as session:
        return answer(_person(people.person_of(session, edge.actor(), id)))


@blueprint.patch(f"/people/{ID}")
@edge.require("people")
@blueprint.doc(summary=N_("Change, deactivate or activate a person"))
@blueprint.input(PersonChange, arg_name="sent")
@blueprint.output(Person)
def change(id: int, sent: PersonChange) -> Response:  # noqa: A002
    actor, now = edge.actor(), edge.now()
    with edge.writing() as session:
        before = _person(people.person_of(session, actor, id))
        values = {
            name: getattr(sent if name in sent.model_fields_set else before, name)
            for name in PersonChange.model_fields
        }
        active = values.pop("active")
        if any(values[name] != getattr(before, name) for name in values):
            people.change(session, actor, id, now=now, **values)
        if active != before.active:
            (people.activate if active else people.deactivate)(session, actor, id, now)
        return answer(_person(people.person_of(session, actor, id)))


@blueprint.post(f"/people/{ID}/reset")
@edge.require("people")
@blueprint.doc(
    summary=N_("Reset a person's password"),
    description=N_("Signs the person out everywhere and gives a new one-time link."),
)
@blueprint.output(Invitation, 201)
@idempotent
def reset(session: Session, id: int) -> Made:  # noqa: A002
    token = people.reset(session, edge.actor(), id, edge.now())
    return _invitation(session, token, people.person_of(session, edge.actor(), id).site_ids)


def _invitation(session: Session, token: str, site_ids: Iterable[int]) -> Made:
    operator = people.invitation_of(session, token, edge.now()).operator
    assert operator is not None  # only a node's first administrator is invited before there is a person
    person = _person(people.Person(operator, tuple(site_ids)))
    link = f"{edge.node().settings.base_url}{url_for('welcome.welcome', token=token)}"
    told = Invitation(person=person, link=link, days=INVITATION_DAYS)
    return Made(told, kept=told.model_copy(update={"link": None}))


def _person(row: people.Person) -> Person:
    return Person(
        id=row.operator.id or 0,
        login=row.operator.login,
        name=row.operator.name,
        role=row.operator.role,
        site_ids=list(row.site_ids),
        active=row.operator.active,
        invited=row.invited,
        record_time=row.operator.record_time,
    )
