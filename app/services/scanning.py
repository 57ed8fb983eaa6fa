"""One scan on the shop floor: from the decoded text to a recorded event and a verdict in one sentence.

A refused scan is an answer, not an exception: it is kept with its nonce, so that sending it again says the same.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import select
from sqlmodel import Session, col

from app.domain import epcis, identifiers
from app.domain.epcis import Event, Quantity
from app.domain.people import Actor
from app.domain.steps import INSPECTION_RESULTS, SCANNABLE, Step, step_of
from app.errors import Conflict, Malformed, N_, Refused, TraceError, Unknown
from app.services.capturing import Captured, capture, correct, unknown_identifier
from app.services.cards import Card, card_of, is_visible, names_of
from app.store import items
from app.store.tables import Balance, Organisation, Scan, Thing

NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")
TRANSFORMATION = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NEEDS_QUANTITY = {
    "commission",
    "produce",
    "consume",
    "assemble",
}  # of a lot; other steps take all that is there
WITH_PARENT = {"assemble", "pack", "unpack"}
LONGEST_ANSWER = 8_000


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """`code` is the text as decoded; `place` and `parent` likewise may be any spelling of an identifier.

    `nonce` is drawn by the device: the same nonce is the same scan, however often it is sent.
    """

    nonce: str
    step: str
    place: str
    code: str
    event_time: datetime
    visit: str = ""
    quantity: Decimal | None = None
    result: str = ""
    reason: str = ""
    parent: str = ""
    transformation: str = ""
    order: str = ""
    destination: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """green: recorded; amber: recorded, but look; red: not recorded. Message and hint are msgid templates."""

    colour: str
    code: str
    message: str
    hint: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    event_id: str = ""
    seq: int | None = None
    item: dict[str, Any] = field(default_factory=dict)
    repeated: bool = False

    def values_in(self, language: str) -> dict[str, Any]:
        """The values for the sentence, with names of things, places and companies in the reader's language."""
        key = "zh" if language.startswith("zh") else "en"
        return {name: value[key] if isinstance(value, dict) else value for name, value in self.values.items()}


def scan(session: Session, actor: Actor, request: ScanRequest, now: datetime) -> Verdict:
    """Records one scan and says how it went. Raises only for what is not a scan at all (a bad nonce)."""
    actor.require("scan")
    if not NONCE.fullmatch(request.nonce):
        raise Malformed(
            "bad-nonce",
            N_("'{nonce}' is not a scan number."),
            N_("Send 8 to 64 letters and digits."),
            nonce=request.nonce,
        )
    if earlier := _find(session, actor, request.nonce):
        return replace(_verdict_of(earlier.answer), repeated=True)
    try:
        with session.begin_nested():
            verdict = _recorded(session, actor, request, now)
    except TraceError as error:
        verdict = Verdict("red", error.code, error.message, error.hint, error.values)
    verdict = replace(verdict, values=_named(session, verdict.values))
    _keep(session, actor, request, verdict, now)
    return verdict


def look(session: Session, actor: Actor, code: str) -> Card:
    """What a code is, without recording anything. Raises Malformed or Unknown."""
    return card_of(session, actor, _visible_thing(session, actor, code))


def undo(session: Session, actor: Actor, nonce: str, visit: str, now: datetime) -> Verdict:
    """Withdraws a scan of this visit by a correction. Undoing twice is one undo."""
    row = _find(session, actor, nonce)
    if row is None or row.operator_id != actor.operator_id or row.visit != visit or row.seq is None:
        raise Unknown(
            "unknown-scan",
            N_("This visit has no recorded scan '{nonce}'."),
            N_("Only your own scans of this visit can be undone."),
            nonce=nonce,
        )
    first = _verdict_of(row.answer)
    if row.undone_seq is None:
        row.undone_seq = correct(session, row.seq, actor, now, "did_not_occur").seq
        session.add(row)
        repeated = False
    else:
        repeated = True
    item = items.find(session, first.item["epc"])
    card = _card_json(card_of(session, actor, item)) if item else first.item
    return Verdict(
        "green",
        "undone",
        N_("Undone: {title}."),
        "",
        {"title": _title(card)},
        "",
        row.undone_seq,
        card,
        repeated,
    )


