"""Partners who sign under this node's checkpoints: who they are, and how far each has come."""

from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.domain.zones import LONGEST
from app.errors import N_
from app.services import cosigning
from app.services.cosigning import Standing
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import Made, idempotent, nothing, page
from app.web.api.v1.models import Line, Page, Sent, Told

blueprint = blueprint_of("log_partners", "Log")


class Partner(Told):
    __doc__ = N_("A zone whose log and ours sign each other.")

    zone: str = Field(examples=["88.118.3003"])
    since: datetime
    signed_size: int = Field(description=N_("How many of our entries it has signed."))
    signed_time: datetime | None
    seen_size: int = Field(description=N_("How many entries its own log had when we saw it last."))
    tried: datetime | None
    trouble: str = Field(description=N_("Error code of the last exchange; empty when it went well."))
    unfit: int = Field(description=N_("Checkpoints of its log that do not continue what it signed before."))

    @classmethod
    def of(cls, standing: Standing) -> "Partner":
        row, signed, seen = standing.partner, standing.signed, standing.seen
        return cls(
            zone=row.zone,
            since=row.since,
            signed_size=signed.size if signed else 0,
            signed_time=signed.stated if signed else None,
            seen_size=seen.size if seen else 0,
            tried=row.tried,
            trouble=row.trouble,
            unfit=len(standing.unfit),
        )


class PartnerPage(Page[Partner]):
    pass


class NewPartner(Sent):
    __doc__ = N_("Both have to name the other before anything is signed.")

    zone: Annotated[Line, Field(max_length=LONGEST, examples=["88.118.3003"])]


@blueprint.get("/log/partners")
@edge.require("audit")
@blueprint.doc(summary=N_("Partners who sign the log"))
@blueprint.output(PartnerPage)
def index() -> Response:
    edge.actor().require_node("audit")
    with edge.reading() as session:
        found = cosigning.standings(session)
        return page(PartnerPage, [Partner.of(each) for each in found])


@blueprint.post("/log/partners")
@edge.require("people")
@blueprint.doc(summary=N_("Name a partner who signs the log"))
@blueprint.input(NewPartner, arg_name="sent")
@blueprint.output(Partner, 201)
@idempotent
def create(session: Session, sent: NewPartner) -> Made:
    zone = cosigning.name_partner(session, edge.actor(), sent.zone, edge.now(), edge.node().settings.zone)
    standing = next(each for each in cosigning.standings(session) if each.partner.zone == zone)
    return Made(Partner.of(standing))


@blueprint.delete("/log/partners/<zone>")
@edge.require("people")
@blueprint.doc(
    summary=N_("Take a partner off the list; what was signed stays"), responses={204: N_("Removed.")}
)
def remove(zone: str) -> Response:
    with edge.writing() as session:
        cosigning.drop_partner(session, edge.actor(), zone, edge.now())
    return nothing()
