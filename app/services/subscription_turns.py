"""The turns of subscriptions: what each finds in the entries since its last turn is handed to the queue of messages.

Looked up in one transaction that only reads, queued in another that moves the subscription on; whoever comes second
finds it moved and does nothing, so no event is told twice by two processes, and none is lost by a kill between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlmodel import Session

from app.domain.epcis import matching, queries, schedules
from app.domain.epcis.fields import text
from app.domain.epcis.queries import Query
from app.domain.epcis.query_names import EVENT_TIME, RECORD_TIME
from app.domain.epcis.query_values import moment_of
from app.domain.people import Actor
from app.errors import N_, TraceError
from app.services import company_prefixes, webhooks
from app.services.authenticating import actor_of_operator
from app.services.querying import recorded_after
from app.services.subscribing import source_of
from app.store import log, tables
from app.store import subscriptions as rows

ENTRIES = 5_000  # looked at in one turn; the rest has its turn right after
HEAVY = 16_000_000  # bytes of events found in one turn
MESSAGE, LONGEST = 500, 4_000_000  # events in one message, and their bytes: half of what can be sent
AGAIN = timedelta(hours=1)  # after a turn that failed


@dataclass(frozen=True, slots=True)
class Found:
    """What one turn of a subscription found, from its place in the log up to before `end`."""

    number: int
    begin: int
    end: int
    bodies: tuple[bytes, ...]
    events: int
    more: bool
    error: str = ""


def due(session: Session, now: datetime) -> Sequence[int]:
    return rows.due(session, now)


def quick(session: Session, now: datetime, seen: int) -> tuple[bool, list[int], int]:
    """Whether somebody wants to hear of events faster than minutes go by; whose turn it is of those, if anything was
    recorded since the log had `seen` entries; and how many it has."""
    size, due_now, waiting = log.size(session), list[int](), False
    for number, schedule, moment in rows.times(session):
        if not schedule or len(schedules.parse(schedule).seconds) > 1:
            waiting = True
            if moment <= now and (schedule or size != seen):
                due_now.append(number)
    return waiting, due_now, size


def look(session: Session, number: int, now: datetime) -> Found | None:
    """Only reads. None if it is not there any more, or nothing was recorded and nothing is to be said of that."""
    pair = rows.with_query(session, number)
    if pair is None:
        return None
    row, named = pair
    size = log.size(session)
    end = min(size, row.next_seq + ENTRIES)  # before it, where events are long
    if end <= row.next_seq and not row.schedule:
        return None
    try:
        actor = actor_of_operator(session, row.operator_id)
        query = queries.parse(named.parameters, named.namespaces)
        events, end = _found(session, actor, query, row, end)
        events = _in_order(events, query)
        bodies = [_document(session, row, named.name, part, now) for part in _parts(events, row)]
    except TraceError as error:
        bodies, events = [_failure(row, named.name, error)], []
        return Found(number, row.next_seq, end, tuple(bodies), 0, False, error.code)
    return Found(number, row.next_seq, end, tuple(bodies), len(events), end < size)


def tell(session: Session, found: Found, now: datetime) -> bool:
    """Queues what was found and moves the subscription on; whether there is more to look at now."""
    pair = rows.with_query(session, found.number)
    if pair is None or pair[0].next_seq != found.begin:
        return False
    row = pair[0]
    for body in found.bodies:
        kind = "application/problem+json" if found.error else "application/json"
        webhooks.enqueue(
            session,
            row.organisation_id,
            row.url,
            body,
            now,
            token=row.token,
            content_type=kind,
            source=source_of(row),
        )
    row.next_seq, row.last_turn, row.error = found.end, now, found.error
    row.told += found.events
    if row.schedule and not found.more:
        row.due = schedules.parse(row.schedule).after(now)
    elif found.error:
        row.due = now + AGAIN
    session.add(row)
    return found.more


def failed(session: Session, number: int, error: TraceError, now: datetime) -> None:
    """Its turn could not be told (the queue is full): the same entries have their turn again later."""
    pair = rows.with_query(session, number)
    if pair is not None:
        pair[0].error, pair[0].last_turn, pair[0].due = error.code, now, now + AGAIN
        session.add(pair[0])


def _found(
    session: Session, actor: Actor, query: Query, row: tables.Subscription, end: int
) -> tuple[list[dict[str, Any]], int]:
    """What is new to the subscription among the entries up to before `end`; where they are long, only as far as HEAVY
    goes, and how far that was."""
    found, weight = list[dict[str, Any]](), 0
    for seq, event in recorded_after(session, actor, query, row.next_seq, end):
        if row.since is None or ((when := moment_of(event[RECORD_TIME])) and when >= row.since):
            found.append(event)
            weight += len(orjson.dumps(event))
            if weight > HEAVY:
                return found, seq + 1
    return found, end


def _in_order(events: list[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    """As the query orders them, at most eventCountLimit of them; TooLarge for more than maxEventCount."""
    if query.most is not None and len(events) > query.most:
        raise queries.TooLarge(
            "query-too-large",
            N_("More than {most} events match."),
            N_("Ask for fewer, or for pages without maxEventCount."),
            most=query.most,
        )
    if query.order_by in (EVENT_TIME, RECORD_TIME):
        events.sort(key=lambda event: moment_of(text(event[query.order_by])) or 0, reverse=query.descending)
    elif query.order_by:
        keyed = [(matching.order_key(event, query), event) for event in events]
        present = [pair for pair in keyed if pair[0] is not None]
        present.sort(key=lambda pair: (isinstance(pair[0], str), pair[0]), reverse=query.descending)
        events = [event for _, event in present] + [event for key, event in keyed if key is None]
    return events[: query.limit]


def _parts(events: list[dict[str, Any]], row: tables.Subscription) -> list[list[dict[str, Any]]]:
    if not events:
        return [[]] if row.schedule and row.report_if_empty else []
    parts: list[list[dict[str, Any]]] = [[]]
    weight = 0
    for event in events:
        weight += (length := len(orjson.dumps(event)))
        if parts[-1] and (len(parts[-1]) == MESSAGE or weight > LONGEST):
            parts.append([])
            weight = length
        parts[-1].append(event)
    return parts


def _document(
    session: Session, row: tables.Subscription, name: str, events: Sequence[Mapping[str, Any]], now: datetime
) -> bytes:
    from app.domain.epcis import documents, translating  # what a web process need not hold

    wanted = row.formats.get("GS1-EPC-Format", "Always_GS1_Digital_Link")
    lengths = company_prefixes.known(session, events) if wanted == translating.URNS else None
    shown = [translating.translated(event, wanted, lengths) for event in events]
    return orjson.dumps(documents.to_document(shown, created=now, query_name=name, subscription_id=row.id))


def _failure(row: tables.Subscription, name: str, error: TraceError) -> bytes:
    """The error result of a subscription: a problem document of the interface."""
    exception = getattr(error, "exception", "") or (
        "SecurityException" if error.http_status in (403, 404) else "ImplementationException"
    )
    return orjson.dumps(
        {
            "type": f"epcisException:{exception}",
            "title": error.message.format(**error.values),
            "status": error.http_status,
            "queryName": name,
            "subscriptionID": row.id,
        }
    )
