"""How complete my organisation's events are, lists for authorities, the documents of recalls."""

from datetime import UTC, date, timedelta
from typing import Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app import jobs
from app.domain import quality
from app.domain.quality import Score
from app.errors import N_
from app.services import qualifying, recalling, trading
from app.web import edge, i18n
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import Made, answer, idempotent
from app.web.api.v1.jobs import Job
from app.web.api.v1.models import Asked, Sent, Told

blueprint = blueprint_of("quality", "Tracing")
DOCUMENTS = {
    "report": "recall-pdf",
    "workbook": "recall-xlsx",
    "customers": "recall-customers",
    "exercise": "recall-exercise",
}


class AskedDays(Asked):
    days: int = Field(30, ge=1, le=366, description=N_("How many days back from now."))


class Incomplete(Told):
    __doc__ = N_("An event that lacks something.")

    entry: int = Field(description=N_("Its place in the log."))
    event_id: str
    missing: list[str] = Field(examples=[["document"]])


class Kind(Told):
    __doc__ = N_("One kind of event: how many there are, how many are complete, what is missing in how many.")

    kind: str = Field(
        examples=["ship"], description=N_("The step, or the EPCIS type of what is none of ours.")
    )
    events: int
    complete: int
    percent: float = Field(description=N_("Of the elements that should be there, how many are."))
    expected: dict[str, int]
    found: dict[str, int]
    incomplete: list[Incomplete] = Field(description=N_("The newest few."))


class Completeness(Told):
    __doc__ = N_("What the law and auditors ask of each kind of event, and what is missing.")

    kinds: list[Kind]
    percent: float
    events: int
    complete: int
    cut_off: bool = Field(description=N_("There are more events; these are the scores of the newest ones."))


class NewList(Sent):
    what: Literal["fsma", "neighbours", "completeness", "balances"] = Field(
        description=N_(
            "fsma: FSMA 204 sortable spreadsheet. neighbours: suppliers and customers (EC 178/2002). "
            "completeness: every incomplete event. balances: the mass balance of every lot, as it is now."
        )
    )
    form: Literal["xlsx", "pdf"] = Field("xlsx", description=N_("Only neighbours can be a PDF."))
    since: date | None = Field(
        None, examples=["2026-05-01"], description=N_("The first day; not for balances.")
    )
    until: date | None = Field(None, examples=["2026-05-31"], description=N_("The last day, included."))


class NewDocument(Sent):
    kind: Literal["report", "workbook", "customers", "exercise"] = Field(
        description=N_("exercise: the sign-off of an exercise.")
    )
    form: Literal["xlsx", "pdf"] = Field("xlsx", description=N_("Of the list of customers."))


@blueprint.get("/quality")
@edge.require("trace")
@blueprint.doc(summary=N_("How complete my organisation's events are"))
@blueprint.input(AskedDays, location="query", arg_name="asked")
@blueprint.output(Completeness)
def show(asked: AskedDays) -> Response:
    until = edge.now() + timedelta(hours=1)  # clocks of stations may be fast
    with edge.reading() as session:
        scores, cut_off = qualifying.scores(session, edge.actor(), until - timedelta(days=asked.days), until)
    whole = quality.together(scores)
    return answer(
        Completeness(
            kinds=[_kind(score) for score in scores],
            percent=float(whole.percent),
            events=whole.events,
            complete=whole.complete,
            cut_off=cut_off,
        )
    )


@blueprint.post("/lists")
@edge.require("report")
@blueprint.doc(
    summary=N_("List for an authority or an auditor"),
    description=N_("From my organisation's own events. A job makes it, in the caller's language."),
)
@blueprint.input(NewList, arg_name="sent")
@blueprint.output(Job, 202)
@idempotent
def ask(session: Session, sent: NewList) -> Made:
    if sent.what == "balances":
        return _job(session, "balance-sheet", {})
    first, last = (day.isoformat() if day else "" for day in (sent.since, sent.until))
    trading.period_of(first, last, UTC)
    period = {"since": first, "until": last}
    if sent.what == "completeness":
        return _job(session, "quality-sheet", period)
    trading.check_list(sent.what, sent.form)
    return _job(session, "trade-sheet", {"what": sent.what, "form": sent.form} | period)


@blueprint.post("/recalls/<recall_id>/documents")
@edge.require("report")
@blueprint.doc(
    summary=N_("Document of a recall"), description=N_("A job makes it, in the caller's language.")
)
@blueprint.input(NewDocument, arg_name="sent")
@blueprint.output(Job, 202)
@idempotent
def draw(session: Session, recall_id: str, sent: NewDocument) -> Made:
    recalling.recall_of(session, edge.actor(), recall_id, full=False)
    return _job(session, DOCUMENTS[sent.kind], {"recall": recall_id, "form": sent.form})


def _job(session: Session, kind: str, parameters: dict[str, str]) -> Made:
    actor = edge.actor()
    told = parameters | {"zone": i18n.zone()}
    job_id = jobs.request(session, actor, kind, told, i18n.language(), edge.now())
    return Made(Job.of(jobs.job_of(session, actor, job_id)), 202, job_id=job_id)


def _kind(score: Score) -> Kind:
    return Kind(
        kind=score.kind,
        events=score.events,
        complete=score.complete,
        percent=float(score.percent),
        expected=dict(score.expected),
        found=dict(score.found),
        incomplete=[
            Incomplete(entry=gap.seq, event_id=gap.event_id, missing=list(gap.missing))
            for gap in score.examples
        ],
    )
