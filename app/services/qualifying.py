"""How complete a company's own events are: the score of each kind, and which events lack what."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlmodel import Session

from app.domain import epcis, quality
from app.domain.people import Actor
from app.domain.quality import Incomplete, Score, Tally
from app.domain.steps import OBSERVE
from app.services import itemising
from app.services.itemising import Told
from app.store import items, keyed, own_events

STEPS = (*quality.REQUIRED, OBSERVE, "")
MOST = 2_000  # events that a page judges; a job judges all


def judged(rows: Iterable[Told], tally: Tally) -> Iterator[tuple[datetime, Incomplete]]:
    """Adds events to the tally; yields what is incomplete, with when it happened."""
    for told in rows:
        kind = quality.kind_of(told.event, told.entry.step)
        if kind and (gap := tally.add(told.entry.seq, told.event, kind, told.context)):
            yield told.entry.event_time, gap


def scores(
    session: Session, actor: Actor, since: datetime, until: datetime, most: int = MOST
) -> tuple[tuple[Score, ...], bool]:
    """The scores of the period, and whether they are of its newest `most` events alone."""
    actor.require("trace")
    wrong = itemising.withdrawn(session, actor, since, until)
    first = own_events.behind_newest(session, actor.organisation_id, STEPS, since, until, most)
    tally, after = Tally(), first
    while True:
        found = itemising.block(session, actor, STEPS, since, until, after, wrong)
        for _ in judged(found.rows, tally):
            pass
        if found.after is None:
            return tally.scores(), first is not None
        after = found.after


def of_things(session: Session, actor: Actor, epcs: Iterable[str], most: int = MOST) -> tuple[Score, ...]:
    """The scores of the company's newest events that tell of these things."""
    actor.require("trace")
    ids = [int(thing.id or 0) for thing in items.of_epcs(session, epcs).values()]
    entries = own_events.about(session, actor.organisation_id, ids, most)
    declared = (epcis.parse(row.body).error_declaration for row in entries)
    wrong = frozenset(declaration.of for declaration in declared if declaration)
    tally = Tally()
    for chunk in keyed.chunks(entries):
        for _ in judged(itemising.tell(session, actor, chunk, wrong)[0], tally):
            pass
    return tally.scores()
