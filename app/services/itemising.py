"""A company's own events, block by block, with all they name: for lists of goods and for judging how complete they are.

Everything told here the company recorded itself, or was told as the other side of a shipment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from app.domain import epcis
from app.domain.epcis import Event
from app.domain.people import Actor
from app.domain.provenance import Party
from app.domain.quality import Context, Subject
from app.domain.trade import Location
from app.services.tracing import records
from app.services.tracing.naming import Names
from app.store import items, lineage, own_events
from app.store.lineage import EntryRow, ThingRow
from app.store.own_events import Cursor, Packed

SENDING = ("ship", "return", "adopt")


@dataclass(frozen=True, slots=True)
class Sent:
    """How goods came: who sent them from where, with which documents."""

    party: Party
    place: Location | None
    documents: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Named:
    """One thing of an event, what was in a container included. `top` is what the event itself names."""

    subject: Subject
    role: str
    quantity: Decimal | None
    unit: str
    top: str
    container: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the company with what it names; `sent` of a receipt, `to` of a shipment."""

    entry: EntryRow
    event: Event
    named: tuple[Named, ...]
    context: Context
    place: Location | None
    sent: Sent | None = None
    to: Party | None = None
    to_place: Location | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """`after` is what the next block comes behind, None behind the last."""

    rows: tuple[Told, ...]
    parties: Mapping[str, Party]
    after: Cursor | None


def withdrawn(session: Session, actor: Actor, since: datetime, until: datetime) -> frozenset[str]:
    """The ids of the company's events of the period that it declared wrong: read once, for all blocks."""
    actor.require("trace")
    found = own_events.declarations(session, actor.organisation_id, since, until)
    parsed = (epcis.parse(row.body).error_declaration for row in found)
    return frozenset(declaration.of for declaration in parsed if declaration)


def block(
    session: Session,
    actor: Actor,
    steps: Sequence[str],
    since: datetime,
    until: datetime,
    after: Cursor | None,
    wrong: frozenset[str],
) -> Block:
    """The next events behind `after` (None: from the start) that stand. Some ten statements, however many rows."""
    actor.require("trace")
    entries = own_events.block(session, actor.organisation_id, steps, since, until, after)
    rows, parties = tell(session, actor, entries, wrong)
    last = entries[-1] if len(entries) == own_events.BLOCK else None
    return Block(rows, parties, Cursor(last.event_time, last.seq) if last else None)


def tell(
    session: Session, actor: Actor, entries: Sequence[EntryRow], wrong: frozenset[str]
) -> tuple[tuple[Told, ...], Mapping[str, Party]]:
    """Those of the company's entries that stand, with all they name; the companies by prefix."""
    parsed = [(entry, epcis.parse(entry.body)) for entry in entries if entry.event_id not in wrong]
    parsed = [(entry, event) for entry, event in parsed if not event.error_declaration]
    reader = _Reader(session, actor)
    reader.load(parsed)
    return tuple(reader.told(entry, event) for entry, event in parsed), reader.names.by_prefix


