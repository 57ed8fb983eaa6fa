"""Filing upward (备案): what has changed goes into a line numbered without a gap, and the line to the node above; what
nodes below push is taken in once, and passed on as far up as its data set goes.

Who receives says how far it has come, and the next push goes on from there: after an outage nothing is missing and
nothing is twice. The way over the network is in `filing_push`.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session

from app.domain import filings
from app.domain.filings import ADDED, ALL, CHANGED, DATA_SETS, WITHDRAWN, Change, Filer, Push
from app.errors import N_, Conflict
from app.services import filing_sets as sets
from app.store import filing as rows
from app.store import filing_facts as facts
from app.store.tables import FilingChange, FilingRow, FilingSource

CATCH_UP_DAYS = 31  # figures told anew after an outage of the rounds
THINGS_AT_ONCE = 2_000
KEPT = timedelta(days=30)  # for which a change stays in the line in any case
MOST_LINES = 8  # of one zone: several nodes may hold it


class Item(NamedTuple):
    """A row of a data set, whoever filed it first (`zone`, `stream`), and what became of it."""

    zone: str
    stream: str
    dataset: str
    key: str
    op: int
    body: str


def filer(session: Session, zone: str, capabilities: frozenset[str], base_url: str) -> Filer:
    """This node as an author; its line begins when it is first asked for. Locks the line for this transaction."""
    line = rows.stream(session) or rows.begin_stream(session, secrets.token_hex(16))
    return Filer(zone, line.stream, "delegate" in capabilities, "mint" in capabilities, base_url)


# --- changes of our own ---


def capture(session: Session, me: Filer, now: datetime, *, everything: bool = False) -> int:
    """Looks through the data sets that are due (or all) and puts what has changed into the line; how much that was.

    Figures of days are told when the day is over; with `everything`, today's so far as well.
    """
    noted = 0
    for name in sets.sets_of(me):
        last = rows.captured(session, name)
        if not everything and not filings.is_due(DATA_SETS[name].period, last.time if last else None, now):
            continue
        if name in sets.STANDING:
            noted += _capture_standing(session, me, name, sets.STANDING[name](session, me), now)
        elif name in sets.DAILY:
            days = _days(name, last.time if last else None, now, everything)
            noted += note_all(session, me, name, sets.DAILY[name](session, me, days), now)
        elif name == "EVT":
            noted += _capture_faults(session, me, last.time if last else None, now)
        else:
            continue  # T9: see capture_things
        rows.note_capture(session, name, now, -1)
    return noted


def _days(name: str, last: datetime | None, now: datetime, everything: bool) -> list[date]:
    """From the day last told, which was not over then, to the last one that is over; sums tell today as well."""
    today = now.date()
    first = max(last.date() if last else today - timedelta(days=1), today - timedelta(days=CATCH_UP_DAYS))
    return sets.days_of(first, today if everything or name == "SUM" else today - timedelta(days=1))


def _capture_standing(
    session: Session, me: Filer, name: str, found: Mapping[str, filings.Body], now: datetime
) -> int:
    noted = note_all(session, me, name, found, now)
    for key in rows.rows_of(session, me.zone, me.stream, name).keys() - found.keys():
        noted += note(session, me, name, key, None, now)
    return noted


def capture_things(session: Session, me: Filer, now: datetime, *, everything: bool = False) -> int:
    """The next so many things that were named or ended since the last time, once a day; 0 when there are none.

    By the log's entries, not by comparing: there may be millions, so that each batch is a transaction of its own. The
    rows are the things themselves; none are kept beside them.
    """
    last = rows.captured(session, "T9")
    if not me.mints or not (
        everything or filings.is_due(DATA_SETS["T9"].period, last.time if last else None, now)
    ):
        return 0
    until = facts.log_head(session)
    cursor = last.cursor if last else -1
    found = facts.named_since(session, cursor, until, THINGS_AT_ONCE)
    for each in found:
        key, body = sets.thing(each)
        _append(session, me, Item(me.zone, me.stream, "T9", key, each.op, filings.canonical(body)), now)
    over = len(found) < THINGS_AT_ONCE
    # until all are told, the set stays due
    time = now if over else last.time if last else datetime.fromtimestamp(0, UTC)
    rows.note_capture(session, "T9", time, max(cursor, until) if over else found[-1].seq)
    return 0 if over else len(found)


def _capture_faults(session: Session, me: Filer, last: datetime | None, now: datetime) -> int:
    """A fault may be written down days after it happened; a month back is looked through each time."""
    since = (last or now) - timedelta(days=CATCH_UP_DAYS)
    told = {event.number: sets.fault(event) for event in rows.faults_since(session, since)}
    return note_all(session, me, "EVT", told, now)


def note_all(session: Session, me: Filer, name: str, found: Mapping[str, filings.Body], now: datetime) -> int:
    return sum(note(session, me, name, key, body, now) for key, body in sorted(found.items()))


def note(session: Session, me: Filer, name: str, key: str, body: filings.Body | None, now: datetime) -> int:
    """One row of ours as it is now, None when it is no more; 0 when that was known."""
    before = rows.row(session, me.zone, me.stream, name, key)
    was = before.body if before is not None and not before.gone else None
    text = None if body is None else filings.canonical(body)
    if text == was:
        return 0
    op = WITHDRAWN if text is None else ADDED if was is None else CHANGED
    return _keep(session, me, Item(me.zone, me.stream, name, key, op, text or was or "{}"), now)


def _keep(session: Session, me: Filer, item: Item, now: datetime) -> int:
    digest = hashlib.sha256(item.body.encode()).hexdigest()
    gone = item.op == WITHDRAWN
    place = {"zone": item.zone, "stream": item.stream, "dataset": item.dataset, "key": item.key}
    rows.put(session, FilingRow(**place, body=item.body, digest=digest, gone=gone, time=now))
    return _append(session, me, item, now)


def _append(session: Session, me: Filer, item: Item, now: datetime) -> int:
    """To our own line, if the node above is told of such rows at all."""
    data_set = DATA_SETS[item.dataset]
    if me.above < data_set.top or (item.stream != me.stream and data_set.one_hop):
        return 1
    line = rows.peek_stream(session)  # locked by `filer`
    assert line is not None
    line.seq += 1
    session.add(line)
    place = {"zone": item.zone, "stream": item.stream, "dataset": item.dataset, "key": item.key}
    body = filings.told_above(item.dataset, me.above, item.body)
    rows.add_change(session, FilingChange(seq=line.seq, **place, op=item.op, body=body, time=now))
    return 1


# --- the line, for whom we push to ---


def push(session: Session, after: int) -> dict[str, Any]:
    """What comes behind number `after`, as much as one call carries: the body of a call. Where that is not there any
    more it begins with the first that is, which is taken by nobody who has less (see `lost`)."""
    line = rows.peek_stream(session)
    assert line is not None
    after = max(after, rows.floor(session, line))
    items: list[dict[str, Any]] = []
    size = 0
    for row in rows.changes(session, after, filings.MOST_ITEMS):
        size += len(row.body.encode()) + 500
        if items and size > filings.MOST_BYTES:
            break
        items.append(_change(row).wire)
    return {
        "stream": line.stream, "before": line.before, "after": after, "newest": line.seq, "items": items,
    }  # fmt: skip


def _change(row: FilingChange) -> Change:
    return Change(row.seq, row.zone, row.stream, row.dataset, row.key, row.op, row.body, row.time.isoformat())


def lost(session: Session, have: int, newest: int) -> bool:
    """Whether a node above that has our line up to `have` can be told the rest no more: it has more of it than there
    was when it was told (`newest`), or less than is still there. One of the two was put back from an old copy then."""
    line = rows.peek_stream(session)
    return line is not None and not rows.floor(session, line) <= have <= newest


def forget(session: Session, acknowledged: int, now: datetime, limit: int) -> int:
    """Drops what is older than KEPT and the node above has acknowledged from our line, at most so many; how many there
    were. Where that node is put back further than that, it is told everything anew."""
    return rows.drop_changes(session, acknowledged, now - KEPT, limit)


def begin_again(session: Session, me: Filer, now: datetime) -> None:
    """Our line and what the node above has of it do not meet (`lost`). A new line tells everything there is as new, and
    says which one it continues, whose rows are then forgotten above."""
    line = rows.stream(session)
    assert line is not None
    rows.begin_again(session, line, secrets.token_hex(16))
    anew = Filer(me.zone, line.stream, me.delegates, me.mints, me.base_url)
    for row in [*rows.all_rows(session, line.stream), *rows.rows_below(session, line.stream)]:
        item = Item(row.zone, row.stream, row.dataset, row.key, ADDED, row.body)
        _append(session, anew, item, now)
    for row in rows.gone_below(session, line.stream):
        _append(session, anew, Item(row.zone, row.stream, row.dataset, row.key, WITHDRAWN, row.body), now)
    if me.mints:
        rows.note_capture(session, "T9", datetime.fromtimestamp(0, UTC), -1)


# --- what nodes below push ---


def take_in(session: Session, me: Filer, sender: str, told: Push, now: datetime) -> int:
    """Takes the changes that are new, and returns the number of the newest one we have of that line.

    A push that begins behind what we have is not taken (a gap would stay): the sender goes on from the number returned.
    Conflict `filing-line-ended` for a line that another one continues.
    """
    source = rows.source(session, sender, told.stream)
    if source is None:
        source = _new_source(session, me, sender, told, now)
    if source.newest < 0:
        raise Conflict(
            "filing-line-ended",
            N_("Another line of filings continues this one."),
            N_("The node was restored twice; let it begin a new line."),
        )
    source.last_time, source.newest = now, told.newest
    session.add(source)
    if told.after > source.seq:
        return source.seq
    for change in told.changes:
        if change.seq <= source.seq:
            continue
        if change.stream == me.stream:  # ours, come round in a circle
            source.seq = change.seq
            continue
        item = Item(change.zone, change.stream, change.dataset, change.key, change.op, change.body)
        if item.op == WITHDRAWN and item.key == ALL:
            _forget_all(session, me, item, now)
        else:
            _keep(session, me, item, now)
        source.seq = change.seq
    session.flush()
    return source.seq


def _forget_all(session: Session, me: Filer, item: Item, now: datetime) -> None:
    """And says so further up, where these rows have gone as well, also those that were lost here since."""
    rows.forget_rows(session, item.zone, item.stream, item.dataset)
    _append(session, me, item, now)


def _new_source(session: Session, me: Filer, sender: str, told: Push, now: datetime) -> FilingSource:
    if rows.count_sources(session, sender) >= MOST_LINES * 4:
        raise Conflict(
            "too-many-filing-lines",
            N_("The nodes of {zone} have begun too many lines of filings."),
            N_("Ask the operator of the node above to look at them."),
            zone=sender,
        )
    if told.before and rows.source(session, sender, told.before) is not None:
        rows.forget_source(session, sender, told.before)
        for name in DATA_SETS:  # only what it filed of itself: nobody can end another's line by naming it
            _forget_all(session, me, Item(sender, told.before, name, ALL, WITHDRAWN, "{}"), now)
    new = FilingSource(zone=sender, stream=told.stream, first_time=now, last_time=now, newest=told.newest)
    return rows.add_source(session, new)


def line_of(session: Session) -> str:
    """The name of this node's own line, '' before it has one; does not begin one."""
    found = rows.peek_stream(session)
    return found.stream if found else ""