def _recorded(session: Session, actor: Actor, request: ScanRequest, now: datetime) -> Verdict:
    step = step_of(request.step)
    if not step.scannable:
        raise Malformed(
            "unknown-step",
            N_("There is no step '{step}'."),
            N_("Known steps: {known}."),
            step=step.name,
            known=", ".join(SCANNABLE),
        )
    thing = _visible_thing(session, actor, request.code)
    if thing.level in ("location", "product"):
        raise Refused(
            "not-a-piece",
            N_("{identifier} is the label of a {level}, not of a piece."),
            N_("Scan the label on the piece, the lot or the container."),
            identifier=str(identifiers.from_epc(thing.epc)),
            level=thing.level,
        )
    event = _event(session, actor, request, step, thing)
    captured = capture(session, event, actor, now)
    card = _card_json(card_of(session, actor, thing))
    return _verdict(captured, card, _expiry_notice(thing, request))


def _verdict(
    captured: Captured, card: dict[str, Any], expired: tuple[str, str, dict[str, Any]] | None
) -> Verdict:
    notices = [(notice.code, notice.message, dict(notice.values)) for notice in captured.notices]
    if expired:
        notices.insert(0, expired)
    place = {"event_id": captured.event.event_id, "seq": captured.seq, "item": card}
    if notices:
        code, message, values = notices[0]
        return Verdict("amber", code, message, N_("It is recorded. Check the piece."), values, **place)
    return Verdict("green", "recorded", N_("{title}: recorded."), "", {"title": _title(card)}, **place)


def _expiry_notice(thing: Thing, request: ScanRequest) -> tuple[str, str, dict[str, Any]] | None:
    if thing.expires_on and request.event_time.date() > thing.expires_on and request.step != "scrap":
        return (
            "expired",
            N_("{lot} expired on {date}."),
            {"lot": thing.lot or thing.serial, "date": thing.expires_on},
        )
    return None


def _visible_thing(session: Session, actor: Actor, code: str) -> Thing:
    name = identifiers.parse(code)
    thing = items.find(session, name)
    if thing is None or not is_visible(session, actor, thing):
        raise unknown_identifier(str(name))
    return thing


def _event(session: Session, actor: Actor, request: ScanRequest, step: Step, thing: Thing) -> Event:
    place = identifiers.parse(request.place).epc
    lists = _lists(session, actor, request, step, thing, place)
    extensions = {"step": step.name, "nonce": request.nonce, "visit": request.visit, "reason": request.reason}
    if step.name == "inspect":
        extensions["result"] = _result(request.result)
    return Event(
        step.event_type,
        request.event_time,
        action=step.action,
        biz_step=step.biz_step,
        disposition=INSPECTION_RESULTS.get(request.result, step.disposition)
        if step.name == "inspect"
        else step.disposition,
        read_point=place,
        biz_location=place,
        biz_transaction_list=(("po", request.order.strip()),) if request.order.strip() else (),
        extensions={f"suyuan:{key}": value for key, value in extensions.items() if value},
        **lists,
        **_parties(session, actor, request, step),
        **_context(session, actor, request, step),
    )


_LIST_OF_ROLE = {
    "object": ("epc_list", "quantity_list"),
    "child": ("child_epcs", "child_quantity_list"),
    "input": ("input_epc_list", "input_quantity_list"),
    "output": ("output_epc_list", "output_quantity_list"),
}


def _lists(
    session: Session, actor: Actor, request: ScanRequest, step: Step, thing: Thing, place: str
) -> dict[str, Any]:
    plain, counted = _LIST_OF_ROLE[step.role]
    if thing.level != "lot":
        if request.quantity not in (None, Decimal(1)):
            raise Malformed(
                "quantity-of-one",
                N_("{identifier} is a single piece; a quantity of {quantity} makes no sense."),
                N_("Leave the quantity empty."),
                identifier=str(identifiers.from_epc(thing.epc)),
                quantity=request.quantity,
            )
        return {plain: (thing.epc,)}
    quantity = (
        request.quantity
        if request.quantity is not None
        else _all_there(session, actor, request, thing, place)
    )
    return {counted: (Quantity(thing.epc, quantity, thing.unit),)}


