"""Receiving what a partner's node sent: which scan needs to ask, whom, and what is taken in from the answer.

Three steps for the edge: `wanted` with a session, `fetch` with the network, `adopt` with a session again; then the scan
goes on as any other. No transaction waits for another node.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import disclosure, told, zones
from app.domain.disclosure import Introduction
from app.domain.epcis import Event, Quantity, time_text
from app.domain.identifiers import Identifier
from app.domain.people import Actor
from app.domain.provenance import Party
from app.domain.shipments import Shipment, goods_json, read
from app.domain.steps import STEPS
from app.domain.trust import Signed
from app.errors import N_, Malformed, PeerFailed, Refused, TraceError, Unknown
from app.services import aliasing, cosigning, introducing
from app.services.calling import Line, Reply, gather
from app.services.capturing import ADOPT, capture
from app.services.scan_events import ScanRequest
from app.store import adopted, items, log, masterdata, scans
from app.store import disclosure as rows
from app.store.tables import Thing

SECONDS = 4.0
MOST_ASKED = 32  # partners, for one scan
MOST_WORDS = 16  # kept about one thing
PATH = "shipments"
ASKING, ANSWER = "ask-shipments", "shipments"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A scan of what is not known to be on its way here. `zones` are whom to ask, whose name it is under first."""

    name: str
    epc: str
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A shipment to us as its sender stated it, verified; `words` are the introductions with it as they came,
    `introductions` those of them that verify."""

    shipment: Shipment
    reply: Reply
    words: tuple[Mapping[str, Any], ...]
    introductions: tuple[Introduction, ...]


def wanted(session: Session, actor: Actor, request: ScanRequest) -> Wanted | None:
    """None for a scan that can be judged here: most of them, for one or two SELECTs."""
    if request.step != "receive":
        return None
    try:
        name = aliasing.named(session, actor, request.code)
    except (Malformed, Unknown):
        return None
    thing = items.find(session, name)
    if thing is not None and _settled(session, actor, thing):
        return None
    if scans.find(session, actor.organisation_id, request.nonce):
        return None
    elsewhere = [row.prefix for row in adopted.companies_elsewhere(session, active_only=True)]
    asked = [_owner(session, name, thing), *((thing.to, thing.holder) if thing else ()), *elsewhere]
    local = {row.prefix for row in adopted.local_companies(session)}
    chosen = [prefix for prefix in dict.fromkeys(asked) if prefix and prefix not in local]
    return Wanted(str(name), name.epc, tuple(chosen[:MOST_ASKED])) if chosen else None


def _owner(session: Session, name: object, thing: Thing | None) -> str:
    if thing is not None:
        return next(
            (row.prefix for row in adopted.companies_elsewhere(session) if row.id == thing.organisation_id),
            "",
        )
    return name.prefix if isinstance(name, Identifier) else ""


def _settled(session: Session, actor: Actor, thing: Thing) -> bool:
    """Whether what is on record here says where it is: on its way to us, with us, or with a company of this node. What
    another company has only told of in an event of its own says nothing."""
    if thing.brought and thing.organisation_id != actor.organisation_id:
        return False
    if thing.level == "lot":
        balances = items.states_of(session, [thing])[thing.epc].balances
        return any(row.to == actor.prefix for row in balances)
    if thing.to == actor.prefix or thing.lifecycle in {"void", "retired"} or thing.bond == "assembled":
        return True
    return thing.holder == actor.prefix and not thing.to


def fetch(line: Line, wanted: Wanted) -> list[Notice]:
    """What partners say is on its way to us under this name; [] when nobody sent it.

    Raises PeerFailed when nobody said so and one did not answer whom we would believe.
    """

    def ask(zone: str) -> Any:
        body = {"things": [wanted.epc]}
        return lambda seconds: line.call(zone, PATH, ASKING, body, reply=ANSWER, seconds=seconds)

    replies = gather({zone: ask(zone) for zone in wanted.zones if zone != line.zone}, SECONDS)
    found: list[Notice] = []
    failed: TraceError | None = None
    for zone, reply in replies.items():
        if isinstance(reply, TraceError):
            failed = failed or (reply if isinstance(reply, PeerFailed) and zone == wanted.zones[0] else None)
            continue
        found += _notices(reply, line)
    if not found and failed is not None:
        raise failed
    return found


def _notices(reply: Reply, line: Line) -> list[Notice]:
    """Only what the sender says of its own shipments to us."""
    try:
        rows = read(reply.body)
        wires = told.rows(reply.body.get("introductions"), "introductions", introducing.MOST)
    except Malformed:
        return []
    ours = [row for row in rows if row.to == line.zone and zones.covers(reply.zone, row.sender.prefix)]
    if not ours:
        return []
    words = tuple(wire for wire in wires if isinstance(wire, dict))
    introductions = introducing.verified(words, lambda zone: line.delegation(zone).keys_at(line.now()))
    return [Notice(row, reply, words, introductions) for row in ours]


def adopt(session: Session, actor: Actor, notice: Notice, scanned: datetime, now: datetime) -> bool:
    """Records a shipment with its facts inside the entry; False when it is on record already.

    Raises Refused for a sender who says what cannot be; the caller rolls back, and lets the scan say what is wrong.
    """
    actor.require("scan")
    shipment = replace(notice.shipment, sender=_named(notice))
    event = _event(actor, shipment, min(shipment.shipped, scanned, now))
    if log.entry_by_id(session, event.event_id) is not None:
        return False
    _check_believable(session, shipment, notice.introductions)
    adopted.company(session, shipment.sender, now)
    cosigning.add_partner(session, shipment.sender.prefix, now)
    capture(session, event, actor, now)
    _keep_words(session, actor, notice, now)
    return True


def _named(notice: Notice) -> Party:
    """As the node above the sender's calls it, where that is the sender itself."""
    said, known = notice.shipment.sender, notice.reply.party
    return known if known.prefix == said.prefix else said


