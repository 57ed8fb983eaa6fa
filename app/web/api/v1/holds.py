"""Holds: what must not be used or leave until someone releases it."""

from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.errors import N_
from app.services import holding, scanning
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import Made, idempotent, page
from app.web.api.v1.items import Code, Item, items_of
from app.web.api.v1.models import AskedAfter, Page, Sent, Text, Told

blueprint = blueprint_of("holds", "Holds")


class Hold(Told):
    __doc__ = N_("A thing on hold: why, since when, and by whom (the person only of one's own organisation).")

    item: Item
    reason: str
    since: datetime | None
    company_zh: str
    company_en: str
    operator: str


class HoldPage(Page[Hold]):
    pass


class Decision(Sent):
    identifier: Code
    reason: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=holding.LONGEST_REASON,
            description=N_("It stays in the log."),
            examples=["Swollen cells"],
        ),
    ]


class Decided(Told):
    __doc__ = N_("What was recorded, and the thing as it is now.")

    event_id: str
    seq: int = Field(description=N_("Its place in the log."))
    item: Item


@blueprint.get("/holds")
@edge.require("hold")
@blueprint.doc(summary=N_("What my organisation has on hold"))
@blueprint.input(AskedAfter, location="query", arg_name="asked")
@blueprint.output(HoldPage)
def index(asked: AskedAfter) -> Response:
    with edge.reading() as session:
        found, following = holding.open_holds(session, edge.actor(), limit=asked.limit, after=asked.after)
        items = items_of(session, [row.card for row in found])
    return page(HoldPage, [_hold(row, item) for row, item in zip(found, items, strict=True)], following)


@blueprint.post("/holds")
@edge.require("hold")
@blueprint.doc(summary=N_("Put a thing on hold"))
@blueprint.input(Decision, arg_name="sent")
@blueprint.output(Decided, 201)
@idempotent
def hold(session: Session, sent: Decision) -> Made:
    captured = holding.hold(session, edge.actor(), sent.identifier, sent.reason, edge.now())
    return _decided(session, captured, sent)


@blueprint.post("/holds/release")
@edge.require("hold")
@blueprint.doc(summary=N_("Release a thing"))
@blueprint.input(Decision, arg_name="sent")
@blueprint.output(Decided, 201)
@idempotent
def release(session: Session, sent: Decision) -> Made:
    captured = holding.release(session, edge.actor(), sent.identifier, sent.reason, edge.now())
    return _decided(session, captured, sent)


def _decided(session: Session, captured: holding.Captured, sent: Decision) -> Made:
    card = scanning.look(session, edge.actor(), sent.identifier)
    return Made(
        Decided(event_id=captured.event.event_id, seq=captured.seq, item=items_of(session, [card])[0])
    )


def _hold(row: holding.Hold, item: Item) -> Hold:
    return Hold(
        item=item,
        reason=item.held,
        since=row.since,
        company_zh=row.company_zh,
        company_en=row.company_en,
        operator=row.operator,
    )
