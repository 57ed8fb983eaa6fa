"""The trace page: where a thing came from and went, who had it, what was found; also as JSON, and as PDF by a job."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app import jobqueue, jobs
from app.domain import identifiers
from app.domain.disclosure import SOURCE_STATES, TRUST
from app.domain.identifiers import Identifier, Key
from app.domain.provenance import Node, Provenance, Record
from app.domain.steps import STEPS
from app.services import holding, tracing
from app.services.tracing import drawing
from app.web import edge, i18n, partner_line, telling

blueprint = Blueprint("trace", __name__)
EVENTS = 30  # more than these are shown when asked for
ROWS = 100  # of each table, the first few in the open
OPEN_ROWS = 12
BOXES = 200  # of the picture
GAPS = 12
JSON = ".json"


@dataclass(frozen=True, slots=True)
class Table:
    """Things to list, with how much of each, and how many more there are."""

    rows: list[tuple[Node, str]]
    folded: list[tuple[Node, str]]
    more: int


@blueprint.get("/trace")
@edge.require("trace")
def index() -> ResponseReturnValue:
    """`?code=` takes whatever was scanned or typed, GS1 keys too; without it the search page explains itself."""
    code = request.args.get("code", "").strip()
    if not code:
        return redirect(url_for("search.index"))
    with edge.reading() as session:
        found = tracing.trace(session, edge.actor(), code, now=edge.now())
    return redirect(telling.trace_url(found.subject.epc))


@blueprint.get("/trace/<prefix>/<path:suffix>")
@edge.require("trace")
def show(prefix: str, suffix: str) -> ResponseReturnValue:
    as_json = suffix.endswith(JSON)
    name = _name_of(prefix, suffix.removesuffix(JSON) if as_json else suffix)
    provenance = partner_line.report(name)
    with edge.reading() as session:
        may_hold = holding.allowed(session, edge.actor(), provenance.subject.epc)
    if (
        as_json
        or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    ):
        return jsonify(tracing.document(provenance))
    return render_template("trace/show.html", **_shown(provenance), may_hold=may_hold)


@blueprint.post("/trace/report")
@edge.require("trace")
def report() -> ResponseReturnValue:
    """The report as PDF, made by a job; refused here and now when there is nothing to report."""
    with edge.reading() as session:
        provenance = tracing.trace(session, edge.actor(), request.form.get("code", ""), now=edge.now())
    parameters = {"epc": provenance.subject.epc, "zone": i18n.zone()}
    with edge.writing() as session:
        job_id = jobs.request(session, edge.actor(), "trace-pdf", parameters, i18n.language(), edge.now())
    jobqueue.enqueue(edge.node().settings, job_id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


def _name_of(prefix: str, suffix: str) -> Identifier | Key:
    """A handle or a Digital Link, written as the path of a URL."""
    return identifiers.parse(f"https://this.node/{quote(prefix)}/{quote(suffix)}")


def _shown(provenance: Provenance) -> dict[str, Any]:
    subject, tell = provenance.subject, telling.Teller()
    everything = request.args.get("events") == "all"
    own = [record for record in provenance.records if subject.id in record.node_ids]
    events = list(provenance.records) if everything or len(provenance.records) <= EVENTS else own
    return {
        "provenance": provenance,
        "subject": subject,
        "tell": tell,
        "identifier": telling.identifier(subject.epc),
        "url": telling.trace_url(subject.epc),
        "picture": _picture(provenance, tell),
        "sources": _table(provenance, tell, upstream=True),
        "products": _table(provenance, tell, upstream=False),
        "events": events,
        "hidden_events": len(provenance.records) - len(events),
        "nodes": {node.id: node for node in provenance.nodes},
        "gaps": [tell.gap(gap) for gap in provenance.gaps[:GAPS]],
        "more_gaps": max(0, len(provenance.gaps) - GAPS),
        "inspections": [record for record in own if record.step == "inspect" and not _withdrawn(record)],
        "source_states": SOURCE_STATES,
        "trust_words": TRUST,
        "step_names": {name: step.title for name, step in STEPS.items()},
    }


def _withdrawn(record: Record) -> bool:
    return record.corrected or bool(record.corrects)


def _picture(provenance: Provenance, tell: telling.Teller) -> Markup:
    """Safe: every text in it is escaped where it is drawn. Nothing to see in a thing that stands alone."""
    if len(provenance.nodes) < 2:
        return Markup()
    link = lambda node: "" if node.hidden else telling.trace_url(node.epc)  # noqa: E731
    svg = drawing.genealogy(
        provenance, language=i18n.language(), gettext=tell.gettext, link=link, limit=BOXES
    )
    return Markup(svg)  # noqa: S704


def _table(provenance: Provenance, tell: telling.Teller, *, upstream: bool) -> Table:
    """What it was made from, or what it went into: nearest first; runs stand in the picture only."""
    standing = {end for link in provenance.links_that_count() for end in (link.source, link.target)}
    chosen = [
        node
        for node in provenance.nodes
        if node.depth and (node.depth < 0) == upstream and node.level != "process" and node.id in standing
    ]
    chosen.sort(key=lambda node: abs(node.depth))
    told = {node.id for node in chosen[:ROWS]}
    near = [link for link in provenance.links if (link.source if upstream else link.target) in told]
    amounts = tell.amounts(near, outgoing=upstream)
    rows = [(node, amounts.get(node.id, "")) for node in chosen[:ROWS]]
    return Table(rows[:OPEN_ROWS], rows[OPEN_ROWS:], max(0, len(chosen) - ROWS))
