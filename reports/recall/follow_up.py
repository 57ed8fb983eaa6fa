"""The tables of what was done about a recall: holds, notices to customers and how well they worked, its own history."""

from datetime import datetime
from functools import partial

from app.domain import recall_words
from app.domain.recalls import Item, Notice, Reported, Step
from app.domain.shares import share
from reports.reader import N_, Reader, clean, identifier_text
from reports.recall.case import Case, number, percent, product, shipped
from reports.rows import Cell, Row, Table, lines


def holds(case: Case, reader: Reader) -> Table:
    """What this recall put on hold, and what it let go again, by entries of the log."""
    _ = reader.gettext
    chosen = [item for item in case.recall.affected.items if item.held_seq is not None]
    columns = (
        (_(N_("Lot or serial")), 44),
        (_(N_("Identifier")), 50),
        (_(N_("Put on hold")), 24),
        (_(N_("Released")), 24),
        (_(N_("State")), 38),
    )
    rows = tuple(_hold(reader, item) for item in chosen)
    return Table(columns, rows, _(N_("Nothing was put on hold by this recall.")))


def _hold(reader: Reader, item: Item) -> Row:
    entry = N_("No. {seq}")
    held = reader.state(item) if item.held else ""
    reason = reader.reason(item.held)
    if item.held in {"", "on-hold"}:
        reason = "" if held else reader.state(item)
    return Row(
        (
            Cell(product(reader, item), strong=number(item)),
            Cell(identifier_text(item.epc)),
            Cell(reader.say(entry, seq=item.held_seq)),
            Cell(reader.say(entry, seq=item.released_seq) if item.released_seq is not None else ""),
            Cell(reason, alarm=held),
        )
    )


def notices(case: Case, reader: Reader, now: datetime) -> Table:
    """Status per consignee, with what each says of the goods."""
    _ = reader.gettext
    columns = (
        (_(N_("Customer")), 44),
        (_(N_("Status")), 26),
        (_(N_("How, to whom")), 34),
        (_(N_("Notified, responded")), 28),
        (_(N_("Quantity sent")), 20),
        (_(N_("Accounted for")), 28),
    )
    got = {customer.party.prefix for customer in case.recall.affected.customers}
    rows = tuple(
        _notice(reader, notice, now, told=notice.party.prefix not in got) for notice in case.recall.notices
    )
    return Table(columns, rows, _(N_("No customer had to be notified.")), figures=2)


def _notice(reader: Reader, notice: Notice, now: datetime, *, told: bool) -> Row:
    """`told`: that nothing was sent is known, and not only that no amount was told."""
    state = reader.gettext(recall_words.NOTICE_STATES.get(notice.state, (notice.state, ""))[0])
    late = reader.gettext(N_("Overdue")) if notice.overdue(now) else ""
    method = recall_words.METHODS.get(notice.method, notice.method)
    times = [reader.time(moment) for moment in (notice.notified, notice.responded) if moment]
    alarming = notice.state == "silent"
    amount = reader.quantity if told else partial(shipped, reader)
    cells = (
        Cell(clean(notice.party.prefix), strong=reader.party(notice.party)),
        Cell("" if alarming else state, alarm=state if alarming else late),
        Cell(lines((reader.gettext(method) if method else "", clean(notice.contact), clean(notice.note)))),
        Cell(lines(times)),
        Cell(lines(amount(part.sent, part.unit) for part in notice.amounts)),
        Cell(lines(_accounted(reader, part) for part in notice.amounts)),
    )
    return Row(cells, "held" if alarming or late else "")


def _accounted(reader: Reader, part: Reported) -> str:
    said = (
        (N_("{quantity} on hand"), part.on_hand),
        (N_("{quantity} sent back"), part.returned),
        (N_("{quantity} destroyed"), part.destroyed),
    )
    return lines(
        reader.say(template, quantity=reader.quantity(amount, part.unit))
        for template, amount in said
        if amount is not None
    )


def effectiveness(case: Case, reader: Reader) -> list[tuple[str, str]]:
    """The figures of a recall status report, 21 CFR 7.53(b)."""
    _ = reader.gettext
    figures = case.recall.effectiveness
    open_ = figures.consignees - figures.notified
    counted = [
        (_(N_("Customers who received affected goods")), f"{figures.consignees:,}"),
        (_(N_("Notified")), f"{figures.notified:,} ({percent(figures.notified_percent)})"),
        (_(N_("Responded")), f"{figures.responded:,} ({percent(figures.responded_percent)})"),
        (_(N_("Did not respond")), f"{figures.silent:,}"),
        (_(N_("Still to be notified")), f"{open_:,}"),
        (_(N_("Sent goods back")), f"{figures.returned:,}"),
    ]
    for unit, sent, found in figures.amounts:
        text = (
            f"{reader.quantity(found, unit)} / {reader.quantity(sent, unit)} ({percent(share(found, sent))})"
        )
        counted.append((_(N_("Accounted for by customers, of what we sent")), text))
    return counted


def why(step: Step, reader: Reader) -> str:
    """The reason that somebody gave; of notices, what became of them."""
    if step.action == "notified" and (told := recall_words.NOTICE_STATES.get(step.reason)):
        return reader.gettext(told[0])
    return clean(step.reason)


def trail(case: Case, reader: Reader) -> Table:
    """What was done in this recall, by whom, and why."""
    _ = reader.gettext
    rows = tuple(
        Row(
            (
                Cell(reader.time(step.time)),
                Cell(strong=_(recall_words.TRAIL.get(step.action, step.action))),
                Cell(clean(step.by)),
                Cell(why(step, reader)),
                Cell(f"{step.count:,}" if step.count else ""),
            )
        )
        for step in case.recall.trail
    )
    columns = (
        (_(N_("When")), 28),
        (_(N_("What was done")), 46),
        (_(N_("By")), 38),
        (_(N_("Reason")), 54),
        (_(N_("Number of")), 14),
    )
    return Table(columns, rows, _(N_("Nothing is noted of this recall yet.")), figures=1)
