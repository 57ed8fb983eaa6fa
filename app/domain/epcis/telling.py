"""An entry of the log as the EPCIS event that readers get: with eventID and recordTime, without names of staff.

What was captured comes back as it was sent. What our own steps recorded is put into forms that the standard's schema
takes: document numbers as URIs, reasons that people typed beside the standard's. Decides nothing about who may see it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from app.domain.epcis.fields import text
from app.domain.epcis.forms import CONTEXT, time_text
from app.domain.epcis.query_names import QUANTITY_LISTS
from app.domain.epcis.terms import ERROR_REASONS

PRIVATE = ("suyuan:operator", "suyuan:recorded", "suyuan:nonce", "suyuan:visit")
OURS = [CONTEXT[1]]
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_PARTIES = {"sourceList": "source", "destinationList": "destination"}


class Stored(NamedTuple):
    """What stands in the log: an event of ours, or what was captured with its hash (CBV 2.0 §8.9, hexadecimal)."""

    event: Mapping[str, Any]
    hash: str = ""
    captured: bool = False


def stored(body: str | bytes) -> Stored:
    """From the text of an entry."""
    found = orjson.loads(body)
    if "event" not in found:
        return Stored(found)
    return Stored(found["event"], found["hash"].partition(";")[2].partition("?")[0], captured=True)


def shown_id(row: Stored, entry_id: str) -> str:
    """The eventID that readers see. A correction of ours has that of what it corrects (EPCIS 2.0 §7.4.1.3)."""
    declaration = row.event.get("errorDeclaration") or {}
    given = declaration.get("suyuan:declares") or text(row.event.get("eventID"))
    return given or (f"ni:///sha-256;{row.hash}?ver=CBV2.0" if row.hash else entry_id)


def whole_form(body: str, entry_id: str, record_time: datetime) -> dict[str, Any]:
    """For the company that recorded it."""
    row = stored(body)
    event = dict(row.event) if row.captured else _public(row.event)
    event["eventID"] = shown_id(row, entry_id)
    event["recordTime"] = time_text(record_time)
    return event


def cut_form(
    event: Mapping[str, Any],
    seen: Callable[[str], bool],
    own: Callable[[str], bool],
    *,
    named: bool,
    frank: bool,
) -> dict[str, Any] | None:
    """For another company: only what it may know of the things, and who sent and got them. None if nothing is left.

    `named`: it is itself part of the event, and gets extensions, ILMD and sensor data too. `frank`: it is, or the
    recorder shares its chain; else numbers of documents and what people typed stay with the recorder, and amounts but
    those of things of its `own`.
    """
    if "parentID" in event and not seen(event["parentID"]):
        return None
    kept = {*_BARE, *_PARTIES, *(_FRANK if frank else ())}
    told = {key: value for key, value in event.items() if key in kept or (named and not _is_ours(key))}
    told |= {name: [epc for epc in event[name] if seen(epc)] for name in _LISTS if name in event}
    for name in QUANTITY_LISTS:
        if name in event:
            rows = [row for row in event[name] if seen(row["epcClass"])]
            told[name] = [
                row if frank or own(row["epcClass"]) else {"epcClass": row["epcClass"]} for row in rows
            ]
    if not any(told.get(name) for name in (*_LISTS, *QUANTITY_LISTS, "parentID")):
        return None
    if "parentID" in event:
        told["parentID"] = event["parentID"]
    if event.get("type") == "TransformationEvent":
        told["transformationID"] = event.get("transformationID") or event["eventID"]
    return _plainer(told, named=named, frank=frank)


def _is_ours(key: str) -> bool:
    return key.startswith("suyuan:")


_FRANK = ("suyuan:reason", "bizTransactionList", "persistentDisposition", "certificationInfo")
_BARE = {
    "@context", "type", "eventID", "eventTime", "eventTimeZoneOffset", "recordTime", "action", "bizStep", "disposition",
    "readPoint", "bizLocation", "errorDeclaration", "suyuan:step", "suyuan:result", "suyuan:organisation",
}  # fmt: skip


def _plainer(told: dict[str, Any], *, named: bool, frank: bool) -> dict[str, Any]:
    """The same within the event's parts. What a mint says of its things is told as their descriptions, by the rules of
    these; the lists there run in step with names that are not told."""
    told["ilmd"] = {key: value for key, value in told.get("ilmd", {}).items() if not _is_ours(key)}
    for name in () if named else ("readPoint", "bizLocation", "errorDeclaration"):
        if name in told:
            told[name] = {key: value for key, value in told[name].items() if ":" not in key or key in _FRANK}
    for name in _PARTIES:
        if name in told and not frank:
            told[name] = [pair for pair in told[name] if pair.get("type") != "location"]
    if "errorDeclaration" in told and not frank:
        told["errorDeclaration"] = {"declarationTime": told["errorDeclaration"]["declarationTime"]}
    return {name: value for name, value in told.items() if value not in ([], {}) or name == "epcList"}


def _public(stored: Mapping[str, Any]) -> dict[str, Any]:
    event = {"@context": OURS} | {key: value for key, value in stored.items() if key not in PRIVATE}
    if pairs := event.get("bizTransactionList"):
        whose = event.get("suyuan:organisation", "")
        event["bizTransactionList"] = [
            pair | {"bizTransaction": _document(pair["bizTransaction"], whose)} for pair in pairs
        ]
    for name in QUANTITY_LISTS:
        if rows := event.get(name):
            event[name] = [{key: value for key, value in row.items() if value != ""} for row in rows]
    if declaration := event.get("errorDeclaration"):
        event["errorDeclaration"] = _declaration(declaration)
    if "ilmd" in event and event.get("action", "ADD") != "ADD":
        event |= event.pop("ilmd")  # the standard has master data only where things are made
    return event


def _document(number: str, whose: str) -> str:
    """A number that people typed is unique in its company only, and no URI."""
    return number if _URI.fullmatch(number) else f"suyuan:bt/{whose}/{quote(number, safe='')}"


def _declaration(declaration: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in declaration.items() if key != "suyuan:declares"}
    reason = told.get("reason", "")
    if reason not in ERROR_REASONS and not _URI.fullmatch(reason):
        del told["reason"]
        told |= {"suyuan:reason": reason} if reason else {}
    return told
