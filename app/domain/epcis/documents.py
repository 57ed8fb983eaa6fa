"""EPCIS documents as others send them, JSON and XML alike, to events in the JSON form, and events back to documents.

Nothing is lost: an event keeps every field as it was sent. What a namespace of the document means is handed down into
the event (see `contexts`), so that an event can be stored, hashed and queried without its document.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from app.domain.epcis import contexts, json_body
from app.domain.epcis.forms import time_text
from app.domain.epcis.hashing import event_hash
from app.domain.epcis.sense import MOST_LEVELS, deeper_than
from app.errors import N_, Malformed

CAPTURE = "EPCISDocument"
QUERY = "EPCISQueryDocument"
MOST_BYTES = 64 * 1024 * 1024
MOST_EVENTS = 100_000
_JSON = {"application/json", "application/ld+json", ""}
_XML = {"application/xml", "text/xml"}


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read. `events` stand alone: what they need of the document's namespaces is theirs now.

    `frame` is the document without its events: what the schema says of a document is checked on it. `ignored` names
    the extension fields that take no part in the event hash, in the form `{namespace}local`.
    """

    kind: str
    events: list[dict[str, Any]]
    master_data: list[dict[str, Any]] = field(default_factory=list)
    schema_version: str = ""
    creation_date: str = ""
    namespaces: Mapping[str, str] = field(default_factory=dict)
    frame: Mapping[str, Any] = field(default_factory=dict)
    query_name: str = ""
    subscription_id: str = ""
    ignored: frozenset[str] = frozenset()
    curies: bool = True

    def hash_of(self, event: Mapping[str, Any]) -> str:
        """The event hash of one of its events: the document may exclude fields, and in XML no value is a CURIE."""
        return event_hash(event, self.ignored, curies=self.curies)


def read_document(raw: bytes, media_type: str = "application/json") -> Document:
    """What was sent as a document; an event alone is a document of one. Its events are not judged here (`faults_of`).

    Raises Malformed: `not-epcis` for text that is no JSON or XML or no document, `epcis-too-large` beyond the bounds,
    `invalid-epcis` with the first fault of the document around the events.
    """
    body, curies = _body_of(raw, media_type)
    return _document(body, curies=curies)


def read_event(raw: bytes, media_type: str = "application/json") -> dict[str, Any]:
    """The one bare event that was sent; Malformed as in `read_document`, also for a document of several."""
    body, _ = _body_of(raw, media_type)
    return _document(body, bare=True).events[0]


