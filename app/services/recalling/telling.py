"""A recall out of its rows, as `domain.recalls` has it: for pages, programs and reports."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from sqlmodel import Session

from app.domain.people import Actor
from app.domain.provenance import LogPosition, Node, Party, Source
from app.domain.recalls import (
    Affected,
    Amount,
    Consignment,
    Direction,
    Document,
    Item,
    MockRecall,
    Notice,
    Recall,
    Reported,
    Role,
    SignOff,
    Step,
    Stock,
    customers_of,
)
from app.services.recalling import suspects
from app.services.recalling.gathering import recall_row
from app.services.recalling.starting import number_of
from app.services.tracing.naming import Names, node_of
from app.store import keyed, lineage, log, recalls
from app.store import tables as rows
from app.store.lineage import ThingRow

LISTS = {"lot": "lots", "serial": "serials", "logistic": "containers"}
MOST_DOCUMENTS = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One recall in the list: what it is called, how far it is, how many it reaches and tells."""

    id: str
    number: str
    title: str
    state: str
    mock: bool
    started: datetime
    started_by: str
    things: int
    consignees: int
    answered: int
    silent: int


def recalls_of(
    session: Session, actor: Actor, *, limit: int = 50, before: int | None = None
) -> tuple[list[Line], int | None]:
    """The company's recalls, newest first, and the next page's `before`."""
    actor.require("report")
    found = recalls.newest(session, actor.organisation_id, limit + 1, before)
    lines = [_line(session, row) for row in found[:limit]]
    return lines, found[limit - 1].number if len(found) > limit else None


def _line(session: Session, row: rows.Recall) -> Line:
    counts = recalls.counts_of(session, row.id)
    states = [notice.state for notice in recalls.notices_of(session, row.id)]
    return Line(
        id=row.id,
        number=number_of(row),
        title=row.title,
        state=row.state,
        mock=row.mock,
        started=row.started,
        started_by=row.started_by,
        things=sum(count for (_, role), count in counts.items() if role != "withdrawn"),
        consignees=len(states),
        answered=sum(state in {"responded", "returned"} for state in states),
        silent=states.count("silent"),
    )


def recall_of(session: Session, actor: Actor, recall_id: str, *, full: bool = True) -> Recall:
    """The whole recall; with `full` false without what it reaches, which may be tens of thousands of rows. Raises
    Unknown, whether it is another company's or nobody's."""
    actor.require("report")
    row = recall_row(session, actor, recall_id)
    names = Names(lineage.organisations(session))
    affected = (
        affected_of(session, actor, row, names)
        if full
        else Affected(as_of=row.as_of, truncated=row.truncated)
    )
    consignments = affected.consignments if full else ()
    return Recall(
        id=row.id,
        number=number_of(row),
        title=row.title,
        reason=row.reason,
        state=row.state,
        direction=cast("Direction", row.direction),
        company=names.party(actor.prefix),
        started=row.started,
        started_by=row.started_by,
        suspects=tuple(suspects.of_json(row.suspects)),
        affected=affected,
        notices=tuple(_notice(each) for each in recalls.notices_of(session, recall_id)),
        mock=_mock(row, consignments) if row.mock else None,
        sources=tuple(source_of(each) for each in row.sources),
        trail=tuple(
            Step(each.action, each.record_time, each.operator_name, each.reason, each.count)
            for each in recalls.steps_of(session, recall_id)
        ),
        closed=row.closed,
    )


def affected_of(session: Session, actor: Actor, row: rows.Recall, names: Names) -> Affected:
    kept = recalls.items_of(session, row.id)
    items = items_told(session, actor, names, kept)
    lists: dict[str, list[Item]] = {name: [] for name in LISTS.values()}
    for each in kept:
        item = items.get(each.epc)
        if item is not None and item.role != "withdrawn" and item.level in LISTS:
            lists[LISTS[item.level]].append(item)
    sent = recalls.consignments_of(session, row.id)
    told = consignments_told(session, names, sent, items)
    return Affected(
        suspects=tuple(item for item in items.values() if item.role == "suspect"),
        lots=tuple(lists["lots"]),
        serials=tuple(lists["serials"]),
        containers=tuple(lists["containers"]),
        withdrawn=tuple(item for item in items.values() if item.role == "withdrawn"),
        stock=stock_told(session, names, recalls.stock_of(session, row.id), items),
        consignments=tuple(each for each, kept in zip(told, sent, strict=True) if not kept.inward),
        supplies=tuple(each for each, kept in zip(told, sent, strict=True) if kept.inward),
        as_of=row.as_of,
        log=_log(session, row),
        truncated=row.truncated,
    )


def _log(session: Session, row: rows.Recall) -> LogPosition | None:
    """How the log stood when this was found, with the newest checkpoint signed up to then or after."""
    if not row.as_of:
        return None
    signed = log.newest_checkpoint(session)
    note, size = (signed.note, signed.size) if signed else ("", 0)
    return LogPosition(row.log_size, row.log_root, note, size, row.log_size - 1)


