"""How complete a company's own events are: the score of each kind, and which events lack what."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session

from app.domain import quality
from app.domain.people import Actor
from app.domain.quality import Incomplete, Score, Tally
from app.domain.steps import OBSERVE
from app.services import itemising
from app.services.itemising import Block

STEPS = (*quality.REQUIRED, OBSERVE, "")
MOST = 5_000  # events that a page judges; a job judges all


def judged(block: Block, tally: Tally) -> Iterator[tuple[datetime, Incomplete]]:
    """Adds the events of a block to the tally; yields what is incomplete, with when it happened."""
    for told in block.rows:
        kind = quality.kind_of(told.event, told.entry.step)
        if kind and (gap := tally.add(told.entry.seq, told.event, kind, told.context)):
            yield told.entry.event_time, gap


def scores(
    session: Session, actor: Actor, since: datetime, until: datetime, most: int = MOST
) -> tuple[tuple[Score, ...], bool]:
    """The scores of the period, and whether they are of its first `most` events alone."""
    actor.require("trace")
    wrong = itemising.withdrawn(session, actor, since, until)
    tally, after, seen = Tally(), -1, 0
    while True:
        found = itemising.block(session, actor, STEPS, since, until, after, wrong)
        for _ in judged(found, tally):
            pass
        seen += len(found.rows)
        if found.after is None or seen >= most:
            return tally.scores(), found.after is not None
        after = found.after
