"""Applications for zones, for reviewers and their programs: the list, one of them, the decision."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.domain import applications, subjects
from app.errors import N_
from app.services import reviewing
from app.services.reviewing import Reviewed
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, answer, idempotent, page
from app.web.api.v1.models import AskedAfter, Line, Page, Sent, Text, Told
from app.web.zone_issuer import issuer

blueprint = blueprint_of("applications", "Registry")

Step = Literal["take", "approve", "return", "refuse"]


class Application(Told):
    __doc__ = N_("Something that is asked of this node about a zone below its own.")

    id: int
    kind: str = Field(description=N_("join, share, move, rotate or leave."))
    state: str = Field(
        description=N_("submitted, in-review, returned, approved, refused, withdrawn or ended.")
    )
    zone: str = Field(examples=["88.118.1001"], description=N_("Empty: the next number is wanted."))
    name_zh: str
    name_en: str
    reason: str
    reviewer: str
    proven: bool = Field(description=N_("Whether it is signed with the key it brings."))
    record_time: datetime


class ApplicationPage(Page[Application]):
    pass


class Taken(Told):
    __doc__ = N_("One step of an application or a zone.")

    step: str
    by: str
    reason: str
    time: datetime


class WholeApplication(Application):
    __doc__ = N_("An application with all that was sent, and what was done so far.")

    subject: dict[str, str]
    public_keys: list[dict[str, str]] = Field(description=N_("JSON Web Keys."))
    endpoints: list[dict[str, Any]]
    steps: list[Taken]


class AskedApplications(AskedAfter):
    state: Annotated[Line, Field(max_length=12)] = Field(
        "", description=N_("Only those in this state; empty for all.")
    )


class ReviewDecision(Sent):
    __doc__ = N_("A step of the review. To return or refuse needs a reason, to approve a verification.")

    step: Step
    reason: Annotated[Text, Field(max_length=applications.LONGEST_REASON)] = ""
    zone: Annotated[Line, Field(max_length=64)] = Field(
        "", description=N_("Another zone than was asked for.")
    )
    verification: Annotated[Line, Field(max_length=16)] = Field(
        "", examples=sorted(subjects.VERIFICATIONS), description=N_("How the identity was verified.")
    )


@blueprint.get("/applications")
@edge.require("audit")
@blueprint.doc(
    summary=N_("Who asks this node for a zone"), description=N_("For the company that runs the node.")
)
@blueprint.input(AskedApplications, location="query", arg_name="asked")
@blueprint.output(ApplicationPage)
def index(asked: AskedApplications) -> Response:
    states = (asked.state,) if asked.state else ()
    with edge.reading() as session:
        found, following = reviewing.listed(
            session, edge.actor(), states=states, before=asked.after, limit=asked.limit
        )
        return page(ApplicationPage, [_told(row) for row in found], following)


@blueprint.get(f"/applications/{ID}")
@edge.require("audit")
@blueprint.doc(summary=N_("One application"))
@blueprint.output(WholeApplication)
def show(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.reading() as session:
        return answer(_whole(reviewing.shown(session, edge.actor(), id)))


@blueprint.post(f"/applications/{ID}/decisions")
@edge.require("people")
@blueprint.doc(summary=N_("Take up, approve, send back or refuse an application"))
@blueprint.input(ReviewDecision, arg_name="sent")
@blueprint.output(WholeApplication, 201)
@idempotent
def decide(session: Session, id: int, sent: ReviewDecision) -> Made:  # noqa: A002
    actor, now = edge.actor(), edge.now()
    if sent.step == "take":
        reviewing.take(session, actor, id, now)
    elif sent.step == "approve":
        reviewing.approve(session, actor, issuer(), id, now, zone=sent.zone, verification=sent.verification)
    elif sent.step == "refuse":
        reviewing.refuse(session, actor, id, sent.reason, now)
    else:
        reviewing.send_back(session, actor, id, sent.reason, now)
    return Made(_whole(reviewing.shown(session, actor, id)))


def _told(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "zone": row.zone,
        "name_zh": row.subject.get("name_zh", ""),
        "name_en": row.subject.get("name_en", ""),
        "reason": row.reason,
        "reviewer": row.reviewer_name,
        "proven": row.proven,
        "record_time": row.record_time,
    }


def _whole(found: Reviewed) -> WholeApplication:
    row = found.application
    steps = [
        Taken(step=step.step, by=step.by, reason=step.reason, time=step.record_time) for step in found.steps
    ]
    subject = {name: str(value) for name, value in found.subject.items()}
    return WholeApplication(
        **_told(row), subject=subject, public_keys=row.keys, endpoints=row.endpoints, steps=steps
    )