def _all_there(session: Session, actor: Actor, request: ScanRequest, thing: Thing, place: str) -> Decimal:
    """What a scan of a lot without a quantity means: all that is there for this step."""
    if request.step in NEEDS_QUANTITY:
        raise Malformed(
            "quantity-missing",
            N_("How much of lot {lot}?"),
            N_("Type the quantity in {unit}."),
            lot=thing.lot,
            unit=thing.unit,
        )
    query = select(Balance).where(col(Balance.thing_id) == thing.id)
    rows = session.execute(query).scalars().all()
    if request.step == "receive":
        here = [row for row in rows if row.to == actor.prefix]
    elif request.step == "unpack":
        here = [row for row in rows if row.container]
    elif request.step == "move":
        here = [
            row
            for row in rows
            if row.holder == actor.prefix and not row.to and not row.container and row.site != place
        ]
    else:
        here = [
            row
            for row in rows
            if row.holder == actor.prefix and row.site == place and not row.to and not row.container
        ]
    return sum((row.quantity for row in here), Decimal(0)) or Decimal(
        1
    )  # of nothing, 1 is asked for and refused by name


def _parties(session: Session, actor: Actor, request: ScanRequest, step: Step) -> dict[str, Any]:
    if step.name not in {"ship", "return"} or not request.destination:
        return {}
    query = select(Organisation.prefix).where(
        col(Organisation.prefix) == request.destination, col(Organisation.active)
    )
    if session.execute(query).scalar() is None:
        raise Malformed(
            "unknown-destination",
            N_("There is no company '{destination}' here."),
            N_("Choose the receiving company from the list."),
            destination=request.destination,
        )
    pair = "possessing_party"
    return {
        "source_list": ((pair, f"hdl:{actor.prefix}"),),
        "destination_list": ((pair, f"hdl:{request.destination}"),),
    }


def _context(session: Session, actor: Actor, request: ScanRequest, step: Step) -> dict[str, Any]:
    if step.name in WITH_PARENT:
        if not request.parent:
            raise Malformed(
                "parent-missing", N_("Into or out of what?"), N_("Scan the container or the assembly first.")
            )
        return {"parent_id": _visible_thing(session, actor, request.parent).epc}
    if step.event_type != "TransformationEvent":
        return {}
    if not TRANSFORMATION.fullmatch(request.transformation):
        raise Malformed(
            "run-missing", N_("This scan belongs to no production run."), N_("Start a run on the scan page.")
        )
    run = items.find(session, request.transformation)
    if run is not None and run.organisation_id != actor.organisation_id:
        raise Malformed(
            "run-missing", N_("This scan belongs to no production run."), N_("Start a run on the scan page.")
        )
    return {"transformation_id": request.transformation}


def _result(result: str) -> str:
    if result not in INSPECTION_RESULTS:
        raise Malformed(
            "result-missing", N_("The inspection has no result."), N_("Choose pass, fail or hold.")
        )
    return result


def _find(session: Session, actor: Actor, nonce: str) -> Scan | None:
    return session.get(Scan, (actor.organisation_id, nonce))


def _keep(session: Session, actor: Actor, request: ScanRequest, verdict: Verdict, now: datetime) -> None:
    answer = orjson.dumps(
        {name: getattr(verdict, name) for name in Verdict.__slots__ if name != "repeated"}, default=str
    )
    if len(answer) > LONGEST_ANSWER:
        raise Conflict(
            "answer-too-long", N_("The scanned text is too long to keep."), N_("Scan a Suyuan label.")
        )
    event_time = min(max(request.event_time, datetime(1970, 1, 1, tzinfo=now.tzinfo)), now)
    session.add(
        Scan(
            organisation_id=actor.organisation_id,
            nonce=request.nonce,
            operator_id=actor.operator_id,
            visit=request.visit[:64],
            step=request.step[:16],
            site=request.place[:300],
            raw=request.code[:500],
            verdict=verdict.colour,
            answer=answer.decode(),
            seq=verdict.seq,
            event_time=event_time,
            record_time=now,
        )
    )
    session.flush()


def _verdict_of(answer: str) -> Verdict:
    return Verdict(**orjson.loads(answer))


def _card_json(card: Card) -> dict[str, Any]:
    values = {name: getattr(card, name) for name in Card.__slots__}
    return {name: _plain_value(value) for name, value in values.items()}


def _named(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    """Values as JSON, and what is an identifier or a company replaced by what people call it."""
    plain = {name: _plain_value(value) for name, value in values.items()}
    names = names_of(session, [value for value in plain.values() if isinstance(value, str)])
    return {
        name: names.get(value, value) if isinstance(value, str) else value for name, value in plain.items()
    }


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return epcis.time_text(value)
    if isinstance(value, date | Decimal):
        return str(value)
    if isinstance(value, str):
        return value[:300]
    return list(value) if isinstance(value, tuple) else value


def _title(card: dict[str, Any]) -> str:
    return card["serial"] or card["lot"] or card["identifier"]
