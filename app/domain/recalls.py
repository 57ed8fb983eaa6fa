"""A recall as a value: suspects, all they reach, where that is now, who got it, who answered, what was found.

What the pages show, the API serves and the reports print; its words are in `recall_words`. Reads no store:
`services/recalling` fills it, already reduced to what the company that recalls may know.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from app.domain.provenance import LogPosition, Party, Place, Source
from app.domain.shares import share

Kind = Literal["thing", "supplier", "window", "machine", "place"]
Direction = Literal["forward", "backward", "both"]
Role = Literal["suspect", "downstream", "upstream", "shared", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Suspect:
    """Where a recall starts. `value` is an epc (thing, place, machine), a company's prefix (supplier) or '' (all
    made in the window); `since` and `until` bound it in time, `product` to one part number. The titles name it."""

    kind: Kind
    value: str
    since: datetime | None = None
    until: datetime | None = None
    product: str = ""
    title_zh: str = ""
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One affected thing. `quantity` is of a lot: all of it that was ever made or received as far as it is known here.
    `held` the reason it is on hold for now, '' when it is not; `ours` when the company that recalls has (some of) it.
    `held_seq` the entry by which this recall put it on hold, `released_seq` by which it let it go again."""

    epc: str
    role: Role
    level: str
    depth: int = 0
    product_zh: str = ""
    product_en: str = ""
    part_number: str = ""
    lot: str = ""
    serial: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    owner: Party | None = None
    lifecycle: str = ""
    disposition: str = ""
    held: str = ""
    ours: bool = False
    held_seq: int | None = None
    released_seq: int | None = None

    @property
    def number(self) -> str:
        return self.serial or self.lot or self.epc.removeprefix("hdl:")


@dataclass(frozen=True, slots=True)
class Stock:
    """What of an affected thing is where now: at a place, on its way `to` someone, inside `container` (epc)."""

    item: Item
    party: Party
    place: Place | None
    quantity: Decimal
    unit: str
    to: Party | None = None
    container: str = ""


@dataclass(frozen=True, slots=True)
class Consignment:
    """Affected goods that one company sent another: what a customer list is made of. `container` is what it was shipped
    in, `documents` are (kind, number); `steps` 1 when the company that recalls sent it, 2 when its customer sent it on.
    `received` when the consignee recorded it, `returned` how much of it is known to have come back."""

    consignee: Party
    sender: Party
    item: Item
    quantity: Decimal
    unit: str
    date: datetime
    documents: tuple[tuple[str, str], ...] = ()
    container: str = ""
    place: Place | None = None
    steps: int = 1
    received: datetime | None = None
    returned: Decimal = Decimal(0)
    event_id: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """All consignments of one consignee. `quantities` are sums by unit."""

    party: Party
    consignments: tuple[Consignment, ...]
    quantities: tuple[tuple[str, Decimal], ...]
    first: datetime
    last: datetime
    steps: int = 1


@dataclass(frozen=True, slots=True)
class Affected:
    """All that a recall reaches, as the log stood at `as_of`. Lists are complete unless `truncated`. `consignments`
    went out to others, `supplies` came in to the company itself."""

    suspects: tuple[Item, ...] = ()
    lots: tuple[Item, ...] = ()
    serials: tuple[Item, ...] = ()
    containers: tuple[Item, ...] = ()
    withdrawn: tuple[Item, ...] = ()
    stock: tuple[Stock, ...] = ()
    consignments: tuple[Consignment, ...] = ()
    supplies: tuple[Consignment, ...] = ()
    as_of: datetime | None = None
    log: LogPosition | None = None
    truncated: bool = False

    @property
    def items(self) -> tuple[Item, ...]:
        """Suspects included, each once; what only a withdrawn record ties to them is not."""
        return (*self.lots, *self.serials, *self.containers)

    @property
    def customers(self) -> tuple[Customer, ...]:
        return customers_of(self.consignments)


@dataclass(frozen=True, slots=True)
class Reported:
    """Of what was sent in this unit, what the consignee says it has on hand, sent back or destroyed; None unsaid."""

    unit: str
    sent: Decimal
    on_hand: Decimal | None = None
    returned: Decimal | None = None
    destroyed: Decimal | None = None

    @property
    def accounted(self) -> Decimal:
        """Never more than was sent: a surplus at one customer finds nothing that another lost."""
        known = (part for part in (self.on_hand, self.returned, self.destroyed) if part)
        return min(sum(known, Decimal(0)), self.sent)


