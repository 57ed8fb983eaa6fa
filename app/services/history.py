"""What an identifier was at a moment, and how it became what it is: its life from the log, its values by version.

A moment is when things happened, not when they were recorded: what was delivered late or corrected since counts as it
is known now. Names in master data (of products, companies, sites) are today's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import custody, epcis, handles, identifiers
from app.domain.epcis import Event
from app.domain.identifiers import Identifier, Key
from app.domain.people import Actor
from app.errors import N_, Malformed, Unknown
from app.services import aliasing, describing, replaying
from app.services.cards import Card, cards_of, is_visible
from app.services.describing import Described
from app.store import aliases, items, log, records
from app.store.tables import RecordVersion, Thing


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a record as one version had them, `shown` as JSON objects of the Handle API. `deleted_by` is
    '' for one that was not deleted; who made the first is not kept."""

    version: int
    since: datetime
    until: datetime | None
    made_by: str
    deleted_by: str
    shown: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class AsOf:
    """What an identifier was at `at`: `card` its state and holder as a thing, `values` its record, either None where
    there was none; `described` the values it was minted with."""

    identifier: str
    at: datetime
    card: Card | None
    values: Values | None
    described: Described | None


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the timeline. `kind` is 'lifecycle', 'record' or 'alias', `to` what became of it; `by` and `reason`
    are for the house that did it."""

    moment: datetime
    recorded: datetime
    kind: str
    to: str
    by: str = ""
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """One identifier as its page shows it: what it is now, its other names, its life, its record (newest first)."""

    identifier: str
    epc: str
    card: Card | None
    mine: bool
    aliases: Sequence[aliasing.Told]
    changes: Sequence[Change]
    versions: Sequence[Values]
    described: Described | None


@dataclass(frozen=True, slots=True)
class _Subject:
    """`key` is the record's, '' where there is none for the reader; `own` when its past is theirs to know, too."""

    name: Identifier | Key
    thing: Thing | None
    key: str
    own: bool


def as_of(session: Session, actor: Actor, name: str, at: datetime, now: datetime) -> AsOf:
    """Raises Malformed, and Unknown whether it is not there, was not yet, or is hidden."""
    actor.require("browse")
    if at > now:
        raise Malformed(
            "moment-to-come",
            N_("{time} is still to come."),
            N_("Ask for a moment that has passed."),
            time=epcis.time_text(at),
            field="at",
        )
    subject = _subject(session, actor, name)
    thing = subject.thing if subject.thing and _minted(session, subject.thing) <= at else None
    values = next((each for each in _versions(session, subject) if _held_at(each, at)), None)
    if thing is None and values is None:
        raise Unknown(
            "not-yet-there",
            N_("{identifier} was not there at {time}."),
            N_("Ask for a later moment."),
            identifier=str(subject.name),
            time=epcis.time_text(at),
        )
    card = described = None
    if thing is not None:
        (card,) = cards_of(session, actor, [thing], replaying.states_at(session, [thing], at))
        described = describing.described(session, [thing], actor, partner=True).get(thing.epc)
    return AsOf(str(subject.name), at, card, values, described)


def timeline(session: Session, actor: Actor, name: str) -> list[Change]:
    """All changes the reader may know of, oldest first."""
    actor.require("browse")
    return _changes(session, actor, _subject(session, actor, name))


def _changes(session: Session, actor: Actor, subject: _Subject) -> list[Change]:
    found: list[Change] = []
    if subject.thing is not None:
        found += _life(session, actor, subject.thing)
        if subject.thing.organisation_id == actor.organisation_id:
            found += _named(session, subject.thing)
    for values in _versions(session, subject) if subject.own else ():
        to, detail = "registered" if not values.made_by else "changed", str(values.version)
        found.append(Change(values.since, values.since, "record", to, by=values.made_by, detail=detail))
        if values.deleted_by and values.until:
            found.append(
                Change(values.until, values.until, "record", "deleted", values.deleted_by, detail=detail)
            )
    return sorted(found, key=lambda change: (change.moment, change.recorded))


