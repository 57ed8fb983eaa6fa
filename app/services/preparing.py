"""What can be said of a captured event before any database is asked: whether it is one, its hash, what it names.

The costly part of a capture (schema, hash, names), done before the log is locked, so that others need not wait for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from app.domain import epcis
from app.domain.captured import LONGEST_NAME
from app.domain.epcis import Event, Mention
from app.domain.epcis.faults import Fault
from app.domain.epcis.hashing import event_hash
from app.domain.epcis.judging import faults_of
from app.domain.epcis.postings import Postings, postings_of
from app.errors import N_, Malformed, TraceError

HashOf = Callable[[Mapping[str, Any]], str]
MOST_BYTES = 1_000_000  # of one event
LONGEST_EVENT_ID = 500
MOST_NAMES = 20_000  # things that one event may name
LARGEST = 10**11  # of a quantity, as for our own steps


@dataclass(frozen=True, slots=True)
class Prepared:
    """An event that can be captured, or the `problem` that it has. `event` is as it was sent; `typed` how it is read,
    with its id: the sender's, else the event hash of CBV 2.0 §8.9. `faults` are all that the schema and sense found,
    `postings` what an index will keep of it, where that was asked for."""

    index: int
    event: Mapping[str, Any]
    event_id: str = ""
    hash: str = ""
    typed: Event | None = None
    mentions: tuple[Mention, ...] = ()
    problem: TraceError | None = None
    faults: tuple[Fault, ...] = ()
    postings: Postings | None = None


def prepare(
    events: Sequence[Mapping[str, Any]],
    now: datetime,
    hash_of: HashOf = event_hash,
    *,
    bare: bool = False,
    first: int = 0,
) -> list[Prepared]:
    """Each event judged on its own, in the order given; nothing is raised. `hash_of` is that of the document the events
    came in, if any; `bare`: an event came alone and needs its own @context. Numbers begin with `first`."""
    return [_prepared(index, event, now, hash_of, bare) for index, event in enumerate(events, first)]


def prepare_single(
    event: Mapping[str, Any], now: datetime, hash_of: HashOf = event_hash, *, bare: bool = False
) -> Prepared:
    """One event that will share the lock of the log with others, with all that can be known of it before; of thousands
    that would be held in memory at once."""
    prepared = _prepared(0, event, now, hash_of, bare)
    return prepared if prepared.problem else replace(prepared, postings=postings_of(event))


def _prepared(index: int, event: Mapping[str, Any], now: datetime, hash_of: HashOf, bare: bool) -> Prepared:
    try:
        _check_size(event)
        if faults := faults_of(event, now, bare=bare):
            return Prepared(index, event, problem=faults[0].error(), faults=tuple(faults))
        digest = hash_of(event)
        typed = epcis.event_of(event, {"hash": digest})
        mentions = epcis.mentions(typed)
        _check(typed, mentions)
    except TraceError as error:
        return Prepared(index, event, problem=error)
    return Prepared(index, event, typed.event_id, digest, typed, tuple(mentions))


def _check_size(event: Mapping[str, Any]) -> None:
    if len(orjson.dumps(event)) > MOST_BYTES:
        raise Malformed(
            "event-too-large",
            N_("This event is longer than {most} bytes."),
            N_("Send what belongs to one moment as one event, and pictures or documents as links."),
            most=MOST_BYTES,
        )


def _check(event: Event, mentions: Sequence[Mention]) -> None:
    if len(mentions) > MOST_NAMES:
        raise Malformed(
            "too-many-names",
            N_("This event names {count} things."),
            N_("Name up to {most} in one event."),
            count=len(mentions),
            most=MOST_NAMES,
        )
    for name in (*(mention.epc for mention in mentions), event.read_point, event.biz_location):
        _check_name(name, LONGEST_NAME)
    _check_name(event.event_id, LONGEST_EVENT_ID)
    for mention in mentions:
        quantity = mention.quantity
        if quantity is not None and not (quantity.is_finite() and 0 < quantity <= LARGEST):
            raise Malformed(
                "bad-quantity",
                N_("{quantity} is not an amount of {item}."),
                N_("Enter a number greater than zero."),
                quantity=str(quantity)[:40],
                item=mention.epc,
            )


def _check_name(name: str, most: int) -> None:
    if len(name) > most or "\x00" in name:
        raise Malformed(
            "name-too-long",
            N_("'{name}' is longer than {most} characters, or holds what cannot be kept."),
            N_("Name things by a GS1 key, a handle or another short URI."),
            name=name.replace("\x00", "␀")[:60] + "…",
            most=most,
        )
