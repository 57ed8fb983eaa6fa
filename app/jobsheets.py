"""The jobs that write lists for authorities and figures about the data: FSMA 204, suppliers and customers, balances,
completeness. Each block of the log is read in a transaction of its own; rows go to the file as they come.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app import jobreports
from app.domain.balance import MassBalance
from app.domain.provenance import Party
from app.domain.quality import Incomplete, Tally
from app.domain.trade import Line
from app.errors import N_, Refused
from app.jobrunner import Work
from app.services import balancing, itemising, qualifying, trading
from app.services.itemising import Block
from app.services.trading import Period
from app.store import database, lineage
from app.store.own_events import Cursor

LOTS = 500  # balanced at once
MOST_PRINTED = 50_000  # lines of a PDF: nobody reads more, and they are in memory

if TYPE_CHECKING:
    from reports.trade.sheets import Scope


def trade(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: what (one of trading.LISTS), form (xlsx; neighbours also pdf), since, until (days), zone."""
    what, form = str(parameters["what"]), jobreports.form_of(parameters)
    trading.check_list(what, form)
    from labels import fonts
    from reports.trade import document, sheets

    period, scope = _period(parameters), _scope(work, parameters)
    reader, asked = jobreports.reader_of(work, parameters), jobreports.asked_of(work, datetime.now(UTC))
    wrong = _withdrawn(work, period)

    def lines(side: str) -> Iterator[Line]:
        count = 0
        for block in _blocks(work, trading.SIDES[side], period, wrong):
            for line in trading.lines(block):
                count += 1
                if form == "pdf" and count > MOST_PRINTED:
                    raise _too_long()
                yield line

    path = work.folder / f"{what}-{scope.first}-{scope.last}.{form}"
    if form == "pdf":
        path.write_bytes(document.pdf(reader, asked, scope, lines, cut=fonts.cut, faces=jobreports.faces()))
        return path
    write = sheets.fsma if what == "fsma" else sheets.neighbours
    write(path, reader, asked, scope, lines)
    return path


def quality(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: since, until (days), zone."""
    from reports.trade import sheets

    period, scope = _period(parameters), _scope(work, parameters)
    reader, asked = jobreports.reader_of(work, parameters), jobreports.asked_of(work, datetime.now(UTC))
    wrong, tally = _withdrawn(work, period), Tally()

    def gaps() -> Iterator[tuple[datetime, Incomplete]]:
        for block in _blocks(work, qualifying.STEPS, period, wrong):
            yield from qualifying.judged(block.rows, tally)

    path = work.folder / f"completeness-{scope.first}-{scope.last}.xlsx"
    sheets.completeness(path, reader, asked, scope, gaps(), tally.scores)
    return path


def balances(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: zone. The mass balance of every lot that the company made, has or had."""
    from reports.trade import balances as drawing

    reader, asked = jobreports.reader_of(work, parameters), jobreports.asked_of(work, datetime.now(UTC))

    def lots() -> Iterator[tuple[drawing.Lot, MassBalance]]:
        after: int | None = None
        done = 0
        while True:
            with database.reading(work.engine) as session:
                page = balancing.page_of(session, work.actor, after=after, limit=LOTS)
            for row, balance in page.rows:
                yield drawing.Lot(row.epc, row.lot, row.part_number, row.name_zh, row.name_en), balance
            done += len(page.rows)
            work.progress(done, 0)
            if page.after is None:
                return
            after = page.after

    path = work.folder / "balances.xlsx"
    with database.reading(work.engine) as session:
        company = _company(session, work)
    drawing.write(path, reader, asked, company, lots())
    return path


def _blocks(work: Work, steps: Sequence[str], period: Period, wrong: frozenset[str]) -> Iterable[Block]:
    after: Cursor | None = None
    done = 0
    while True:
        with database.reading(work.engine) as session:
            found = itemising.block(session, work.actor, steps, period.since, period.until, after, wrong)
        yield found
        done, after = done + len(found.rows), found.after
        work.progress(done, 0)
        if after is None:
            return


def _withdrawn(work: Work, period: Period) -> frozenset[str]:
    with database.reading(work.engine) as session:
        return itemising.withdrawn(session, work.actor, period.since, period.until)


def _too_long() -> Refused:
    return Refused(
        "too-many-for-a-document",
        N_("There are more than {most} lines in this time."),
        N_("Choose the spreadsheet, or a shorter time."),
        most=MOST_PRINTED,
    )


def _period(parameters: dict[str, Any]) -> Period:
    zone = ZoneInfo(str(parameters.get("zone", "UTC")))
    return trading.period_of(str(parameters["since"]), str(parameters["until"]), zone)


def _scope(work: Work, parameters: dict[str, Any]) -> "Scope":
    from reports.trade.sheets import Scope

    with database.reading(work.engine) as session:
        party = _company(session, work)
    return Scope(party, str(parameters["since"]), str(parameters["until"]))


def _company(session: Session, work: Work) -> Party:
    own = next(row for row in lineage.organisations(session) if row.id == work.actor.organisation_id)
    return Party(own.prefix, own.name_zh, own.name_en)