@dataclass(frozen=True, slots=True)
class Notice:
    """What one consignee was told and what came of it. `state` as in NOTICE_STATES; `by` who wrote it down last."""

    party: Party
    state: str
    amounts: tuple[Reported, ...] = ()
    method: str = ""
    contact: str = ""
    due: datetime | None = None
    notified: datetime | None = None
    responded: datetime | None = None
    note: str = ""
    by: str = ""
    changed: datetime | None = None
    steps: int = 1

    def overdue(self, now: datetime) -> bool:
        return self.state == "notified" and self.due is not None and self.due < now


@dataclass(frozen=True, slots=True)
class Effectiveness:
    """The figures of a recall status report (21 CFR 7.53(b)): consignees by what came of their notice, and amounts by
    unit as (unit, sent, accounted for).."""

    consignees: int = 0
    notified: int = 0
    responded: int = 0
    returned: int = 0
    silent: int = 0
    amounts: tuple[tuple[str, Decimal, Decimal], ...] = ()

    @property
    def notified_percent(self) -> Decimal:
        return share(self.notified, self.consignees)

    @property
    def responded_percent(self) -> Decimal:
        return share(self.responded, self.consignees)


@dataclass(frozen=True, slots=True)
class Amount:
    """Of what was in question, what was found; both in `unit`. Over 100 % is as wrong as under."""

    unit: str
    question: Decimal
    found: Decimal

    @property
    def percent(self) -> Decimal:
        return share(self.found, self.question)

    @property
    def difference(self) -> Decimal:
        return self.found - self.question


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the exercise: order, delivery note, certificate …; `event_ids` are the events that name it."""

    kind: str
    number: str
    event_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignOff:
    name: str
    role: str
    time: datetime
    remark: str = ""


@dataclass(frozen=True, slots=True)
class MockRecall:
    """The exercise: from start to finish, what was in question and what was found, which documents show it.

    `own_seconds` went into our own data, `partner_seconds` into waiting for partners' answers."""

    started: datetime
    finished: datetime | None = None
    amounts: tuple[Amount, ...] = ()
    documents: tuple[Document, ...] = ()
    own_seconds: float = 0.0
    partner_seconds: float = 0.0
    remark: str = ""
    sign_offs: tuple[SignOff, ...] = ()

    @property
    def seconds(self) -> float | None:
        return None if self.finished is None else (self.finished - self.started).total_seconds()


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the recall's own audit trail. `action` as in TRAIL; `count` how many things or consignees it was
    about."""

    action: str
    time: datetime
    by: str
    reason: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Recall:
    """A recall of one company, or an exercise of one (`mock` is there). `number` is what people call it by."""

    id: str
    number: str
    title: str
    reason: str
    state: str
    direction: Direction
    company: Party
    started: datetime
    started_by: str
    suspects: tuple[Suspect, ...]
    affected: Affected = field(default_factory=Affected)
    notices: tuple[Notice, ...] = ()
    mock: MockRecall | None = None
    sources: tuple[Source, ...] = ()
    trail: tuple[Step, ...] = ()
    closed: datetime | None = None

    @property
    def effectiveness(self) -> Effectiveness:
        return effectiveness_of(self.notices)


def customers_of(consignments: Iterable[Consignment]) -> tuple[Customer, ...]:
    """By consignee: those we sent to ourselves first, then by name."""
    found: dict[str, list[Consignment]] = {}
    for row in consignments:
        found.setdefault(row.consignee.prefix, []).append(row)
    customers = [_customer(rows) for rows in found.values()]
    return tuple(
        sorted(customers, key=lambda c: (c.steps, c.party.name_en or c.party.prefix, c.party.prefix))
    )


def _customer(rows: list[Consignment]) -> Customer:
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row.unit] = sums.get(row.unit, Decimal(0)) + row.quantity
    dates = [row.date for row in rows]
    return Customer(
        rows[0].consignee,
        tuple(sorted(rows, key=lambda row: row.date)),
        tuple(sorted(sums.items())),
        min(dates),
        max(dates),
        min(row.steps for row in rows),
    )


def effectiveness_of(notices: Iterable[Notice]) -> Effectiveness:
    """Who responded was notified, and who returned has responded. Amounts are of what the company itself sent: what a
    customer sent on would count twice."""
    rows = list(notices)
    amounts: dict[str, tuple[Decimal, Decimal]] = {}
    for part in (part for row in rows if row.steps == 1 for part in row.amounts):
        sent, found = amounts.get(part.unit, (Decimal(0), Decimal(0)))
        amounts[part.unit] = (sent + part.sent, found + part.accounted)
    states = [row.state for row in rows]
    return Effectiveness(
        consignees=len(rows),
        notified=sum(state != "open" for state in states),
        responded=sum(state in {"responded", "returned"} for state in states),
        returned=states.count("returned"),
        silent=states.count("silent"),
        amounts=tuple((unit, sent, found) for unit, (sent, found) in sorted(amounts.items())),
    )