def view(session: Session, actor: Actor, name: str) -> View:
    """All of one identifier that the reader may know. Raises Malformed, and Unknown whether missing or hidden."""
    actor.require("browse")
    subject = _subject(session, actor, name)
    thing = subject.thing
    described = describing.described(session, [thing], actor, partner=True) if thing else {}
    return View(
        identifier=str(subject.name),
        epc=subject.name.epc,
        card=cards_of(session, actor, [thing])[0] if thing else None,
        mine=thing.organisation_id == actor.organisation_id if thing else subject.own,
        aliases=aliasing.of_thing(session, actor, thing) if thing else (),
        changes=_changes(session, actor, subject),
        versions=_versions(session, subject),
        described=described.get(thing.epc) if thing else None,
    )


def _subject(session: Session, actor: Actor, name: str) -> _Subject:
    parsed = aliasing.named(session, actor, name)
    thing = items.find(session, parsed)
    if thing is not None and (thing.level == "process" or not is_visible(session, actor, thing)):
        thing = None
    if thing is not None:
        parsed = identifiers.from_epc(thing.epc)
    key = handles.key_of(str(parsed).removeprefix("hdl:"))
    own = records.owner_of(session, key) == actor.organisation_id
    if not own and records.public_of(session, key) in (None, b"[]"):
        key = ""
    if thing is None and not key:
        raise replaying.unknown_identifier(str(parsed))
    return _Subject(parsed, thing, key, own)


def _minted(session: Session, thing: Thing) -> datetime:
    entry = log.entry_of(session, thing.minted_seq)
    if entry is None:
        raise LookupError(f"entry {thing.minted_seq} that minted {thing.epc} is not there")
    return entry.event_time


def _life(session: Session, actor: Actor, thing: Thing) -> Iterable[Change]:
    entry = log.entry_of(session, thing.minted_seq)
    if entry is not None:
        born = "active" if thing.level in {"product", "location"} else "reserved"
        yield _change(actor, epcis.parse(entry.body), born)
    last = "reserved"
    for event, state in replaying.changes_of(session, thing):
        if state.lifecycle != last:
            last = state.lifecycle
            yield _change(actor, event, last)


def _change(actor: Actor, event: Event, lifecycle: str) -> Change:
    own = event.extension("organisation") == actor.prefix
    return Change(
        moment=event.event_time,
        recorded=datetime.fromisoformat(str(event.extension("recorded"))),
        kind="lifecycle",
        to=lifecycle,
        by=str(event.extension("operator")) if own else "",
        reason=str(event.extension("reason")) if own else "",
        detail=custody.step_of(event),
    )


def _named(session: Session, thing: Thing) -> Iterable[Change]:
    for row in aliases.of_thing(session, thing.epc):
        yield Change(row.record_time, row.record_time, "alias", "added", detail=aliasing.shown(row))


def _versions(session: Session, subject: _Subject) -> list[Values]:
    """Newest first; of others' records what anyone may read, as it is now. Who ended a version made the next one."""
    if not subject.key:
        return []
    if not subject.own:
        public = records.find(session, subject.key)
        shown = orjson.loads(public.public) if public else []
        return [Values(public.version, public.modified, None, "", "", shown)] if public else []
    past = list(reversed(records.history(session, subject.key)))
    makers = {row.version: "" if row.deleted else row.changed_by for row in past}
    found = [
        Values(
            row.version,
            row.since,
            row.until,
            makers.get(row.version - 1, ""),
            _ended_by(row),
            _shown(row.values),
        )
        for row in past
    ]
    if current := records.find(session, subject.key):
        made_by = makers.get(current.version - 1, "")
        found.append(Values(current.version, current.modified, None, made_by, "", _shown(current.values)))
    return found[::-1]


def _ended_by(row: RecordVersion) -> str:
    return (row.changed_by or "—") if row.deleted else ""


def _shown(kept: bytes) -> Sequence[Mapping[str, Any]]:
    shown: Sequence[Mapping[str, Any]] = orjson.loads(handles.shown_json(handles.load(kept)))
    return shown


def _held_at(values: Values, at: datetime) -> bool:
    return values.since <= at and (values.until is None or at < values.until)
