"""Labels from a table: it is brought, its columns become fields of the label, and the print form takes over."""

import time

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import N_, Malformed, TraceError
from app.services import masterdata, uploads
from app.services.printing import merging
from app.services.uploads import Upload
from app.web import edge
from app.web.errors import translate_error
from app.web.security import may_send_files

blueprint = Blueprint("label_lists", __name__, url_prefix="/labels/list")
MOST_SHOWN = 500  # products


@blueprint.get("")
@edge.require("mint")
def index() -> ResponseReturnValue:
    return render_template("labels/list.html", fault=None, most=edge.node().settings.max_import_mb)


@blueprint.post("")
@edge.require("mint")
@may_send_files("max_import_mb")
def upload() -> ResponseReturnValue:
    file = request.files.get("file")
    settings = edge.node().settings
    try:
        if file is None or not file.filename:
            raise Malformed("no-file", N_("No file was chosen."), N_("Choose a CSV or XLSX file."))
        kept = uploads.keep(settings.uploads_dir, edge.actor(), file.filename, file.stream, time.time())
    except TraceError as error:
        fault = " ".join(part for part in translate_error(error) if part)
        return render_template(
            "labels/list.html", fault=fault, most=settings.max_import_mb
        ), error.http_status
    return redirect(url_for(".show", token=kept.token), 303)


@blueprint.get("/<token>")
@edge.require("mint")
def show(token: str) -> ResponseReturnValue:
    """What its columns mean: guessed first, then as somebody says."""
    found = _upload(token)
    with edge.reading() as session:
        products, _ = masterdata.products(session, edge.actor(), limit=MOST_SHOWN, active_only=True)
    return render_template(
        "labels/list_show.html",
        upload=found,
        mapping=merging.guessed(found.header),
        titles=merging.titles(),
        products=products,
    )


@blueprint.get("/<token>/print")
@edge.require("mint")
def chosen(token: str) -> ResponseReturnValue:
    """Leads to the form that prints it."""
    found = _upload(token)
    mapping = [request.args.get(f"column{place}", "")[:40] for place in range(len(found.header))]
    product = request.args.get("product", "")[:300]
    try:
        merging.checked_mapping(found, mapping, product)
    except Malformed as error:
        flash(" ".join(part for part in translate_error(error) if part), "danger")
        return redirect(url_for(".show", token=token), 303)
    return redirect(url_for("labels.index", upload=found.token, map=mapping, product=product), 303)


def _upload(token: str) -> Upload:
    return uploads.of_token(edge.node().settings.uploads_dir, edge.actor().organisation_id, token)
