"""Sites: the places of the organisation, each with an identifier of its own."""

from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.errors import N_
from app.services import masterdata
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, answer, changes, idempotent, page
from app.web.api.v1.models import Asked, Change, Flag, Line, Page, Sent, Text, Told

blueprint = blueprint_of("sites", "Sites")

NameZh = Annotated[Line, Field(max_length=200, examples=["一号工厂"])]
NameEn = Annotated[Line, Field(max_length=200, examples=["Plant 1"])]
Address = Annotated[Text, Field(max_length=500)]
Suffix = Annotated[
    Line,
    Field(
        max_length=200,
        description=N_("What comes after the slash of its identifier; drawn at random when empty."),
    ),
]


class Site(Told):
    __doc__ = N_("A place where things are scanned.")

    id: int
    epc: str = Field(examples=["hdl:88.118.1001/PLANT-1"])
    name_zh: str
    name_en: str
    address: str
    active: bool = Field(description=N_("An inactive site takes no more scans."))
    record_time: datetime


class SitePage(Page[Site]):
    pass


class AskedSites(Asked):
    active: bool = Field(False, description=N_("Only those in use."))


class NewSite(Sent):
    __doc__ = N_("A name is needed in one of the two languages.")

    name_zh: NameZh = ""
    name_en: NameEn = ""
    address: Address = ""
    suffix: Suffix = ""


class SiteChange(Change):
    __doc__ = N_("What is not sent stays as it is.")

    name_zh: NameZh = ""
    name_en: NameEn = ""
    address: Address = ""
    active: Flag = True


@blueprint.get("/sites")
@edge.require("browse")
@blueprint.doc(summary=N_("Sites of my organisation"))
@blueprint.input(AskedSites, location="query", arg_name="asked")
@blueprint.output(SitePage)
def index(asked: AskedSites) -> Response:
    with edge.reading() as session:
        found = masterdata.sites(session, edge.actor(), active_only=asked.active)
    return page(SitePage, found)


@blueprint.post("/sites")
@edge.require("master")
@blueprint.doc(summary=N_("Create a site"))
@blueprint.input(NewSite, arg_name="sent")
@blueprint.output(Site, 201)
@idempotent
def create(session: Session, sent: NewSite) -> Made:
    created = masterdata.create_site(
        session,
        edge.actor(),
        sent.name_zh,
        sent.name_en,
        sent.address,
        edge.now(),
        suffix=sent.suffix.strip(),
    )
    return Made(Site.model_validate(created))


@blueprint.get(f"/sites/{ID}")
@edge.require("browse")
@blueprint.doc(summary=N_("One site"))
@blueprint.output(Site)
def show(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.reading() as session:
        found = masterdata.site_of(session, edge.actor(), id)
    return answer(Site.model_validate(found))


@blueprint.patch(f"/sites/{ID}")
@edge.require("master")
@blueprint.doc(summary=N_("Change a site"))
@blueprint.input(SiteChange, arg_name="sent")
@blueprint.output(Site)
def change(id: int, sent: SiteChange) -> Response:  # noqa: A002
    with edge.writing() as session:
        row = masterdata.site_of(session, edge.actor(), id)
        values = {name: getattr(row, name) for name in SiteChange.model_fields} | changes(sent)
        masterdata.change_site(session, edge.actor(), id, edge.now(), **values)
        return answer(Site.model_validate(row))
