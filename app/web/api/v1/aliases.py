"""Aliases: other names of one's own things."""

from datetime import datetime
from typing import Annotated, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.errors import N_
from app.services import aliasing
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import Made, idempotent, nothing, page
from app.web.api.v1.items import Code
from app.web.api.v1.models import Asked, AskedPage, Line, Page, Sent, Told

blueprint = blueprint_of("aliases", "Registry")

Name = Annotated[Line, Field(max_length=400, examples=["urn:oid:1.2.156.10197.1"])]


class Alias(Told):
    __doc__ = N_("Another name of a thing.")

    name: str = Field(description=N_("Canonical; to remove it by."), examples=["urn:oid:1.2.156.10197.1"])
    shown: str = Field(description=N_("As people write it."))
    kind: str = Field(
        description=N_("vaa, oid, ecode, gs1, did, handle, or part for a customer's part number.")
    )
    epc: str
    identifier: str
    record_time: datetime | None


class AliasPage(Page[Alias]):
    pass


class AskedAliases(AskedPage):
    q: Annotated[Line, Field(max_length=200)] = Field("", description=N_("What they begin with."))
    after: Annotated[Line, Field(max_length=300)] = Field("", description=N_("`next` of the page before."))


class NewAlias(Sent):
    __doc__ = N_(
        "A name of another system stands for one thing on the node, a part number for one of your organisation."
    )

    identifier: Code
    alias: Name
    kind: Literal["", "vaa", "oid", "ecode", "gs1", "did", "handle", "part"] = Field(
        "", description=N_("part for a customer's part number; the others say themselves what they are.")
    )


class AskedRemoval(Asked):
    name: Name = Field(description=N_("Canonical, as the list gives it."))


@blueprint.get("/aliases")
@edge.require("browse")
@blueprint.doc(summary=N_("Aliases my organisation declared, by name"))
@blueprint.input(AskedAliases, location="query", arg_name="asked")
@blueprint.output(AliasPage)
def index(asked: AskedAliases) -> Response:
    with edge.reading() as session:
        found, following = aliasing.aliases(
            session, edge.actor(), text=asked.q, after=asked.after, limit=asked.limit
        )
    return page(AliasPage, [alias_of(told) for told in found], following)


@blueprint.post("/aliases")
@edge.require("master")
@blueprint.doc(summary=N_("Give a thing another name"))
@blueprint.input(NewAlias, arg_name="sent")
@blueprint.output(Alias, 201)
@idempotent
def create(session: Session, sent: NewAlias) -> Made:
    told = aliasing.add(session, edge.actor(), sent.identifier, sent.alias, edge.now(), kind=sent.kind)
    return Made(alias_of(told))


@blueprint.delete("/aliases")
@edge.require("master")
@blueprint.doc(summary=N_("Remove an alias"), responses={204: N_("Removed.")})
@blueprint.input(AskedRemoval, location="query", arg_name="asked")
def remove(asked: AskedRemoval) -> Response:
    with edge.writing() as session:
        aliasing.remove(session, edge.actor(), asked.name, edge.now())
    return nothing()


def alias_of(told: aliasing.Told) -> Alias:
    return Alias(**{name: getattr(told, name) for name in Alias.model_fields})
