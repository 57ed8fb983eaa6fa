"""The audit trail: who did what besides scanning."""

from datetime import datetime

from flask import Response
from pydantic import Field

from app.errors import N_
from app.services import auditing
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import page
from app.web.api.v1.models import AskedAfter, Page, Told

blueprint = blueprint_of("audit", "Audit")


class AuditEntry(Told):
    __doc__ = N_("One line of the trail; lines are added and never changed.")

    id: int
    record_time: datetime
    operator_id: int | None
    operator_name: str
    action: str = Field(examples=["product-created"])
    subject: str
    detail: str


class AuditPage(Page[AuditEntry]):
    pass


@blueprint.get("/audit")
@edge.require("audit")
@blueprint.doc(summary=N_("Audit trail of my organisation, newest first"))
@blueprint.input(AskedAfter, location="query", arg_name="asked")
@blueprint.output(AuditPage)
def index(asked: AskedAfter) -> Response:
    with edge.reading() as session:
        rows, following = auditing.trail(session, edge.actor(), before=asked.after, limit=asked.limit)
    return page(AuditPage, rows, following)
