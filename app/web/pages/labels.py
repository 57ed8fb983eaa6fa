"""Labels: choose what to print and where on the sheet to start, see one, and start the run."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import jobqueue, jobs
from app.domain import identifiers
from app.errors import N_, Malformed
from app.services import labelling, listing
from app.web import edge, i18n, numbers

blueprint = Blueprint("labels", __name__)
SINGLE = {"png": ("image/png", labelling.png), "svg": ("image/svg+xml", labelling.svg)}
MOST_BY_NAME = 1_000  # so many fit into an address


@blueprint.get("/labels")
@edge.require("print")
def index() -> ResponseReturnValue:
    """Without a choice: what was minted lately. With one: the first label, and the form that prints."""
    chosen = _chosen(request.args)
    with edge.reading() as session:
        if not chosen:
            batches = listing.batches(session, edge.actor())
            return render_template("labels/index.html", batches=batches)
        label, count = _preview(session, chosen)
    return render_template(
        "labels/print.html",
        chosen=chosen,
        first=identifiers.parse(label.identifier),
        count=count,
        stock=labelling.STOCK,
        resolutions=labelling.RESOLUTIONS,
    )


@blueprint.post("/labels")
@edge.require("print")
def start() -> ResponseReturnValue:
    chosen = _chosen(request.form)
    if not chosen:
        raise Malformed("nothing-chosen", N_("No label was chosen."), N_("Choose what to print first."))
    parameters = chosen | {"start": _start(), "dpi": _dpi()}
    with edge.reading() as session:
        _preview(session, chosen)  # refuses now, with a sentence, what the job would refuse later
    with edge.writing() as session:
        job_id = jobs.request(session, edge.actor(), "labels-pdf", parameters, i18n.language(), edge.now())
    jobqueue.enqueue(edge.node().settings, job_id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@blueprint.get("/labels/<prefix>/<path:suffix>.<any(png, svg):form>")
@edge.require("print")
def single(prefix: str, suffix: str, form: str) -> ResponseReturnValue:
    dpi = _dpi()
    name = identifiers.parse(f"{prefix}/{suffix}")
    with edge.reading() as session:
        (label,) = labelling.labels_of(session, edge.actor(), [name.epc], edge.node().settings.base_url)
    media_type, draw = SINGLE[form]
    response = Response(draw(label, dpi), mimetype=media_type)
    if "download" in request.args:
        filename = f"{label.identifier}.{form}".replace("/", "_")  # as minted, not as somebody wrote it
        response.headers.set("Content-Disposition", "attachment", filename=filename)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _chosen(values: Any) -> dict[str, Any]:
    """{'batch': [first, last]} or {'epcs': […]}, {} for nothing."""
    if batch := numbers.range_of(values.get("batch", "")):
        return {"batch": list(batch)}
    typed = [line for text in values.getlist("ids") for line in text.split()]
    names = [*values.getlist("id"), *typed]
    if len(names) > MOST_BY_NAME:
        raise Malformed(
            "bad-label-count",
            N_("{count} labels were asked for."),
            N_("Ask for 1 to {most} at a time."),
            count=len(names),
            most=MOST_BY_NAME,
        )
    return {"epcs": [identifiers.parse(name).epc for name in names]} if names else {}


def _preview(session: Any, chosen: dict[str, Any]) -> tuple[labelling.Label, int]:
    """The first label, and how many there are."""
    base_url = edge.node().settings.base_url
    if batch := chosen.get("batch"):
        return labelling.first_of_batch(session, edge.actor(), batch[0], batch[1], base_url)
    labels = labelling.labels_of(session, edge.actor(), chosen["epcs"], base_url)
    return labels[0], len(labels)


def _start() -> int:
    text, most = request.values.get("start", ""), labelling.STOCK.positions
    if not numbers.NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
        raise Malformed(
            "bad-number",
            N_("'{text}' is not a number from {least} to {most}."),
            N_("Type a whole number."),
            text=text[:40],
            least=1,
            most=most,
        )
    return int(text)


def _dpi() -> int:
    text = request.values.get("dpi", "300")
    known = {str(dpi): dpi for dpi in labelling.RESOLUTIONS}
    if text not in known:
        raise Malformed(
            "bad-resolution",
            N_("'{text}' is not a resolution that labels are drawn for."),
            N_("Choose one of: {known}."),
            text=text[:40],
            known=", ".join(known),
        )
    return known[text]
