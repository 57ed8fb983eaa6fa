"""The zones this node has handed out: who holds them under which addresses and keys; suspend, resume, take back."""

import orjson
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain import applications, zones
from app.domain.trust import keys_of
from app.errors import Malformed, TraceError
from app.services import delegating, reviewing
from app.web import edge
from app.web.zone_forms import endpoint_text, said
from app.web.zone_issuer import issuer

blueprint = Blueprint("delegations", __name__, url_prefix="/zones")
STEPS = {"suspend", "resume", "revoke"}


@blueprint.get("")
@edge.require("audit")
def index() -> ResponseReturnValue:
    after, text = request.args.get("after", ""), request.args.get("q", "")[:100].strip()
    state = request.args.get("state", "")
    with edge.reading() as session:
        found, following = reviewing.zone_list(session, edge.actor(), after=after, state=state, text=text)
    return render_template(
        "delegations/list.html",
        found=found,
        text=text,
        state=state,
        own_zone=issuer().zone,
        states=applications.ZONE_STATES,
        next_url=url_for(".index", after=following, q=text, state=state) if following else "",
        first_url=url_for(".index", q=text, state=state) if after else "",
    )


@blueprint.get("/<zone>")
@edge.require("audit")
def show(zone: str) -> ResponseReturnValue:
    return _page(_named(zone))


@blueprint.post("/<zone>/<step>")
@edge.require("people")
def change(zone: str, step: str) -> ResponseReturnValue:
    """Suspends a zone, resumes it or takes it back."""
    name, why = _named(zone), request.form.get("reason", "")
    if step not in STEPS:
        raise delegating.unknown_zone(name)
    try:
        with edge.writing() as session:
            if step == "suspend":
                reviewing.suspend(session, edge.actor(), issuer(), name, why, edge.now())
            elif step == "resume":
                reviewing.resume(session, edge.actor(), issuer(), name, edge.now(), why)
            else:
                reviewing.revoke(session, edge.actor(), issuer(), name, why, edge.now())
    except TraceError as error:
        if error.http_status in {403, 404}:
            raise
        return _page(name, error), error.http_status
    flash(_("Done; a new statement on the zone is signed."), "success")
    return redirect(url_for(".show", zone=name), 303)


@blueprint.get("/<zone>/statement.json")
@edge.require("audit")
def statement(zone: str) -> ResponseReturnValue:
    """The certificate, to be handed on: the signed statement as it travels."""
    with edge.reading() as session:
        reviewing.require_reader(edge.actor())
        wire = delegating.statement_of(session, _named(zone))
    answer = Response(orjson.dumps(wire), content_type="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename=f"zone-{_named(zone)}.json")
    return answer


def _page(zone: str, error: TraceError | None = None) -> str:
    with edge.reading() as session:
        row, holders, steps = reviewing.zone_of(session, edge.actor(), zone)
    return render_template(
        "delegations/show.html",
        row=row,
        told=delegating.told_by(row),
        key_ids=[key.key_id for key in (keys_of(row.keys) if row.keys else ())],
        holders=holders,
        log=steps,
        error=said(error),
        may_decide=edge.actor().may("people"),
        states=applications.ZONE_STATES,
        steps=applications.STEPS | applications.ZONE_STEPS,
        endpoint_text=endpoint_text,
    )


def _named(zone: str) -> str:
    try:
        return zones.zone(zone)
    except Malformed:
        raise delegating.unknown_zone(zone) from None