def to_document(
    events: Iterable[Mapping[str, Any]],
    kind: str = QUERY,
    *,
    created: datetime,
    query_name: str = "SimpleEventQuery",
    subscription_id: str = "",
    master_data: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The events as one document, valid against the schema of EPCIS 2.0.1 whenever every event is."""
    context, plain = contexts.hoisted(events)
    frame: dict[str, Any] = {
        "@context": context,
        "type": kind,
        "schemaVersion": "2.0",
        "creationDate": time_text(created),
    }
    if kind == CAPTURE:
        if master_data:
            frame["epcisHeader"] = {"epcisMasterData": {"vocabularyList": list(master_data)}}
        return frame | {"epcisBody": {"eventList": plain}}
    results: dict[str, Any] = {"queryName": query_name}
    if subscription_id:
        results["subscriptionID"] = subscription_id
    results["resultsBody"] = {"eventList": plain}
    if master_data:
        results["resultsBody"]["vocabularyList"] = list(master_data)
    return frame | {"epcisBody": {"queryResults": results}}


def recorded(event: Mapping[str, Any], event_id: str, moment: datetime) -> dict[str, Any]:
    """The event as readers see it: as it was sent, with the id that it got and when it was recorded."""
    return {**event, "eventID": event_id, "recordTime": time_text(moment)}


def _body_of(raw: bytes, media_type: str) -> tuple[Any, bool]:
    """The document in JSON form, and whether its values may be CURIEs."""
    kind = media_type.partition(";")[0].strip().lower()
    if len(raw) > MOST_BYTES:
        _too_large(N_("A document may have at most {most} bytes."), MOST_BYTES)
    if kind in _XML:
        from app.domain.epcis.xml_reading import body_of  # late: most processes never read XML

        return body_of(raw)
    if kind not in _JSON:
        _refuse(N_("“{value}” is no form of EPCIS that can be read here."), media_type)
    return json_body.read(raw), True


def _document(body: Any, *, curies: bool = True, bare: bool = False) -> Document:
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        _refuse(N_("This is no EPCIS document: it has no {value}."), "type")
    kind = body["type"]
    if bare and kind in (CAPTURE, QUERY):
        _refuse(N_("One event alone is expected here, and this is an {value}."), kind)
    if kind not in (CAPTURE, QUERY):
        return Document(
            "event",
            [body],
            namespaces=contexts.defined(body.get("@context")),
            frame={"type": "event"},
            curies=curies,
        )
    return _whole(kind, body, curies)


def _whole(kind: str, body: dict[str, Any], curies: bool) -> Document:
    from app.domain.epcis.schema import check_frame  # late: only those who read documents need the validator

    inner = body.get("epcisBody")
    results = inner.get("queryResults") if isinstance(inner, dict) and kind == QUERY else None
    holder = results.get("resultsBody") if isinstance(results, dict) else inner if kind == CAPTURE else None
    events = holder.get("eventList") if isinstance(holder, dict) else None
    frame = _frame(kind, body, inner, results, holder)
    if deeper_than(frame, MOST_LEVELS):
        _too_large(N_("A document may be nested at most {most} levels deep."), MOST_LEVELS)
    check_frame(frame)
    assert isinstance(events, list)  # the frame was judged with an empty list in its place
    if len(events) > MOST_EVENTS:
        _too_large(N_("A document may have at most {most} events."), MOST_EVENTS)
    inherited = contexts.Inherited(body["@context"])
    return Document(
        kind,
        [inherited.handed_down(event) if isinstance(event, dict) else event for event in events],
        _vocabularies(body, holder),
        body.get("schemaVersion", ""),
        body.get("creationDate", ""),
        contexts.defined(body["@context"]),
        frame,
        results.get("queryName", "") if isinstance(results, dict) else "",
        results.get("subscriptionID", "") if isinstance(results, dict) else "",
        _ignored(body, results),
        curies,
    )


def _frame(kind: str, body: dict[str, Any], inner: Any, results: Any, holder: Any) -> dict[str, Any]:
    """The document with an empty list of events, where it has a list at all."""
    if not isinstance(holder, dict) or not isinstance(holder.get("eventList"), list):
        return body
    empty = {**holder, "eventList": []}
    if kind == CAPTURE:
        return {**body, "epcisBody": empty}
    return {**body, "epcisBody": {**inner, "queryResults": {**results, "resultsBody": empty}}}


def _vocabularies(body: dict[str, Any], holder: Any) -> list[dict[str, Any]]:
    header = body.get("epcisHeader")
    master = header.get("epcisMasterData") if isinstance(header, dict) else None
    found = list(master.get("vocabularyList", ())) if isinstance(master, dict) else []
    return found + list(holder.get("vocabularyList", ()))


def _ignored(body: dict[str, Any], results: Any) -> frozenset[str]:
    """The extension fields that a field `…:ignoreFields` of the document names; never a field of the standard."""
    prefixes = contexts.PREFIXES | contexts.defined(body["@context"])
    found = set()
    for holder in (body, results, body.get("epcisBody")):
        for key, names in holder.items() if isinstance(holder, dict) else ():
            if key.rpartition(":")[2] == "ignoreFields" and ":" in key:
                for name in names if isinstance(names, list) else [names]:
                    prefix, colon, local = name.partition(":") if isinstance(name, str) else ("", "", "")
                    if colon:
                        found.add(f"{{{prefixes[prefix]}}}{local}" if prefix in prefixes else name)
    return frozenset(found)


def _refuse(message: str, value: str) -> NoReturn:
    raise Malformed(
        "not-epcis",
        message,
        N_("Send an EPCIS 2.0 document as JSON or XML, or one of EPCIS 1.2 as XML."),
        value=value[:200],
    )


def _too_large(message: str, most: int) -> NoReturn:
    raise Malformed("epcis-too-large", message, N_("Send it in several smaller documents."), most=most)