def _event(actor: Actor, shipment: Shipment, moment: datetime) -> Event:
    step = STEPS[ADOPT]
    lots: dict[str, Decimal] = {}
    units = {each.epc: each.unit for each in shipment.goods}
    for each in shipment.goods:
        if each.quantity is not None:
            lots[each.epc] = lots.get(each.epc, Decimal(0)) + each.quantity
    pair = "possessing_party"
    extensions = {
        "suyuan:step": step.name,
        "suyuan:adopted": [goods_json(each) for each in shipment.goods],
        "suyuan:shipment": shipment.event_id,
        "suyuan:shipped": time_text(shipment.shipped),
    }
    return Event(
        step.event_type,
        moment,
        event_id=_event_id(actor, shipment),
        action=step.action,
        biz_step=step.biz_step,
        disposition=step.disposition,
        epc_list=tuple(dict.fromkeys(each.epc for each in shipment.goods if each.level != "lot")),
        quantity_list=tuple(Quantity(epc, amount, units[epc]) for epc, amount in lots.items()),
        source_list=((pair, f"hdl:{shipment.sender.prefix}"),),
        destination_list=((pair, f"hdl:{actor.prefix}"),),
        extensions=extensions,
    )


def _event_id(actor: Actor, shipment: Shipment) -> str:
    """The same shipment is the same entry, however often it is told."""
    name = f"{shipment.sender.prefix} {shipment.event_id} {actor.prefix}"
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"


def _check_believable(session: Session, shipment: Shipment, introductions: Sequence[Introduction]) -> None:
    """Nobody elsewhere names things of our companies, has sent what one of ours holds, or what another company made
    unless that says to have handed it over."""
    ours = {row.prefix for row in adopted.local_companies(session)}
    known = items.of_epcs(session, [each.epc for each in shipment.goods])
    sender = masterdata.organisation_by_prefix(session, shipment.sender.prefix)
    if sender is not None and not sender.elsewhere:
        raise _not_theirs(shipment, shipment.goods[0].epc)
    for each in shipment.goods:
        thing, owner = known.get(each.epc), each.owner.prefix
        if thing is not None and thing.brought:
            thing = None  # somebody's event told of it: no ground to doubt who made it
        if thing is None and owner in ours:
            raise _not_theirs(shipment, each.epc)
        handed_on = disclosure.witnesses(shipment.sender.prefix, each.epc, introductions)
        if owner not in (shipment.sender.prefix, *ours, *handed_on):
            raise _not_theirs(shipment, each.epc)
        if thing is not None and thing.level != each.level:
            raise _not_theirs(shipment, each.epc)
        if thing is not None and thing.level != "lot" and thing.holder in ours and thing.to in {"", *ours}:
            raise _not_theirs(shipment, each.epc)


def _not_theirs(shipment: Shipment, epc: str) -> Refused:
    return Refused(
        "not-theirs-to-send",
        N_("{company} says to have sent {item}, which it cannot have had."),
        N_("Ask that company; nothing was recorded."),
        company=shipment.sender.prefix,
        item=epc.removeprefix("hdl:"),
    )


def _keep_words(session: Session, actor: Actor, notice: Notice, now: datetime) -> None:
    """For each thing those that are about it: who is asked about one learns nothing of others."""
    about: dict[str, list[Mapping[str, Any]]] = {each.epc: [] for each in notice.shipment.goods}
    for word in notice.words:
        named = Signed.from_wire(word).peek().get("things")
        for epc in named if isinstance(named, list) else ():
            if epc in about:
                about[epc].append(word)
    kept = {epc: orjson.dumps(words[:MOST_WORDS]).decode() for epc, words in about.items() if words}
    rows.keep_introductions(session, actor.organisation_id, kept, now)
