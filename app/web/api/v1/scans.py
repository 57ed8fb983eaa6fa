"""Scanning over HTTP: record a scan, undo it, look a code up; where and to whom the signed-in person can scan.

The busiest call of all: the scan is authenticated by one SELECT, recorded in one transaction, and its answer is
written by hand into one JSON text, without a template and without a second look at the database.
"""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from flask import Response
from flask_babel import gettext
from pydantic import BaseModel

from app.domain.people import Actor
from app.errors import N_, Conflict, TraceError
from app.services import masterdata, scanning
from app.services.holding import WITHOUT_WORDS
from app.services.scanning import ScanRequest, Verdict
from app.web import edge, i18n, partner_line
from app.web.api.v1 import blueprint_of
from app.web.api.v1.scan_models import (
    ItemOut,
    LookIn,
    LookOut,
    PartnerOut,
    PlaceOut,
    ScanIn,
    UndoIn,
    VerdictOut,
)
from app.web.errors import translate_error
from app.web.shell import DISPOSITIONS, LEVELS, LIFECYCLES, is_served

blueprint = blueprint_of("scans", "Scanning")


@blueprint.post("/scans")
@edge.require("scan")
@blueprint.doc(summary=N_("Record one scan"))
@blueprint.input(ScanIn, arg_name="sent")
@blueprint.output(VerdictOut)
def scan(sent: ScanIn) -> Response:
    actor = _expected(sent.operator)
    values = {name: getattr(sent, name) for name in ScanIn.model_fields if name != "operator"}
    request = ScanRequest(**values)
    partner_line.take_in(request)
    with edge.writing() as session:
        verdict = scanning.scan(session, actor, request, edge.now())
    return _answer(_told(verdict, actor, sent.code))


@blueprint.post("/scans/<nonce>/undo")
@edge.require("scan")
@blueprint.doc(summary=N_("Withdraw a scan of the same visit by a correction; nothing is deleted"))
@blueprint.input(UndoIn, arg_name="sent")
@blueprint.output(VerdictOut)
def undo(nonce: str, sent: UndoIn) -> Response:
    actor = _expected(sent.operator)
    with edge.writing() as session:
        verdict = scanning.undo(session, actor, nonce, sent.visit, edge.now())
    return _answer(_told(verdict, actor, ""))


@blueprint.get("/look")
@edge.require("scan")
@blueprint.doc(summary=N_("What a code is, without recording anything"))
@blueprint.input(LookIn, location="query", arg_name="asked")
@blueprint.output(LookOut)
def look(asked: LookIn) -> Response:
    actor = edge.actor()
    with edge.reading() as session:
        card = asdict(scanning.look(session, actor, asked.code))
    return _answer(LookOut(item=item_of(card, actor), next_steps=list(card["next_steps"])))


@blueprint.get("/places")
@edge.require("scan")
@blueprint.doc(summary=N_("Where the signed-in person may scan"))
@blueprint.output(list[PlaceOut])  # type: ignore[arg-type]
def places() -> list[dict[str, str]]:
    return places_of(edge.actor())


@blueprint.get("/partners")
@edge.require("scan")
@blueprint.doc(summary=N_("To whom the organisation can ship"))
@blueprint.output(list[PartnerOut])  # type: ignore[arg-type]
def partners() -> list[dict[str, str]]:
    return partners_of(edge.actor())


def places_of(actor: Actor) -> list[dict[str, str]]:
    language = i18n.language()
    with edge.reading() as session:
        sites = masterdata.places(session, actor)
    return [
        {"epc": site.epc, "name": site.name(language), "identifier": site.epc.removeprefix("hdl:")}
        for site in sites
    ]


def partners_of(actor: Actor) -> list[dict[str, str]]:
    language = i18n.language()
    with edge.reading() as session:
        companies = masterdata.partners(session, actor)
    return [{"prefix": company.prefix, "name": company.name(language)} for company in companies]


def item_of(card: Mapping[str, Any], actor: Actor) -> ItemOut:
    """A card as JSON, names and states in the reader's language; quantities stay exact decimals as text."""
    zh = i18n.language() == "zh"
    active = card["lifecycle"] == "active"
    state = card["disposition"] if active and card["disposition"] else card["lifecycle"]
    title, _colour = (DISPOSITIONS if active else LIFECYCLES).get(state, (state, ""))
    path, kind = card["epc"].removeprefix("hdl:"), LEVELS[card["level"]]
    return ItemOut(
        epc=card["epc"],
        identifier=card["identifier"],
        level=card["level"],
        title=_either(card, "title", zh) or gettext(kind),
        product=card["part_number"],
        lot=card["lot"],
        serial=card["serial"],
        state=gettext(title) if title else "",
        state_code=state,
        place=_either(card, "site", zh),
        container=card["container"].removeprefix("hdl:"),
        quantity=_exact(card["quantity"]),
        unit=card["unit"],
        held=_reason(card["held"]),
        url=f"/trace/{path}" if actor.may("trace") else f"/{path}",
        claim=f"/labels/claim?code={quote(path)}" if card["level"] == "blank" else "",
        label=f"/labels?id={quote(path)}" if _prints(card, actor) else "",
    )


def _prints(card: Mapping[str, Any], actor: Actor) -> bool:
    """Whether the person may print a label for it: a new one on the spot, where the old one is scratched."""
    own = card["epc"].startswith(f"hdl:{actor.prefix}/")
    return own and actor.may("print") and card["lifecycle"] != "void" and is_served("/labels")


def _reason(held: str) -> str:
    """Why it is on hold; custody has words of its own where nobody gave a reason."""
    return gettext(WITHOUT_WORDS[held]) if held in WITHOUT_WORDS else held


def _either(card: Mapping[str, Any], name: str, zh: bool) -> str:
    ours, theirs = ("zh", "en") if zh else ("en", "zh")
    return card[f"{name}_{ours}"] or card[f"{name}_{theirs}"] or ""


def _exact(quantity: Decimal | str | None) -> str:
    return "" if quantity is None else f"{Decimal(quantity).normalize():f}"


def _expected(operator: int | None) -> Actor:
    """The signed-in person; on a shared device, scans that wait for one person never go out as another's."""
    actor = edge.actor()
    if operator is not None and operator != actor.operator_id:
        raise Conflict(
            "other-operator",
            N_("This was scanned by somebody else; {name} is signed in now."),
            N_("It is kept and sent when the one who scanned it signs in."),
            name=actor.name,
        )
    return actor


def _told(verdict: Verdict, actor: Actor, code: str) -> VerdictOut:
    """The verdict in the reader's language. A refusal shows what the label is all the same, and what can follow."""
    values = verdict.values_in(i18n.language())
    if "reason" in values:
        values["reason"] = _reason(values["reason"])
    sentence, hint = translate_error(TraceError(verdict.code, verdict.message, verdict.hint, **values))
    card = verdict.item or _card_of(actor, code)
    return VerdictOut(
        verdict=verdict.colour,
        code=verdict.code,
        sentence=sentence,
        hint=hint,
        event_id=verdict.event_id,
        seq=verdict.seq,
        item=item_of(card, actor) if card else None,
        next_steps=list(card["next_steps"]) if card else [],
        repeated=verdict.repeated,
    )


def _card_of(actor: Actor, code: str) -> dict[str, Any]:
    try:
        with edge.reading() as session:
            return asdict(scanning.look(session, actor, code))
    except TraceError:
        return {}


def _answer(body: BaseModel) -> Response:
    return Response(body.model_dump_json(), mimetype="application/json")
