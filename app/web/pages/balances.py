"""Mass balances: the lots of the company with what came in, went out and is missing; one lot with every movement."""

from dataclasses import replace
from urllib.parse import quote

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain import identifiers
from app.domain.balance import IN, KIND_NAMES, OUT, Difference
from app.domain.identifiers import Key
from app.domain.steps import STEPS
from app.services import balancing
from app.web import edge, numbers, telling
from app.web.api.v1.balances import sentence_of

blueprint = Blueprint("balances", __name__)
MOVEMENTS = 200


@blueprint.get("/balances")
@edge.require("trace")
def index() -> ResponseReturnValue:
    text, after = request.args.get("q", "")[:100], numbers.asked("after")
    with edge.reading() as session:
        page = balancing.page_of(session, edge.actor(), text=text, after=after)
    following = url_for(".index", q=text or None, after=page.after) if page.after else ""
    return render_template(
        "balances/list.html",
        rows=page.rows,
        asked=text,
        tell=telling.Teller(),
        url_of=url_of,
        next_url=following,
        first_url=url_for(".index", q=text or None) if after else "",
    )


@blueprint.get("/balances/<prefix>/<path:suffix>")
@edge.require("trace")
def show(prefix: str, suffix: str) -> ResponseReturnValue:
    name = identifiers.parse(f"https://this.node/{quote(prefix)}/{quote(suffix)}")
    with edge.reading() as session:
        found = balancing.named_balance_of(session, edge.actor(), name, request.args.get("unit", "")[:3])
    tell = telling.Teller()
    return render_template(
        "balances/show.html",
        found=found,
        balance=found.balance,
        sides=(IN, OUT),
        kinds=KIND_NAMES,
        movements=found.balance.movements[-MOVEMENTS:],
        more=max(0, len(found.balance.movements) - MOVEMENTS),
        differences=[(_sentence(each, found, tell), each) for each in found.balance.differences],
        step_names={name: step.title for name, step in STEPS.items()},
        identifier=telling.identifier(found.balance.epc),
        url_of=url_of,
        tell=tell,
    )


def url_of(epc: str) -> str:
    """The page of a lot's balance."""
    named = identifiers.from_epc(epc)
    path = named.path if isinstance(named, Key) else f"{named.prefix}/{quote(named.suffix)}"
    return f"/balances/{path}"


def _sentence(difference: Difference, found: balancing.Named, tell: telling.Teller) -> str:
    values = dict(difference.values)
    if "party" in values:
        values["party"] = tell.party(found.names.party(values["party"]))
    return sentence_of(replace(difference, values=values), tell)
