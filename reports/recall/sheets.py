"""A recall as a workbook: the cover, and a sheet to sort and filter for everything that the report lists."""

from collections.abc import Callable, Iterator
from pathlib import Path

from app.domain import quality, recall_words
from app.domain.balance import IN, OUT
from app.domain.disclosure import SOURCE_STATES, TRUST
from app.domain.recalls import Consignment, Item
from reports.asked import Asked
from reports.reader import N_, Reader, clean, identifier_text
from reports.recall import follow_up, front, headings
from reports.recall.amounts import told
from reports.recall.case import NOT_TOLD, Case, number, product
from reports.workbook import Book, Column, Value, head

Rows = Iterator[tuple[Value, ...]]


def write(case: Case, reader: Reader, asked: Asked, path: Path, told_of: Callable[[int, int], None]) -> None:
    """`told_of(done, total)` hears of each finished sheet. 10,000 lots take some 5 s and no memory to speak of."""
    with Book(path, reader, asked, f"{case.recall.number} {case.title}") as book:
        book.facts(reader.gettext(N_("Recall")), case.title, _cover(case, reader, asked))
        for done, (name, heads, rows) in enumerate(_SHEETS, 1):
            columns = [Column(reader.gettext(heading), width) for heading, width in heads]
            book.table(reader.gettext(name), columns, rows(case, reader))
            told_of(done, len(_SHEETS))


def write_customers(case: Case, reader: Reader, asked: Asked, path: Path) -> None:
    """Who got affected goods: one line each, and every shipment with quantity, date and documents."""
    with Book(path, reader, asked, f"{case.recall.number} {case.title}") as book:
        book.facts(reader.gettext(N_("Recall")), case.title, _cover(case, reader, asked))
        for name, heads, rows in _SHEETS:
            if rows in {_customers, _consignments, _notices}:
                columns = [Column(reader.gettext(heading), width) for heading, width in heads]
                book.table(reader.gettext(name), columns, rows(case, reader))


def _cover(case: Case, reader: Reader, asked: Asked) -> Iterator[tuple[str, Value]]:
    _ = reader.gettext
    for left, _right in front.particulars(case, reader, asked):
        yield left
    yield from head(reader, asked)
    yield _(N_("Data as of")), case.recall.affected.as_of
    if log := case.recall.affected.log:
        yield _(N_("Entries in the log")), log.size
        yield _(N_("Root hash")), log.root
        yield _(N_("Signed checkpoint")), log.checkpoint
    yield _(N_("Hash of the data")), case.attached.digest
    for label, figure, _alarming in front.tiles(case, reader):
        yield label, figure
    yield from follow_up.effectiveness(case, reader)


def _thing(reader: Reader, item: Item) -> tuple[Value, ...]:
    return (
        reader.level(item.level),
        number(item),
        identifier_text(item.epc),
        item.part_number,
        product(reader, item),
    )


def _items(case: Case, reader: Reader) -> Rows:
    for item in (*case.recall.affected.items, *case.recall.affected.withdrawn):
        yield (
            *_thing(reader, item),
            reader.gettext(recall_words.ROLES.get(item.role, item.role)),
            item.depth,
            item.quantity,
            reader.unit(item.unit),
            reader.party(item.owner),
            reader.state(item),
            reader.reason(item.held),
            item.held_seq,
            item.released_seq,
        )


def _stock(case: Case, reader: Reader) -> Rows:
    for each in case.recall.affected.stock:
        yield (
            *_thing(reader, each.item),
            reader.party(each.party),
            reader.place(each.place),
            reader.party(each.to),
            identifier_text(each.container) if each.container else "",
            each.quantity,
            reader.unit(each.unit),
            reader.state(each.item),
        )


def _customers(case: Case, reader: Reader) -> Rows:
    for customer in case.recall.affected.customers:
        for unit, amount in customer.quantities:
            yield (
                reader.party(customer.party),
                customer.party.prefix,
                customer.steps,
                len(customer.consignments),
                customer.first,
                customer.last,
                amount or reader.gettext(NOT_TOLD),
                reader.unit(unit),
            )


def _consignments(case: Case, reader: Reader) -> Rows:
    for customer in case.recall.affected.customers:
        yield from (_shipment(reader, each) for each in customer.consignments)


def _supplies(case: Case, reader: Reader) -> Rows:
    yield from (_shipment(reader, each) for each in case.recall.affected.supplies)


