"""Tracing: the provenance of a thing as JSON, its report as PDF by a job, and search."""

from datetime import date, datetime
from typing import Annotated

import orjson
from flask import Response
from pydantic import Field
from sqlmodel import Session

from app import jobs
from app.domain.provenance import Party
from app.errors import N_
from app.services import tracing
from app.services.tracing.searching import Row
from app.web import edge, i18n, partner_line
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import Made, idempotent, page, prepared
from app.web.api.v1.items import Code, named
from app.web.api.v1.jobs import Job
from app.web.api.v1.models import AskedAfter, Line, Page, Sent, Told
from app.web.api.v1.provenance import Company, Place, Provenance

blueprint = blueprint_of("traces", "Tracing")


class NewReport(Sent):
    identifier: Code


class AskedSearch(AskedAfter):
    q: Annotated[Line, Field(min_length=1, max_length=200)] = Field(
        description=N_("An identifier, part number, lot, serial or order number."), examples=["LOT-2026-05"]
    )


class Found(Told):
    __doc__ = N_("One thing found, as far as the caller may know of it.")

    epc: str
    identifier: str
    level: str
    product_zh: str
    product_en: str
    part_number: str
    lot: str
    serial: str
    unit: str
    expires_on: date | None
    lifecycle: str
    disposition: str
    held: str
    owner: Company | None
    holder: Company | None
    place: Place | None
    to: Company | None
    last_time: datetime | None


class FoundPage(Page[Found]):
    exact: bool = Field(description=N_("The text is one thing's identifier, or the only match of a number."))


@blueprint.get("/trace/<prefix>/<path:suffix>")
@edge.require("trace")
@blueprint.doc(
    summary=N_("Where a thing came from and where it went"),
    description=N_(
        "Inputs to their origin, outputs, containers, who had it when and where, what was found, what is missing: "
        "as far as the caller may know."
    ),
)
@blueprint.output(Provenance)
def show(prefix: str, suffix: str) -> Response:
    provenance = partner_line.report(named(prefix, suffix))
    return Response(orjson.dumps(tracing.document(provenance)), mimetype="application/json")


def _subject(sent: NewReport) -> str:
    """Says now, with a sentence, what the job would say later."""
    with edge.reading() as session:
        return tracing.trace(session, edge.actor(), sent.identifier, now=edge.now()).subject.epc


@blueprint.post("/reports")
@edge.require("trace")
@blueprint.doc(
    summary=N_("Provenance report as PDF"), description=N_("A job makes it, in the caller's language.")
)
@blueprint.input(NewReport, arg_name="sent")
@blueprint.output(Job, 202)
@prepared(_subject)
@idempotent
def report(session: Session, ready: str) -> Made:
    actor = edge.actor()
    job_id = jobs.request(
        session, actor, "trace-pdf", {"epc": ready, "zone": i18n.zone()}, i18n.language(), edge.now()
    )
    return Made(Job.of(jobs.job_of(session, actor, job_id)), 202, job_id=job_id)


@blueprint.get("/search")
@edge.require("trace")
@blueprint.doc(summary=N_("Search what my organisation may know of"))
@blueprint.input(AskedSearch, location="query", arg_name="asked")
@blueprint.output(FoundPage)
def search(asked: AskedSearch) -> Response:
    with edge.reading() as session:
        found = tracing.search(session, edge.actor(), asked.q, limit=asked.limit, after=asked.after)
    return page(FoundPage, [_found(row) for row in found.rows], found.after, exact=found.exact)


def _found(row: Row) -> Found:
    plain = {name: getattr(row, name) for name in Found.model_fields}
    parties = {name: _company(plain[name]) for name in ("owner", "holder", "to")}
    place = row.place
    at = Place(epc=place.epc, zh=place.name_zh, en=place.name_en, company=place.party) if place else None
    return Found(**plain | parties | {"place": at})


def _company(party: Party | None) -> Company | None:
    return Company(prefix=party.prefix, zh=party.name_zh, en=party.name_en) if party else None