def items_told(
    session: Session, actor: Actor, names: Names, kept: Sequence[rows.RecallItem]
) -> dict[str, Item]:
    """With what they are and how they are now, as far as the company is told of that."""
    ids = recalls.things_by_epc(session, [row.epc for row in kept])
    things: dict[int, ThingRow] = {}
    for chunk in keyed.chunks(sorted(ids.values())):
        things |= lineage.things_of(session, chunk, actor.organisation_id, actor.prefix)
    return {
        row.epc: _item(row, node_of(things[ids[row.epc]], row.depth, names, actor))
        for row in kept
        if row.epc in ids
    }


def _item(row: rows.RecallItem, node: Node) -> Item:
    return Item(
        epc=row.epc,
        role=cast("Role", row.role),
        level=row.level,
        depth=row.depth,
        product_zh=node.product_zh,
        product_en=node.product_en,
        part_number=node.part_number,
        lot=node.lot,
        serial=node.serial,
        quantity=row.quantity,
        unit=node.unit,
        owner=node.owner,
        lifecycle=node.lifecycle,
        disposition=node.disposition,
        held=node.held,
        ours=row.ours,
        held_seq=row.held_seq,
        released_seq=row.released_seq,
    )


def stock_told(
    session: Session, names: Names, kept: Iterable[rows.RecallStock], items: Mapping[str, Item]
) -> tuple[Stock, ...]:
    found = list(kept)
    names.load_sites(session, {row.site for row in found})
    return tuple(
        Stock(
            items[row.epc],
            names.party(row.holder),
            names.place(row.site),
            row.quantity,
            row.unit,
            names.party(row.to) if row.to else None,
            row.container,
        )
        for row in found
        if row.epc in items
    )


def consignments_told(
    session: Session, names: Names, kept: Iterable[rows.RecallConsignment], items: Mapping[str, Item]
) -> list[Consignment]:
    found = list(kept)
    names.load_sites(session, {row.site for row in found})
    return [_consignment(row, names, items.get(row.epc) or _unknown(row)) for row in found]


def _unknown(row: rows.RecallConsignment) -> Item:
    """Something that only a partner's node knows, as it was told."""
    told: dict[str, Any] = row.thing
    return Item(
        row.epc, "downstream", told.get("level", ""), **{k: v for k, v in told.items() if k != "level"}
    )


def _consignment(row: rows.RecallConsignment, names: Names, item: Item) -> Consignment:
    return Consignment(
        consignee=names.party(row.consignee),
        sender=names.party(row.sender),
        item=item,
        quantity=row.quantity,
        unit=row.unit,
        date=row.shipped,
        documents=tuple((kind, number) for kind, number in row.documents),
        container=row.container,
        place=names.place(row.site),
        steps=row.steps,
        received=row.received,
        returned=row.returned,
        event_id=row.event_id,
        zone=row.zone,
    )


def _notice(row: rows.RecallNotice) -> Notice:
    return Notice(
        party=Party(row.party, row.name_zh, row.name_en),
        state=row.state,
        amounts=tuple(_reported(part) for part in row.amounts),
        method=row.method,
        contact=row.contact,
        due=row.due,
        notified=row.notified,
        responded=row.responded,
        note=row.note,
        by=row.changed_by,
        changed=row.changed,
        steps=row.steps,
    )


def _reported(part: Mapping[str, Any]) -> Reported:
    said = {name: Decimal(part[name]) for name in ("on_hand", "returned", "destroyed") if part.get(name)}
    return Reported(part["unit"], Decimal(part["sent"]), **said)


def _mock(row: rows.Recall, consignments: Iterable[Consignment]) -> MockRecall:
    return MockRecall(
        started=row.started,
        finished=row.finished,
        amounts=tuple(
            Amount(each["unit"], Decimal(each["question"]), Decimal(each["found"])) for each in row.amounts
        ),
        documents=documents_of(consignments),
        own_seconds=row.own_seconds,
        partner_seconds=row.partner_seconds,
        remark=row.remark,
        sign_offs=tuple(
            SignOff(each["name"], each["role"], datetime.fromisoformat(each["time"]), each.get("remark", ""))
            for each in row.sign_offs
        ),
    )


def documents_of(consignments: Iterable[Consignment]) -> tuple[Document, ...]:
    """Every document that the shipments name, once, with the events that do: the links between them."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for row in consignments:
        for pair in row.documents:
            found.setdefault(pair, {})[row.event_id] = None
    return tuple(
        Document(kind, number, tuple(events))
        for (kind, number), events in list(found.items())[:MOST_DOCUMENTS]
    )


def source_of(told: Mapping[str, Any]) -> Source:
    return Source(
        party=Party(told["prefix"], told["name_zh"], told["name_en"]),
        state=told["state"],
        trust=told.get("trust", ""),
        code=told.get("code", ""),
        asked=told.get("asked", 0),
        things=told.get("things", 0),
        events=told.get("events", 0),
        seconds=told.get("seconds", 0.0),
        as_of=datetime.fromisoformat(told["as_of"]) if told.get("as_of") else None,
    )


__all__ = ["Line", "customers_of", "recall_of", "recalls_of"]