def _shipment(reader: Reader, each: Consignment) -> tuple[Value, ...]:
    return (
        each.date,
        reader.party(each.sender),
        reader.party(each.consignee),
        each.consignee.prefix,
        reader.place(each.place),
        *_thing(reader, each.item),
        each.quantity or reader.gettext(NOT_TOLD),
        reader.unit(each.unit),
        "; ".join(reader.reference(pair) for pair in each.documents),
        identifier_text(each.container) if each.container else "",
        each.received,
        each.returned or None,
        each.event_id,
    )


def _notices(case: Case, reader: Reader) -> Rows:
    for notice in case.recall.notices:
        state = recall_words.NOTICE_STATES.get(notice.state, (notice.state, ""))[0]
        start = (reader.party(notice.party), notice.party.prefix, reader.gettext(state))
        end = (
            reader.gettext(recall_words.METHODS.get(notice.method, notice.method)) if notice.method else "",
            clean(notice.contact),
            notice.notified,
            notice.due,
            notice.responded,
            clean(notice.note),
        )
        for part in notice.amounts or (None,):
            amounts = (
                (part.sent, part.on_hand, part.returned, part.destroyed, reader.unit(part.unit))
                if part
                else (None,) * 5
            )
            yield (*start, *amounts, *end)


def _balances(case: Case, reader: Reader) -> Rows:
    for balance in case.balances:
        item = case.items.get(balance.epc)
        yield (
            number(item) if item else identifier_text(balance.epc),
            identifier_text(balance.epc),
            product(reader, item) if item else "",
            reader.unit(balance.unit),
            *(balance.of(kind) for kind in (*IN, *OUT)),
            balance.on_hand,
            -balance.difference,
            balance.percentage,
        )


def _differences(case: Case, reader: Reader) -> Rows:
    for balance in case.balances:
        item = case.items.get(balance.epc)
        for each in balance.differences:
            name = number(item) if item else identifier_text(balance.epc)
            waiting = reader.gettext(N_("Waits for the partner's record")) if each.waiting else ""
            yield (
                name,
                told(each, reader),
                each.quantity,
                reader.unit(each.values.get("unit", balance.unit)),
                waiting,
                each.event_id,
            )


def _scores(case: Case, reader: Reader) -> Rows:
    for score in case.scores:
        title = reader.gettext(quality.title_of(score.kind))
        missing = "; ".join(
            f"{reader.gettext(quality.ELEMENTS[name])}: {count}" for name, count in score.missing
        )
        yield title, score.events, score.complete, score.percent, missing


def _sources(case: Case, reader: Reader) -> Rows:
    _ = reader.gettext
    for source in case.recall.sources:
        state = _(SOURCE_STATES[source.state][0]) if source.state in SOURCE_STATES else source.state
        trust = _(TRUST[source.trust][0]) if source.trust in TRUST else source.trust
        party = (reader.party(source.party), source.party.prefix)
        yield (*party, state, trust, source.code, source.as_of, source.things, source.events)


def _documents(case: Case, reader: Reader) -> Rows:
    for paper in case.recall.mock.documents if case.recall.mock else ():
        for event in paper.event_ids:
            yield reader.reference((paper.kind, "")), paper.number, event


def _trail(case: Case, reader: Reader) -> Rows:
    for step in case.recall.trail:
        action = reader.gettext(recall_words.TRAIL.get(step.action, step.action))
        yield step.time, action, clean(step.by), follow_up.why(step, reader), step.count or None


_SHEETS: tuple[tuple[str, headings.Headings, Callable[[Case, Reader], Rows]], ...] = (
    (N_("Affected"), headings.ITEMS, _items),
    (N_("Stock"), headings.STOCK, _stock),
    (N_("Customers"), headings.CUSTOMERS, _customers),
    (N_("Shipments"), headings.SHIPMENT, _consignments),
    (N_("Supplies"), headings.SHIPMENT, _supplies),
    (N_("Notices"), headings.NOTICES, _notices),
    (N_("Balance"), headings.BALANCES, _balances),
    (N_("Differences"), headings.DIFFERENCES, _differences),
    (N_("Completeness"), headings.SCORES, _scores),
    (N_("Who was asked"), headings.SOURCES, _sources),
    (N_("Documents"), headings.DOCUMENTS, _documents),
    (N_("What was done"), headings.TRAIL, _trail),
)
