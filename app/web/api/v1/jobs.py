"""Jobs: what is being made, how far it is, its file to download."""

from datetime import datetime
from typing import Any

from flask import Response, send_file, url_for
from pydantic import Field

from app import jobqueue, jobs
from app.errors import N_
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import also, answer, page
from app.web.api.v1.models import AskedAfterText, Page, Told

blueprint = blueprint_of("jobs", "Jobs")
FILES = (
    "application/pdf",
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)


class Job(Told):
    __doc__ = N_("Slow work. Ask for it again until its state is done, failed or cancelled.")

    id: str = Field(examples=["0123456789abcdef0123456789abcdef"])
    kind: str = Field(examples=["labels-pdf"])
    state: str = Field(description=N_("queued, running, done, failed or cancelled."))
    done: int = Field(description=N_("How much of `total` is done."))
    total: int
    error_code: str
    error: str = Field(description=N_("Why it failed, in the language in which it was asked for."))
    record_time: datetime
    finished: datetime | None
    url: str = Field(examples=["/api/v1/jobs/0123456789abcdef0123456789abcdef"])
    result_url: str | None = Field(description=N_("Where to download its file; null until it is done."))

    @classmethod
    def of(cls, row: Any) -> "Job":
        names = ("id", "kind", "state", "done", "total", "error_code", "error", "record_time", "finished")
        values = {name: getattr(row, name) for name in names}
        result = url_for("v1_jobs.result", job_id=row.id) if row.state == "done" else None
        return cls(**values, url=url_for("v1_jobs.show", job_id=row.id), result_url=result)


class JobPage(Page[Job]):
    pass


@blueprint.get("/jobs")
@blueprint.doc(summary=N_("Jobs of my organisation, newest first"))
@blueprint.input(AskedAfterText, location="query", arg_name="asked")
@blueprint.output(JobPage)
def index(asked: AskedAfterText) -> Response:
    with edge.reading() as session:
        found = jobs.jobs_of(session, edge.actor(), asked.limit + 1, asked.after)
    shown = found[: asked.limit]
    return page(JobPage, [Job.of(row) for row in shown], shown[-1].id if len(found) > len(shown) else None)


@blueprint.get("/jobs/<job_id>")
@blueprint.doc(summary=N_("One job"))
@blueprint.output(Job)
def show(job_id: str) -> Response:
    return answer(Job.of(_job(job_id)))


@blueprint.post("/jobs/<job_id>/cancel")
@blueprint.doc(summary=N_("Cancel a job"), description=N_("A running job stops at its next step."))
@blueprint.output(Job)
def cancel(job_id: str) -> Response:
    with edge.writing() as session:
        job = jobs.cancel(session, edge.actor(), job_id, edge.now())
        told = Job.of(job)
    jobs.discard(edge.node().settings, job_id)
    return answer(told)


@blueprint.get("/jobs/<job_id>/result")
@blueprint.doc(
    summary=N_("The file that a job made"),
    responses=also(200, N_("The file."), {kind: {} for kind in FILES}),
)
def result(job_id: str) -> Response:
    path = jobs.result_path(edge.node().settings, _job(job_id))
    return send_file(path.absolute(), as_attachment=True, download_name=f"suyuan-{path.name}")


def _job(job_id: str) -> Any:
    """The job; one whose worker died is queued again by whoever looks at it first."""
    with edge.reading() as session:
        job = jobs.job_of(session, edge.actor(), job_id)
        waiting = job.state in jobs.UNFINISHED and job_id in jobs.forgotten(session, edge.now())
    if waiting:
        jobqueue.enqueue(edge.node().settings, job_id)
    return job
