"""Mass balances of lots: what came in, what went out, what is on hand, and every difference."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from flask import Response
from pydantic import Field

from app.domain import identifiers
from app.domain.balance import IN, OUT, Difference, MassBalance
from app.domain.provenance import Gap
from app.domain.steps import STEPS
from app.errors import N_
from app.services import balancing
from app.web import edge, telling
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import answer, page
from app.web.api.v1.models import Asked, AskedAfter, Line, Page, Quantity, Told

blueprint = blueprint_of("balances", "Tracing")

Unit = Annotated[
    str,
    Field(
        pattern=r"^([A-Z0-9]{2,3})?$",
        examples=["KGM"],
        description=N_("UN/ECE Recommendation 20; left out, the lot's own."),
    ),
]


class AskedBalance(Asked):
    unit: Unit = ""


class AskedBalances(AskedAfter):
    q: Annotated[Line, Field(max_length=100)] = Field(
        "", description=N_("The beginning of a lot's number, or a part number."), examples=["LOT-2026"]
    )
    unit: Unit = ""


class Missing(Told):
    __doc__ = N_("One difference and what it comes from. Above zero is missing, below zero is too much.")

    code: str
    sentence: str
    quantity: Quantity
    event_id: str
    waiting: bool = Field(description=N_("Only a partner's record is still to come."))


class Moved(Told):
    __doc__ = N_("One movement of the lot at my company.")

    kind: str = Field(description=N_("received, produced, shipped, consumed, scrap, rework, samples or loss"))
    step: str
    quantity: Quantity
    event_id: str
    event_time: datetime
    site: str
    party: str
    documents: list[tuple[str, str]]
    reason: str


class Summary(Told):
    __doc__ = N_("received + produced = shipped + on hand + consumed + scrap + rework + samples + loss.")

    identifier: str
    epc: str
    unit: str
    received: Quantity
    produced: Quantity
    shipped: Quantity
    consumed: Quantity
    scrap: Quantity
    rework: Quantity
    samples: Quantity
    loss: Quantity
    on_hand: Quantity
    in_transit: Quantity
    coming: Quantity
    difference: Quantity
    percentage: Quantity | None
    balanced: bool
    differences: list[Missing]


class Balance(Summary):
    movements: list[Moved]


class BalancePage(Page[Summary]):
    pass


@blueprint.get("/balances")
@edge.require("trace")
@blueprint.doc(summary=N_("Mass balances of my organisation's lots, newest first"))
@blueprint.input(AskedBalances, location="query", arg_name="asked")
@blueprint.output(BalancePage)
def index(asked: AskedBalances) -> Response:
    with edge.reading() as session:
        found = balancing.page_of(
            session, edge.actor(), text=asked.q, after=asked.after, limit=asked.limit, unit=asked.unit
        )
    return page(BalancePage, [Summary(**_summary(balance)) for _, balance in found.rows], found.after)


@blueprint.get("/balances/<prefix>/<path:suffix>")
@edge.require("trace")
@blueprint.doc(summary=N_("The mass balance of one lot, with every movement"))
@blueprint.input(AskedBalance, location="query", arg_name="asked")
@blueprint.output(Balance)
def show(prefix: str, suffix: str, asked: AskedBalance) -> Response:
    name = identifiers.parse(f"https://this.node/{quote(prefix)}/{quote(suffix)}")
    with edge.reading() as session:
        found = balancing.balance_of(session, edge.actor(), name, asked.unit)
    moved = [Moved.model_validate(each) for each in found.movements]
    return answer(Balance(**_summary(found), movements=moved))


def _summary(found: MassBalance) -> dict[str, Any]:
    tell = telling.Teller()
    return {
        "identifier": telling.identifier(found.epc),
        "differences": [_missing(each, tell) for each in found.differences],
        **{kind: found.of(kind) for kind in (*IN, *OUT)},
        **{
            name: getattr(found, name)
            for name in (
                "epc",
                "unit",
                "on_hand",
                "in_transit",
                "coming",
                "difference",
                "percentage",
                "balanced",
            )
        },
    }


def _missing(each: Difference, tell: telling.Teller) -> Missing:
    return Missing(
        code=each.code,
        sentence=sentence_of(each, tell),
        quantity=each.quantity,
        event_id=each.event_id,
        waiting=each.waiting,
    )


def sentence_of(difference: Difference, tell: telling.Teller) -> str:
    """In the reader's language; a company by its prefix unless `values` has its name already."""
    values = dict(difference.values)
    if values.get("step") in STEPS:
        title = STEPS[values["step"]].title
        values["step"] = tell.gettext(title)
    if "run" in values:
        values["run"] = values["step"]
    return tell.gap(Gap(difference.code, difference.message, values))
