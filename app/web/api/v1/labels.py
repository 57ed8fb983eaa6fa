"""Labels: a run of sheets as a job, and single labels as pictures. Every file was read back before it is handed out."""

from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app import jobs
from app.domain import identifiers
from app.errors import N_, Malformed
from app.services import labelling
from app.web import edge, i18n
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import Made, also, idempotent, prepared
from app.web.api.v1.items import Batch, Code, batch_of, named
from app.web.api.v1.jobs import Job
from app.web.api.v1.models import Asked, Sent

blueprint = blueprint_of("labels", "Labels")

MOST_BY_NAME = 2_000
PICTURES = {"png": ("image/png", labelling.png), "svg": ("image/svg+xml", labelling.svg)}


class NewLabels(Sent):
    __doc__ = N_("What to print: a batch, or identifiers one by one.")

    batch: Batch | None = Field(None, description=N_("All that these entries of the log minted."))
    identifiers: list[Code] = Field([], max_length=MOST_BY_NAME)
    start: Annotated[int, Field(ge=1, le=labelling.STOCK.positions)] = Field(
        1, description=N_("The first free label on the sheet, counted by rows.")
    )
    dpi: Literal[150, 203, 300, 600] = Field(
        300, description=N_("Resolution of the printer: symbols are whole dots.")
    )


class AskedPicture(Asked):
    dpi: int = Field(300, description=N_("150, 203, 300 or 600: symbols are whole dots."))


def _parameters(sent: NewLabels) -> dict[str, Any]:
    """Of the job. Refuses now, with a sentence, what the job would refuse later."""
    if bool(sent.batch) == bool(sent.identifiers):
        raise Malformed(
            "nothing-chosen",
            N_("It is not clear which labels to print."),
            N_("Send either a batch or a list of identifiers."),
            field="identifiers",
        )
    actor, base_url = edge.actor(), edge.node().settings.base_url
    layout = {"start": sent.start, "dpi": sent.dpi}
    with edge.reading() as session:
        if batch := batch_of(sent.batch):
            labelling.first_of_batch(session, actor, *batch, base_url, i18n.language())
            return layout | {"batch": list(batch)}
        epcs = [identifiers.parse(name).epc for name in sent.identifiers]
        labelling.contents_of(session, actor, epcs, base_url, i18n.language())
        return layout | {"epcs": epcs}


@blueprint.post("/labels")
@edge.require("print")
@blueprint.doc(
    summary=N_("Print label sheets"),
    description=N_("A job draws A4 sheets of 3 by 8 labels as PDF and reads each code back."),
)
@blueprint.input(NewLabels, arg_name="sent")
@blueprint.output(Job, 202)
@prepared(_parameters)
@idempotent
def create(session: Session, ready: dict[str, Any]) -> Made:
    actor = edge.actor()
    job_id = jobs.request(session, actor, "labels-pdf", ready, i18n.language(), edge.now())
    return Made(Job.of(jobs.job_of(session, actor, job_id)), 202, job_id=job_id)


@blueprint.get("/labels/<prefix>/<path:suffix>.<any(png, svg):form>")
@edge.require("print")
@blueprint.doc(
    summary=N_("One label as a picture"),
    responses=also(200, N_("The picture."), {kind: {} for kind, _ in PICTURES.values()}),
)
@blueprint.input(AskedPicture, location="query", arg_name="asked")
def show(prefix: str, suffix: str, form: str, asked: AskedPicture) -> Response:
    name = identifiers.parse(named(prefix, suffix))
    base_url, language = edge.node().settings.base_url, i18n.language()
    with edge.reading() as session:
        (said,) = labelling.contents_of(session, edge.actor(), [name.epc], base_url, language)
    media_type, draw = PICTURES[form]
    return Response(draw(said, language, asked.dpi), mimetype=media_type)
