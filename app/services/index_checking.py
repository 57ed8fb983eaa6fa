"""Whether the index tables say what the log says: they are laid beside those of a rebuild in a scratch database."""

from collections.abc import Iterator, Mapping

from sqlmodel import Session

from app.errors import N_, TraceError
from app.services.faults import Fault, Progress
from app.services.replaying import replay
from app.store import comparing, copying, database, events, log


def index_faults(session: Session, size: int, tell: Progress) -> Iterator[Fault]:
    """Where the index says something else than one that is built from the log in a scratch database."""
    with copying.scratch(session) as copy:
        yield from _replayed(session, copy, size, tell)
        for epcs in comparing.blocks_of_things(session):
            yield from _differences(comparing.facts_about(session, epcs), comparing.facts_about(copy, epcs))
        for epcs in comparing.blocks_of_things(copy):
            known = comparing.facts_about(session, epcs)
            present = {epc for _, epc, _ in known}
            missing = [epc for epc in epcs if epc not in present]
            if missing:
                yield from _differences({}, comparing.facts_about(copy, missing))
        for first in range(0, size, log.BLOCK):
            last = first + log.BLOCK
            yield from _differences(
                comparing.references(session, first, last), comparing.references(copy, first, last)
            )
            yield from _differences(
                comparing.events(session, first, last), comparing.events(copy, first, last)
            )
        yield from _differences(comparing.words(session), comparing.words(copy))


def _replayed(session: Session, copy: Session, size: int, tell: Progress) -> Iterator[Fault]:
    for entry in log.entries(session):
        if entry.seq % log.BLOCK == 0:
            tell("index", entry.seq, size)
            copy.expunge_all()
        try:
            with copy.begin_nested():
                log.restore(copy, [entry])
                events.index_entries(copy, [entry])
                replay(copy, entry)
        except (TraceError, ValueError, KeyError, database.Taken) as error:
            reason = error.english() if isinstance(error, TraceError) else type(error).__name__
            values = {"seq": entry.seq, "reason": reason}
            yield Fault("unplayable", N_("Entry {seq} cannot be replayed: {reason}"), values, entry.seq)


def _differences(
    index: Mapping[comparing.Fact, int], rebuilt: Mapping[comparing.Fact, int]
) -> Iterator[Fault]:
    facts = sorted(index.keys() | rebuilt.keys())
    newest: dict[str, int] = {}
    for what, about, value in facts:
        if what in {"last_seq", "minted_seq"}:
            newest[about] = max(int(value), newest.get(about, 0))
    for fact in facts:
        if index.get(fact, 0) == rebuilt.get(fact, 0):
            continue
        what, about, value = fact
        more = index.get(fact, 0) > rebuilt.get(fact, 0)
        message = (
            N_("The index says of {about}: {what} {value}; the log does not.")
            if more
            else N_("The log says of {about}: {what} {value}; the index does not.")
        )
        seq = int(about) if what in comparing.BY_ENTRY else newest.get(about, comparing.ANYWHERE.get(what))
        yield Fault("index-differs", message, {"about": about, "what": what, "value": value}, seq)
