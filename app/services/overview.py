"""What the start page shows a person: what was recorded last, what is still to be set up."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain import epcis, identifiers
from app.domain.people import Actor
from app.services.cards import names_of
from app.store import overview

LINES = 8


@dataclass(frozen=True, slots=True)
class Recent:
    """One event of the organisation in a line: `identifier` is one of `count` things, `names` its place's."""

    seq: int
    step: str
    event_time: datetime
    person: str
    identifier: str
    count: int
    names: dict[str, str]


def recent(session: Session, actor: Actor) -> list[Recent]:
    entries = overview.newest_entries(session, actor.organisation_id, LINES)
    events = [epcis.parse(entry.body) for entry in entries]
    names = names_of(session, {event.read_point for event in events if event.read_point})
    lines = []
    for entry, event in zip(entries, events, strict=True):
        epcs = [mention.epc for mention in epcis.mentions(event)]
        lines.append(
            Recent(
                seq=entry.seq,
                step=entry.step,
                event_time=entry.event_time,
                person=str(event.extension("operator")),
                identifier=str(identifiers.from_epc(epcs[0])) if epcs else "",
                count=len(epcs),
                names=names.get(event.read_point, {}),
            )
        )
    return lines


def set_up(session: Session, actor: Actor) -> dict[str, bool]:
    """Step of setting up -> done."""
    return overview.what_is_there(session, actor.organisation_id)
