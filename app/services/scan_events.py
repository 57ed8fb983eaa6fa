"""From a scan to the event it means: whose turn it is and what can follow is for `capture()` to judge."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.domain import identifiers
from app.domain.epcis import Event, Quantity
from app.domain.people import Actor
from app.domain.steps import INSPECTION_RESULTS, LOT_TO_LOT, Step
from app.errors import N_, Malformed
from app.services import aliasing, converting, lot_steps
from app.services.capturing import unknown_identifier
from app.services.cards import is_visible
from app.store import items, masterdata
from app.store.tables import Thing

TRANSFORMATION = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Of a lot; other steps take all that is there.
NEEDS_QUANTITY = {"commission", "produce", "consume", "assemble", "split", "repack", "sample", "loss"}
WITH_PARENT = {"assemble", "pack", "unpack"}
UNIT = re.compile(r"[A-Z0-9]{2,3}")
LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """`code` is the text as decoded; `place` and `parent` likewise may be any spelling of an identifier.

    `unit` is what the quantity of a lot is counted in, '' for the unit that the lot is kept in.
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
    unit: str = ""


def visible_thing(session: Session, actor: Actor, code: str) -> Thing:
    """Raises Malformed for what is no name, Unknown for what is not there or not for the actor to see."""
    name = aliasing.named(session, actor, code)
    thing = items.find(session, name)
    if thing is None or not is_visible(session, actor, thing):
        raise unknown_identifier(str(name))
    return thing


def event_of(session: Session, actor: Actor, request: ScanRequest, step: Step, thing: Thing) -> Event:
    """Raises Malformed, Unknown or Refused for what the request lacks; the rules of custody come later."""
    _check_texts(request)
    _check_reason(request)
    _check_unit(request)
    place = identifiers.parse(request.place).epc
    lists = _lists(session, actor, request, step, thing, place)
    extensions = {"step": step.name, "nonce": request.nonce, "visit": request.visit, "reason": request.reason}
    if step.name == "inspect":
        extensions["result"] = _result(request.result)
    event = Event(
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
    return converting.with_factors(session, event, {thing.epc: thing}) if request.unit else event


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
    if request.quantity is not None:
        scanned = Quantity(thing.epc, request.quantity, request.unit or thing.unit)
    else:
        scanned = Quantity(thing.epc, _all_there(session, actor, request, thing, place), thing.unit)
    if step.name in LOT_TO_LOT:
        return lot_steps.lists_of(session, step, scanned, thing, _other_lot(session, actor, request))
    return {counted: (scanned,)}


def _other_lot(session: Session, actor: Actor, request: ScanRequest) -> Thing:
    if not request.parent:
        raise Malformed("parent-missing", N_("Into or out of what?"), N_("Scan the other lot first."))
    return visible_thing(session, actor, request.parent)


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
    rows = items.states_of(session, [thing])[thing.epc].balances
    if request.step == "receive":
        here = [row for row in rows if row.to == actor.prefix and not row.container]
    elif request.step == "unpack":
        container = visible_thing(session, actor, request.parent).epc if request.parent else ""
        here = [row for row in rows if container and row.container == container]
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
    receiver = masterdata.organisation_by_prefix(session, request.destination)
    if receiver is None or not receiver.active:
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
        return {"parent_id": visible_thing(session, actor, request.parent).epc}
    if step.event_type != "TransformationEvent" or step.name in LOT_TO_LOT:
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


def _check_reason(request: ScanRequest) -> None:
    if request.step == "loss" and not request.reason.strip():
        raise Malformed(
            "reason-missing", N_("A loss needs a reason."), N_("Write in a few words how it was found.")
        )


def _check_unit(request: ScanRequest) -> None:
    if request.unit and not UNIT.fullmatch(request.unit):
        raise Malformed(
            "unknown-unit",
            N_("There is no unit '{unit}'."),
            N_("Choose one from the list."),
            unit=kept(request.unit, 20),
        )


def _check_texts(request: ScanRequest) -> None:
    """What people typed goes into the log for ever; control characters and halves of characters do not."""
    for text in (request.visit, request.reason, request.order, request.destination):
        if len(text) > LONGEST_TEXT or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
            raise Malformed(
                "bad-text",
                N_("'{text}' is too long or has characters that are not text."),
                N_("Use one line of at most {most} characters."),
                text=kept(text, 60),
                most=LONGEST_TEXT,
            )


def kept(text: str, most: int) -> str:
    """What both databases can keep of whatever was sent: no NUL, no half characters."""
    return text[:most].replace("\0", "\ufffd").encode("utf-8", "replace").decode()
