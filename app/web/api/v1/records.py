"""Records of handles: many created, replaced and deleted in one call. One at a time: the Handle API."""

from typing import Annotated, Any, Literal

from pydantic import Field
from sqlmodel import Session

from app.domain import handles
from app.errors import N_, TraceError
from app.services import batching
from app.services.batching import Outcome, Wanted
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import Made, idempotent
from app.web.api.v1.models import Line, Sent, Told
from app.web.errors import translate_error
from app.web.security import may_send

blueprint = blueprint_of("records", "Records")

MOST_SENT = 8 * 1024 * 1024
EXAMPLE = {"index": 1, "type": "URL", "data": {"format": "string", "value": "https://www.example.com/m1"}}


class RecordChange(Sent):
    __doc__ = N_("What to do with one record.")

    action: Literal["create", "replace", "delete"] = Field(
        "create", description=N_("replace also creates what is missing.")
    )
    handle: Annotated[Line, Field(min_length=1, max_length=300, examples=["88.118.1001/M1"])]
    values: list[dict[str, Any]] = Field(
        [],
        max_length=handles.MOST_VALUES,
        description=N_("All values of the record, each as in the Handle API; none to delete."),
        examples=[[EXAMPLE]],
    )


class Batch(Sent):
    __doc__ = N_("Up to 2,000 changes.")

    items: list[RecordChange] = Field(min_length=1, max_length=batching.MOST)


class RecordOutcome(Told):
    __doc__ = N_("What became of one record.")

    handle: str
    status: str = Field(description=N_("created, replaced, deleted or refused."))
    code: str = Field(description=N_("Why it was refused: a stable code."), examples=["handle-exists"])
    detail: str
    hint: str


class BatchDone(Told):
    __doc__ = N_("What became of each, in the order in which they were sent.")

    created: int
    replaced: int
    deleted: int
    refused: int
    items: list[RecordOutcome]


@blueprint.post("/records/batch")
@edge.require("mint")
@blueprint.doc(
    summary=N_("Create, replace and delete records, many at once"),
    description=N_(
        "Each is done or refused for itself; what is done is durable when the answer comes. A quota refuses all of"
        " them together."
    ),
)
@blueprint.input(Batch, arg_name="sent")
@blueprint.output(BatchDone)
@idempotent
@may_send(MOST_SENT)
def batch(session: Session, sent: Batch) -> Made:
    wanted = [_wanted(item) for item in sent.items]
    outcomes = batching.run(session, edge.actor(), wanted, edge.now())
    counts = dict.fromkeys(("created", "replaced", "deleted", "refused"), 0)
    for outcome in outcomes:
        counts[outcome.status] += 1
    return Made(BatchDone(items=[_told(outcome) for outcome in outcomes], **counts), 200)


def _wanted(item: RecordChange) -> Wanted:
    try:
        return Wanted(item.action, item.handle, [handles.parse_value(value) for value in item.values])
    except TraceError as error:
        return Wanted(item.action, item.handle, error=error)


def _told(outcome: Outcome) -> RecordOutcome:
    code = detail = hint = ""
    if outcome.error:
        code = outcome.error.code
        detail, hint = translate_error(outcome.error)
    return RecordOutcome.model_construct(
        handle=outcome.handle, status=outcome.status, code=code, detail=detail, hint=hint
    )
