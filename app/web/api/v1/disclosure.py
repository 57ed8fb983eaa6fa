"""Partners on other nodes, and what they are told."""

from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.domain.disclosure import AUDIENCES, WHAT
from app.errors import N_
from app.services import disclosing, partnering
from app.web import edge, partner_line
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, answer, idempotent, nothing, prepared
from app.web.api.v1.models import Line, Sent, Told

blueprint = blueprint_of("disclosure", "Partners")


class Partner(Told):
    __doc__ = N_("A company with a node of its own.")

    prefix: str
    name_zh: str
    name_en: str


class NewPartner(Sent):
    prefix: Annotated[Line, Field(max_length=64, examples=["88.118.2002"])]


class Rule(Told):
    __doc__ = N_("Who may be told what of the organisation's things, until when.")

    id: int
    what: str = Field(description=N_("item, origin, use, events, checks, places, quantities or documents."))
    audience: str = Field(description=N_("nobody, customers, neighbours, chain, public or party."))
    party: str
    until: datetime | None


class NewRule(Sent):
    what: Annotated[str, Field(json_schema_extra={"enum": list(WHAT)}, max_length=20)]
    audience: Annotated[str, Field(json_schema_extra={"enum": list(AUDIENCES)}, max_length=20)]
    party: Annotated[Line, Field(max_length=64)] = Field(
        "", description=N_("Prefix, for the audience party.")
    )
    until: datetime | None = None


class Policy(Told):
    __doc__ = N_("For whom each kind of thing is now, and the rules that make it so.")

    policy: dict[str, str]
    rules: list[Rule]


def _found(sent: NewPartner) -> object:
    """Asked outside of any transaction."""
    return partner_line.found(sent.prefix)


@blueprint.post("/partners")
@edge.require("master")
@blueprint.doc(
    summary=N_("Make a company on another node a partner"),
    description=N_("Its name and keys come from the nodes above it, verified from the root down."),
)
@blueprint.input(NewPartner, arg_name="sent")
@blueprint.output(Partner, 201)
@prepared(_found)
@idempotent
def add_partner(session: Session, ready: object) -> Made:
    return Made(Partner.model_validate(partnering.add(session, edge.actor(), ready, edge.now())))  # type: ignore[arg-type]


@blueprint.get("/disclosure")
@edge.require("browse")
@blueprint.doc(summary=N_("What partners are told"))
@blueprint.output(Policy)
def show() -> Response:
    with edge.reading() as session:
        rules = [Rule.model_validate(row) for row in disclosing.rules(session, edge.actor())]
        policy = dict(disclosing.general_policy(session, edge.actor(), edge.now()))
    return answer(Policy(policy=policy, rules=rules))


@blueprint.post("/disclosure")
@edge.require("master")
@blueprint.doc(summary=N_("Add a rule about what partners are told"))
@blueprint.input(NewRule, arg_name="sent")
@blueprint.output(Rule, 201)
@idempotent
def add_rule(session: Session, sent: NewRule) -> Made:
    row = disclosing.add_rule(
        session, edge.actor(), sent.what, sent.audience, edge.now(), party=sent.party, until=sent.until
    )
    return Made(Rule.model_validate(row))


@blueprint.delete(f"/disclosure/{ID}")
@edge.require("master")
@blueprint.doc(summary=N_("Remove a rule"), responses={204: N_("Removed.")})
def remove_rule(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.writing() as session:
        disclosing.remove_rule(session, edge.actor(), id, edge.now())
    return nothing()