class _Reader:
    """What a block of events names, loaded at once."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self.session, self.actor = session, actor
        self.names = Names(lineage.organisations(session))
        self.ids: dict[str, int] = {}
        self.things: dict[int, ThingRow] = {}
        self.inside: dict[int, list[Packed]] = {}
        self.sendings: dict[int, list[EntryRow]] = {}
        self.sites: dict[str, Location] = {}

    def load(self, parsed: Sequence[tuple[EntryRow, Event]]) -> None:
        named = {_our_name(event, m.epc) for _, event in parsed for m in epcis.mentions(event)}
        self.ids = {epc: int(thing.id or 0) for epc, thing in items.of_epcs(self.session, named).items()}
        self._load_things(self.ids.values())
        containers = [key for key, row in self.things.items() if row.level == "logistic"]
        packed = own_events.packed(self.session, containers)
        for row in packed:
            self.inside.setdefault(row.container_id, []).append(row)
        self._load_things({row.thing_id for row in packed} - self.things.keys())
        received = {
            self.ids[name]
            for entry, event in parsed
            if entry.step == "receive"
            for name in (_our_name(event, m.epc) for m in epcis.mentions(event))
            if name in self.ids
        }
        self.sendings = own_events.sendings(self.session, received, SENDING)
        self._load_sites(parsed)

    def _load_things(self, ids: Iterable[int]) -> None:
        actor = self.actor
        self.things |= lineage.things_of(self.session, ids, actor.organisation_id, actor.prefix)

    def _load_sites(self, parsed: Sequence[tuple[EntryRow, Event]]) -> None:
        places = {place for _, event in parsed for place in _places_of(event)}
        for rows in self.sendings.values():
            places |= {place for row in rows for place in _places_of(epcis.parse(row.body))}
        self.sites = {
            epc: Location(epc, site.name_zh, site.name_en, site.address)
            for epc, site in lineage.sites_of(self.session, places).items()
        }

    def told(self, entry: EntryRow, event: Event) -> Told:
        named = tuple(one for mention in epcis.mentions(event) for one in self._named(event, mention))
        subjects = {one.subject.epc: one.subject for one in named} | {one.top: one.subject for one in named}
        sent = self._sent(entry, event) if entry.step == "receive" else None
        context = Context(
            subjects | self._tops(event), sent.party.prefix if sent else "", sent.documents if sent else ()
        )
        to = records.destination_of(event)
        return Told(
            entry,
            event,
            named,
            context,
            self._location(event.biz_location or event.read_point),
            sent,
            self.names.party(to) if to else None,
            self._location(next((value for kind, value in event.destination_list if kind == "location"), "")),
        )

    def _tops(self, event: Event) -> dict[str, Subject]:
        """By the names that the event uses."""
        found = {}
        for mention in epcis.mentions(event):
            key = self.ids.get(_our_name(event, mention.epc))
            if key is not None and key in self.things:
                found[mention.epc] = self._subject(self.things[key])
        return found

    def _named(self, event: Event, mention: epcis.Mention) -> Iterable[Named]:
        key = self.ids.get(_our_name(event, mention.epc))
        row = self.things.get(key or 0)
        if row is None:
            yield Named(Subject(mention.epc, ""), mention.role, mention.quantity, mention.uom, mention.epc)
            return
        quantity = Decimal(1) if row.level == "serial" else mention.quantity
        unit = mention.uom or row.unit or ("H87" if row.level == "serial" else "")
        yield Named(self._subject(row), mention.role, quantity, unit, mention.epc)
        for inner in self._contents(row.id, event.event_time, frozenset()):
            thing = self.things[inner.thing_id]
            amount = Decimal(1) if thing.level == "serial" else inner.quantity
            counted = thing.unit or ("H87" if thing.level == "serial" else "")
            yield Named(self._subject(thing), mention.role, amount, counted, mention.epc, row.epc)

    def _contents(self, key: int, moment: datetime, above: frozenset[int]) -> Iterable[Packed]:
        for row in self.inside.get(key, ()):
            inside = row.since <= moment and (row.until is None or moment < row.until)
            if inside and row.thing_id in self.things and row.thing_id not in above:
                yield row
                yield from self._contents(row.thing_id, moment, above | {key})

    def _subject(self, row: ThingRow) -> Subject:
        maker = self.names.by_id.get(row.organisation_id)
        return Subject(
            epc=row.epc,
            level=row.level,
            code=row.lot or row.serial,
            part_number=row.part_number,
            product_zh=row.product_zh,
            product_en=row.product_en,
            unit=row.unit,
            maker=maker.prefix if maker else "",
        )

    def _sent(self, entry: EntryRow, event: Event) -> Sent | None:
        """The newest sending to the company of what it received, else what the receipt itself says."""
        keys = [self.ids.get(_our_name(event, mention.epc), 0) for mention in epcis.mentions(event)]
        found = [
            row for key in keys for row in self.sendings.get(key, ()) if row.event_time <= entry.event_time
        ]
        for row in sorted(found, key=lambda row: (row.event_time, row.seq), reverse=True):
            sending = epcis.parse(row.body)
            if records.destination_of(sending) == self.actor.prefix or row.step == "adopt":
                sender = records.sender_of(sending) or self._recorder(row)
                place = (
                    self._location(sending.biz_location or sending.read_point)
                    if row.step != "adopt"
                    else None
                )
                return Sent(self.names.party(sender), place, tuple(sending.biz_transaction_list))
        said = records.sender_of(event) or next((value for _, value in event.source_list), "")
        if not said:
            return None
        place = self._location(next((value for kind, value in event.source_list if kind == "location"), ""))
        return Sent(self.names.party(said.removeprefix("hdl:")), place, ())

    def _recorder(self, row: EntryRow) -> str:
        party = self.names.by_id.get(row.organisation_id)
        return party.prefix if party else ""

    def _location(self, epc: str) -> Location | None:
        return (self.sites.get(epc) or Location(epc)) if epc else None


def _our_name(event: Event, name: str) -> str:
    """The name by which a thing is known here; a captured event may use another."""
    known = event.extension("names")
    return str(known.get(name, name)) if isinstance(known, dict) else name


def _places_of(event: Event) -> set[str]:
    said = [value for kind, value in (*event.source_list, *event.destination_list) if kind == "location"]
    return {place for place in (event.biz_location, event.read_point, *said) if place}
