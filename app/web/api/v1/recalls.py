"""Recalls: begin one, see what it reaches, stop and release it, follow its notices."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BeforeValidator, Field
from sqlmodel import Session

from app import jobs
from app.domain import provenance
from app.domain import recalls as values
from app.domain.provenance import Party
from app.errors import N_
from app.services import recalling
from app.services.recalling import stopping, viewing
from app.web import edge, i18n
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import Made, answer, idempotent, page
from app.web.api.v1.jobs import Job
from app.web.api.v1.models import AskedAfter, Flag, Line, Page, Quantity, Sent, Text, Told
from app.web.api.v1.provenance import Company, Place

blueprint = blueprint_of("recalls", "Recalls")
RECALL = "<recall_id>"


def _firm(party: Any) -> Any:
    return (
        {"prefix": party.prefix, "zh": party.name_zh, "en": party.name_en}
        if isinstance(party, Party)
        else party
    )


def _site(place: Any) -> Any:
    if not isinstance(place, provenance.Place):
        return place
    return {"epc": place.epc, "zh": place.name_zh, "en": place.name_en, "company": place.party}


Firm = Annotated[Company, BeforeValidator(_firm)]
Spot = Annotated[Place, BeforeValidator(_site)]


class Suspect(Sent):
    kind: Literal["thing", "supplier", "window", "machine", "place"] = Field(
        "thing", description=N_("window: all that your company made between `since` and `until`.")
    )
    value: Annotated[Line, Field(max_length=400)] = Field(
        "",
        examples=["88.118.1001/7Q2K9XW4M3ABCDEF"],
        description=N_("Any name of a thing, a machine or a place, or the prefix of a supplier."),
    )
    since: datetime | None = None
    until: datetime | None = None
    product: Annotated[Line, Field(max_length=100)] = Field("", description=N_("Only this part number."))


class NewRecall(Sent):
    title: Annotated[Text, Field(min_length=1, max_length=200, examples=["Swollen cells"])]
    reason: Annotated[Text, Field(min_length=1, max_length=1000)]
    suspects: list[Suspect] = Field(min_length=1, max_length=500)
    direction: Literal["forward", "backward", "both"] = "forward"
    mock: Flag = Field(False, description=N_("An exercise: nothing is put on hold."))


class Reason(Sent):
    reason: Annotated[Text, Field(min_length=1, max_length=200, description=N_("It stays in the log."))]


class Ending(Reason):
    state: Literal["closed", "cancelled"] = "closed"


class Said(Sent):
    unit: Annotated[Line, Field(max_length=3)] = "H87"
    on_hand: Decimal | None = Field(None, ge=0, le=10**11)
    returned: Decimal | None = Field(None, ge=0, le=10**11)
    destroyed: Decimal | None = Field(None, ge=0, le=10**11)


class NewNotice(Sent):
    state: Literal["notified", "responded", "returned", "silent"]
    method: Literal["", "phone", "e-mail", "letter", "visit", "portal"] = ""
    contact: Annotated[Text, Field(max_length=200)] = ""
    note: Annotated[Text, Field(max_length=1000)] = ""
    due: datetime | None = None
    amounts: list[Said] = Field([], max_length=20)


class Listed(Told):
    __doc__ = N_("One recall in the list.")

    id: str
    number: str
    title: str
    state: str
    mock: bool
    started: datetime
    started_by: str
    things: int
    consignees: int
    answered: int
    silent: int


class RecallPage(Page[Listed]):
    pass


class Item(Told):
    __doc__ = N_("One affected thing, and how it is now as far as you may know.")

    epc: str
    role: str = Field(description=N_("suspect, downstream, shared, upstream or withdrawn."))
    level: str
    product_zh: str
    product_en: str
    part_number: str
    lot: str
    serial: str
    quantity: Quantity | None
    unit: str
    owner: Firm | None
    lifecycle: str
    disposition: str
    held: str
    ours: bool
    held_seq: int | None = Field(description=N_("The entry by which this recall put it on hold."))
    released_seq: int | None


class Stock(Told):
    epc: str
    party: Firm
    place: Spot | None
    quantity: Quantity
    unit: str
    to: Firm | None
    container: str


class Consignment(Told):
    __doc__ = N_("Affected goods that one company sent another.")

    epc: str
    consignee: Firm
    sender: Firm
    quantity: Quantity
    unit: str
    date: datetime
    documents: list[tuple[str, str]]
    container: str
    steps: int = Field(description=N_("1 when you sent it, 2 when your customer sent it on."))
    received: datetime | None
    returned: Quantity
    event_id: str


class Amounts(Told):
    unit: str
    sent: Quantity
    on_hand: Quantity | None
    returned: Quantity | None
    destroyed: Quantity | None


class Notice(Told):
    party: Firm
    state: str = Field(description=N_("open, notified, responded, returned or silent."))
    amounts: list[Amounts]
    method: str
    contact: str
    due: datetime | None
    notified: datetime | None
    responded: datetime | None
    note: str
    by: str
    changed: datetime | None


class Effectiveness(Told):
    consignees: int
    notified: int
    responded: int
    returned: int
    silent: int


class Recall(Told):
    __doc__ = N_("A recall: what it reaches, where that is, who got it, who answered.")

    id: str
    number: str
    title: str
    reason: str
    state: str = Field(description=N_("tracing, open, closed or cancelled."))
    direction: str
    mock: bool
    started: datetime
    started_by: str
    as_of: datetime | None
    truncated: bool
    items: list[Item]
    stock: list[Stock]
    consignments: list[Consignment]
    supplies: list[Consignment]
    notices: list[Notice]
    effectiveness: Effectiveness
    job: str = Field(description=N_("The job at work on it; empty when there is none."))


class Stopped(Told):
    __doc__ = N_(
        "How many things were put on hold or released; the job that does it, where there are too many."
    )

    done: int
    skipped: int
    job: Job | None


@blueprint.get("/recalls")
@edge.require("report")
@blueprint.doc(summary=N_("Recalls of my organisation, newest first"))
@blueprint.input(AskedAfter, location="query", arg_name="asked")
@blueprint.output(RecallPage)
def index(asked: AskedAfter) -> Response:
    with edge.reading() as session:
        found, following = recalling.recalls_of(session, edge.actor(), limit=asked.limit, before=asked.after)
    return page(RecallPage, found, following)


@blueprint.post("/recalls")
@edge.require("hold")
@blueprint.doc(
    summary=N_("Begin a recall or an exercise"),
    description=N_("It is traced by a job; ask for the recall until its state is open."),
)
@blueprint.input(NewRecall, arg_name="sent")
@blueprint.output(Recall, 202)
@idempotent
def begin(session: Session, sent: NewRecall) -> Made:
    actor = edge.actor()
    asked = [recalling.Asked(s.kind, s.value, s.since, s.until, s.product) for s in sent.suspects]
    draft = recalling.Draft(sent.title, sent.reason, asked, sent.direction, sent.mock)
    recall = recalling.begin(session, actor, draft, edge.now())
    job_id = jobs.request(session, actor, "recall-trace", {"recall": recall.id}, i18n.language(), edge.now())
    recalling.set_job(session, actor, recall.id, "job_id", job_id)
    return Made(_told(session, recall.id), 202, job_id=job_id)


@blueprint.get(f"/recalls/{RECALL}")
@edge.require("report")
@blueprint.doc(summary=N_("One recall with all that it reaches"))
@blueprint.output(Recall)
def show(recall_id: str) -> Response:
    with edge.reading() as session:
        return answer(_told(session, recall_id))


@blueprint.post(f"/recalls/{RECALL}/hold")
@edge.require("hold")
@blueprint.doc(summary=N_("Put all that my organisation has of it on hold"))
@blueprint.input(Reason, arg_name="sent")
@blueprint.output(Stopped)
@idempotent
def hold(session: Session, recall_id: str, sent: Reason) -> Made:
    return _decided(session, recall_id, sent.reason, held=True)


@blueprint.post(f"/recalls/{RECALL}/release")
@edge.require("hold")
@blueprint.doc(summary=N_("Release what the recall has on hold"))
@blueprint.input(Reason, arg_name="sent")
@blueprint.output(Stopped)
@idempotent
def release(session: Session, recall_id: str, sent: Reason) -> Made:
    return _decided(session, recall_id, sent.reason, held=False)


def _decided(session: Session, recall_id: str, reason: str, *, held: bool) -> Made:
    """Sent twice it does nothing twice: what is on hold by the recall already is passed over."""
    actor, why = edge.actor(), stopping.reason_of(reason)
    count = (stopping.to_hold if held else stopping.to_release)(session, actor, recall_id)
    if count <= stopping.FEW:
        done, skipped = stopping.all_at_once(session, actor, recall_id, why, edge.now(), held=held)
        return Made(Stopped(done=done, skipped=skipped, job=None), 200)
    kind = "recall-hold" if held else "recall-release"
    job_id = jobs.request(
        session, actor, kind, {"recall": recall_id, "reason": why}, i18n.language(), edge.now()
    )
    recalling.set_job(session, actor, recall_id, "hold_job_id", job_id)
    job = Job.of(jobs.job_of(session, actor, job_id))
    return Made(Stopped(done=0, skipped=0, job=job), 200, job_id=job_id)


@blueprint.put(f"/recalls/{RECALL}/notices/<party>")
@edge.require("hold")
@blueprint.doc(summary=N_("Write down what became of one customer's notice"))
@blueprint.input(NewNotice, arg_name="sent")
@blueprint.output(Notice)
def notice(recall_id: str, party: str, sent: NewNotice) -> Response:
    said = {
        each.unit: {name: getattr(each, name) for name in ("on_hand", "returned", "destroyed")}
        for each in sent.amounts
    }
    wanted = recalling.Change(sent.state, sent.method, sent.contact, sent.note, sent.due, said)
    with edge.writing() as session:
        recalling.change(session, edge.actor(), recall_id, party, wanted, edge.now())
        found = viewing.customer_of(session, edge.actor(), recall_id, party)[1]
    return answer(Notice.model_validate(found))


@blueprint.post(f"/recalls/{RECALL}/end")
@edge.require("hold")
@blueprint.doc(summary=N_("Close or cancel a recall"))
@blueprint.input(Ending, arg_name="sent")
@blueprint.output(Recall)
@idempotent
def end(session: Session, recall_id: str, sent: Ending) -> Made:
    recalling.end(session, edge.actor(), recall_id, sent.state, sent.reason, edge.now())
    return Made(_told(session, recall_id), 200)


def _told(session: Session, recall_id: str) -> Recall:
    found = recalling.recall_of(session, edge.actor(), recall_id)
    affected = found.affected
    names = ("id", "number", "title", "reason", "state", "direction", "started", "started_by")
    return Recall(
        **{name: getattr(found, name) for name in names},
        mock=found.mock is not None,
        as_of=affected.as_of,
        truncated=affected.truncated,
        items=[Item.model_validate(item) for item in (*affected.items, *affected.withdrawn)],
        stock=[_stock(row) for row in affected.stock],
        consignments=[_consignment(row) for row in affected.consignments],
        supplies=[_consignment(row) for row in affected.supplies],
        notices=[Notice.model_validate(row) for row in found.notices],
        effectiveness=Effectiveness.model_validate(found.effectiveness),
        job=recalling.job_of(session, edge.actor(), recall_id),
    )


def _stock(row: values.Stock) -> Stock:
    names = ("party", "place", "quantity", "unit", "to", "container")
    return Stock.model_validate({"epc": row.item.epc} | {name: getattr(row, name) for name in names})


def _consignment(row: values.Consignment) -> Consignment:
    names = [name for name in Consignment.model_fields if name != "epc"]
    return Consignment.model_validate({"epc": row.item.epc} | {name: getattr(row, name) for name in names})
