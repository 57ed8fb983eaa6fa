"""Companies on this node: all of them for the node's administrators, one's own for everybody else's."""

from typing import Annotated, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.errors import N_
from app.services import masterdata
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, answer, changes, idempotent, page
from app.web.api.v1.models import AskedAfterText, Change, Flag, Line, Organisation, Page, Sent

blueprint = blueprint_of("organisations", "Organisations")

NameZh = Annotated[Line, Field(max_length=200, examples=["华晶电池"])]
NameEn = Annotated[Line, Field(max_length=200, examples=["Huajing Battery"])]
Sharing = Literal["neighbours", "chain"]
Gs1Prefix = Annotated[Line, Field(max_length=12, examples=["6901234"])]


class OrganisationPage(Page[Organisation]):
    pass


class NewOrganisation(Sent):
    __doc__ = N_("A name is needed in one of the two languages.")

    prefix: Annotated[Line, Field(max_length=64, examples=["88.118.1001"])]
    name_zh: NameZh = ""
    name_en: NameEn = ""
    sharing: Sharing = "neighbours"
    gs1_prefix: Gs1Prefix = ""


class OrganisationChange(Change):
    __doc__ = N_("What is not sent stays as it is. The prefix never changes.")

    name_zh: NameZh = ""
    name_en: NameEn = ""
    sharing: Sharing = "neighbours"
    gs1_prefix: Gs1Prefix = ""
    active: Flag = True


@blueprint.get("/organisations")
@edge.require("people")
@blueprint.doc(summary=N_("Organisations I administer"))
@blueprint.input(AskedAfterText, location="query", arg_name="asked")
@blueprint.output(OrganisationPage)
def index(asked: AskedAfterText) -> Response:
    with edge.reading() as session:
        found, following = masterdata.organisations(
            session, edge.actor(), after=asked.after, limit=asked.limit
        )
    return page(OrganisationPage, found, following)


@blueprint.post("/organisations")
@edge.require("people")
@blueprint.doc(
    summary=N_("Create an organisation"),
    description=N_("For administrators of the node. Then invite its administrator."),
)
@blueprint.input(NewOrganisation, arg_name="sent")
@blueprint.output(Organisation, 201)
@idempotent
def create(session: Session, sent: NewOrganisation) -> Made:
    created = masterdata.create_organisation(
        session,
        edge.actor(),
        sent.prefix,
        sent.name_zh,
        sent.name_en,
        edge.now(),
        sharing=sent.sharing,
        gs1_prefix=sent.gs1_prefix,
    )
    return Made(Organisation.model_validate(created))


@blueprint.get(f"/organisations/{ID}")
@edge.require("people")
@blueprint.doc(summary=N_("One organisation"))
@blueprint.output(Organisation)
def show(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.reading() as session:
        found = masterdata.organisation_of(session, edge.actor(), id)
    return answer(Organisation.model_validate(found))


@blueprint.patch(f"/organisations/{ID}")
@edge.require("people")
@blueprint.doc(summary=N_("Change an organisation"))
@blueprint.input(OrganisationChange, arg_name="sent")
@blueprint.output(Organisation)
def change(id: int, sent: OrganisationChange) -> Response:  # noqa: A002
    with edge.writing() as session:
        row = masterdata.organisation_of(session, edge.actor(), id)
        values = {name: getattr(row, name) for name in OrganisationChange.model_fields} | changes(sent)
        masterdata.change_organisation(session, edge.actor(), id, edge.now(), **values)
        return answer(Organisation.model_validate(row))
