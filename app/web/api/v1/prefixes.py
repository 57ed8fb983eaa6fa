"""Prefixes: under which one's organisation names things; allotted by administrators of the node."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.errors import N_
from app.services import prefixes
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, answer, changes, idempotent, page
from app.web.api.v1.models import AskedAfterText, Change, Id, Line, Page, Sent, Told, Whole

blueprint = blueprint_of("prefixes", "Registry")

State = Literal["active", "suspended", "returned"]
Industry = Annotated[
    Line, Field(max_length=8, examples=["C3841"], description=N_("Code of GB/T 4754; empty for none."))
]
Quota = (
    Annotated[
        Whole,
        Field(ge=0, le=prefixes.LARGEST_QUOTA, description=N_("Most names it may hold; null for no limit.")),
    ]
    | None
)


class Prefix(Told):
    __doc__ = N_("A prefix and who may name things under it.")

    id: int
    prefix: str = Field(examples=["86.122.2"])
    organisation_id: int
    state: str = Field(description=N_("active, suspended or returned."))
    industry: str
    quota: int | None
    used: int = Field(description=N_("How many names it holds; counted only while there is a quota."))
    record_time: datetime


class PrefixPage(Page[Prefix]):
    pass


class NewPrefix(Sent):
    __doc__ = N_("A prefix has one holder for ever.")

    prefix: Annotated[Line, Field(max_length=64, examples=["86.122.2"])]
    organisation_id: Id
    industry: Industry = ""
    quota: Quota = None


class PrefixChange(Change):
    __doc__ = N_(
        "What is not sent stays as it is. Under a suspended or returned prefix nothing new is named."
    )

    state: State = "active"
    industry: Industry = ""
    quota: Quota = None


@blueprint.get("/prefixes")
@edge.require("browse")
@blueprint.doc(summary=N_("Prefixes of my organisation; of all, for administrators of the node"))
@blueprint.input(AskedAfterText, location="query", arg_name="asked")
@blueprint.output(PrefixPage)
def index(asked: AskedAfterText) -> Response:
    with edge.reading() as session:
        found, following = prefixes.allotments(session, edge.actor(), after=asked.after, limit=asked.limit)
    return page(PrefixPage, [allotment for allotment, _ in found], following)


@blueprint.post("/prefixes")
@edge.require("people")
@blueprint.doc(summary=N_("Allot a prefix"), description=N_("For administrators of the node."))
@blueprint.input(NewPrefix, arg_name="sent")
@blueprint.output(Prefix, 201)
@idempotent
def create(session: Session, sent: NewPrefix) -> Made:
    made = prefixes.allot(
        session,
        edge.actor(),
        sent.organisation_id,
        sent.prefix,
        edge.now(),
        industry=sent.industry,
        quota=sent.quota,
    )
    return Made(Prefix.model_validate(made))


@blueprint.patch(f"/prefixes/{ID}")
@edge.require("people")
@blueprint.doc(summary=N_("Suspend, return or reinstate a prefix, or set its quota"))
@blueprint.input(PrefixChange, arg_name="sent")
@blueprint.output(Prefix)
def change(id: int, sent: PrefixChange) -> Response:  # noqa: A002  (the name in the path)
    with edge.writing() as session:
        row = prefixes.allotment_of(session, edge.actor(), id)
        values: dict[str, Any] = {name: getattr(row, name) for name in PrefixChange.model_fields}
        changed = prefixes.change(session, edge.actor(), id, edge.now(), **values | changes(sent))
        return answer(Prefix.model_validate(changed))
