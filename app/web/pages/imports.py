"""Import and export: a table is brought, its columns explained, its rows checked, and the good ones brought in."""

import time
from dataclasses import asdict
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import jobqueue, jobs
from app.domain.intake import TARGETS
from app.errors import N_, Malformed, TraceError
from app.services import allotting, column_memory, masterdata, uploads
from app.services.intake import Plan, Reader
from app.services.uploads import Upload
from app.web import edge, i18n
from app.web.errors import translate_error
from app.web.security import may_send_files

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

KINDS = ("import-check", "import")
TARGET_NAMES = {"records": N_("Records of identifiers"), "items": N_("Items or lots of a product")}
FORMS = ("csv", "xlsx")


@blueprint.get("")
@edge.require("master")
def index() -> ResponseReturnValue:
    return _index()


@blueprint.post("")
@edge.require("master")
@may_send_files("max_import_mb")
def upload() -> ResponseReturnValue:
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Malformed("no-file", N_("No file was chosen."), N_("Choose a file."), field="file")
        settings = edge.node().settings
        found = uploads.keep(settings.uploads_dir, edge.actor(), file.filename, file.stream, time.time())
    except TraceError as error:
        return _index(error), error.http_status
    return redirect(url_for(".show", token=found.token), 303)


@blueprint.get("/<token>")
@edge.require("master")
def show(token: str) -> ResponseReturnValue:
    return _show(_upload(token))


@blueprint.post("/<token>")
@edge.require("master")
def start(token: str) -> ResponseReturnValue:
    """Asks for the check, or for the import; what the columns mean is remembered for the next table."""
    found, actor = _upload(token), edge.actor()
    try:
        plan = _plan(found)
        with edge.reading() as session:
            Reader(session, actor, plan)
        with edge.writing() as session:
            column_memory.remember(session, actor, plan.target, found.header, plan.mapping)
            mode = request.form.get("mode", "")
            kind = "import" if mode in ("all", "good") else "import-check"
            parameters = {"upload": token, "name": found.name, "mode": mode} | asdict(plan)
            job_id = jobs.request(session, actor, kind, parameters, i18n.language(), edge.now())
    except TraceError as error:
        return _show(found, error), error.http_status
    jobqueue.enqueue(edge.node().settings, job_id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@blueprint.post("/export")
@edge.require("master")
def export() -> ResponseReturnValue:
    what, form = request.form.get("what", ""), request.form.get("form", "")
    if what not in TARGETS or form not in FORMS:
        raise Malformed("bad-export", N_("This cannot be exported."), N_("Choose from the form."))
    parameters = {"what": what, "form": form, "product": request.form.get("product", "")}
    with edge.writing() as session:
        job_id = jobs.request(session, edge.actor(), "export", parameters, i18n.language(), edge.now())
    jobqueue.enqueue(edge.node().settings, job_id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


def _index(error: TraceError | None = None) -> str:
    with edge.reading() as session:
        products, _ = masterdata.products(session, edge.actor(), limit=500)
        found = [job for job in jobs.jobs_of(session, edge.actor(), 200) if job.kind in KINDS]
    return render_template(
        "imports/index.html",
        products=products,
        found=found[:20],
        targets=TARGET_NAMES,
        most=edge.node().settings.max_import_mb,
        fault=_sentence(error),
    )


def _show(found: Upload, error: TraceError | None = None) -> str:
    actor, asked = edge.actor(), request.values
    with edge.reading() as session:
        products, _ = masterdata.products(session, actor, limit=500, active_only=True)
        prefixes = allotting.prefixes_of(session, actor.organisation_id)
        done = [
            job for job in jobs.jobs_of(session, actor, 200) if job.parameters.get("upload") == found.token
        ]
        done.sort(key=lambda job: (job.record_time, job.kind == "import"), reverse=True)
        last = done[0].parameters if done else {}
        target = _known(asked.get("target") or last.get("target"), TARGETS)
        product = asked.get("product") or last.get("product") or (products[0].epc if products else "")
        version = column_memory.version_of(session, actor, target, product)
        mapping = column_memory.guessed(session, actor, target, found.header, version)
    if error:
        mapping = [request.form.get(f"column{place}", "") for place in range(len(found.header))]
    language = i18n.language()
    offered = [
        column_memory.offered(target, title, version, mapping[place], language)
        for place, title in enumerate(found.header)
    ]
    same = last and (last["target"], last["product"], last["mapping"]) == (
        target,
        product if target == "items" else "",
        mapping,
    )
    return render_template(
        "imports/show.html",
        upload=found,
        target=target,
        targets=TARGET_NAMES,
        product=product,
        products=products,
        prefix=asked.get("prefix") or last.get("prefix") or actor.prefix,
        prefixes=prefixes,
        overwrite=bool(last.get("overwrite")),
        mapping=mapping,
        offered=offered,
        last=done[0] if done and same and not error else None,
        fault=_sentence(error),
    )


def _plan(found: Upload) -> Plan:
    target = _known(request.form.get("target"), TARGETS)
    return Plan(
        target,
        tuple(request.form.get(f"column{place}", "")[:120] for place in range(len(found.header))),
        request.form.get("prefix", "")[:64],
        request.form.get("product", "")[:300] if target == "items" else "",
        target == "records" and "overwrite" in request.form,
    )


def _known(text: Any, known: tuple[str, ...]) -> str:
    return text if text in known else known[0]


def _upload(token: str) -> Upload:
    return uploads.of_token(edge.node().settings.uploads_dir, edge.actor().organisation_id, token)


def _sentence(error: TraceError | None) -> str:
    return " ".join(part for part in translate_error(error) if part) if error else ""
