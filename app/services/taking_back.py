"""Takes back the records that one import of all or nothing has written when it cannot go on: some at a time, so that
others work in between. Such an import gives all its records one moment, by which they are known again.
"""

from collections import Counter
from datetime import datetime

from sqlmodel import Session

from app.domain import handles
from app.domain.handles import prefix_of
from app.domain.identifiers import Identifier
from app.services import allotting
from app.services.record_drafts import draft_of, indexed_of
from app.store import records, records_taken_back
from app.store.records import Change, Indexed, Stored

Page = list[tuple[int, str]]


def page_of(session: Session, organisation_id: int, moment: datetime, after: int) -> Page:
    """(id, key) of records written at this moment, in the order of their ids; [] when there are no more."""
    return records_taken_back.written_at(session, organisation_id, moment, after)


def take_back(session: Session, page: Page, moment: datetime, now: datetime, by: str) -> None:
    """Those of these records that still are as they were written at `moment` become what they were before, or are
    deleted where they are new; their history keeps all of it. What somebody changed since stays as it is."""
    there = records.of_keys(session, [key for _, key in page], for_update=True)
    ours = [row for row in there.values() if row.modified == moment]
    before = records_taken_back.replaced_by(session, ours)
    changes = [_undone(row, before[row.key]) for row in ours if row.key in before]
    records.replace_many(session, changes, now, by)
    new = [row for row in ours if row.key not in before]
    records.remove_many(session, [(row, _indexed(row)) for row in new], now, by)
    epcs = {row.key: Identifier.from_handle(row.key).epc for row in new}
    minted = records.minted(session, epcs.values())
    free = Counter(prefix_of(key) for key, epc in epcs.items() if epc not in minted)
    for prefix, count in sorted(free.items()):
        allotting.give_back(session, prefix, count)


def _undone(row: Stored, values: bytes) -> Change:
    draft = draft_of(row.handle, row.key, row.organisation_id, handles.load(values))
    return Change(row, _indexed(row), draft)


def _indexed(row: Stored) -> Indexed:
    return indexed_of(handles.load(row.values))
