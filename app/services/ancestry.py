"""Nothing is made from itself: before an event adds to the genealogy, the circle it would close is looked for."""

from collections.abc import Iterable, Mapping

from sqlmodel import Session

from app.domain import epcis
from app.domain.custody import Notice
from app.domain.epcis import Event
from app.errors import N_, Refused
from app.store import items, walks
from app.store.tables import Thing

MESSAGE = N_("{item} would be made from itself: what went into it was made from it.")


def check_no_loop(
    session: Session, event: Event, things: Mapping[str, Thing], lenient: frozenset[str] = frozenset()
) -> list[Notice]:
    """Raises Refused where the event makes a thing from what was made from it, at any distance, whatever the times. Of
    things in `lenient` (canonical epcs) it becomes a notice. `things` holds what the event names, by the names it uses.

    One look at an index for nearly every event; a walk upstream only where an output is an input of something already.
    """
    epc = loop_of(session, event, things)
    if not epc:
        return []
    if things[epc].epc not in lenient:
        raise Refused("genealogy-loop", MESSAGE, N_("Put it into a new lot or item."), item=epc)
    return [Notice("genealogy-loop", MESSAGE, {"item": epc})]


def loop_of(session: Session, event: Event, things: Mapping[str, Thing]) -> str:
    """The name of an output that is an ancestor of what went into it, '' where there is none."""
    if event.error_declaration:
        return ""
    roles = ("input", "output") if event.type == "TransformationEvent" else ("child", "parent")
    if event.type not in {"TransformationEvent", "AssociationEvent"} or event.action == "DELETE":
        return ""
    below = _ids(event, things, roles[1])
    above = set(_ids(event, things, roles[0]).values())
    if event.type == "TransformationEvent" and (run := items.find(session, _run(event))) and run.id:
        below, above = below | {"": run.id}, above | {run.id}
    found = walks.ancestor_among(session, above, set(below.values()))
    if found is None:
        return ""
    named = next((name for name, key in below.items() if key == found), "")
    return named or next(iter(_ids(event, things, roles[0])), "")


def _run(event: Event) -> str:
    return event.transformation_id or event.event_id


def _ids(event: Event, things: Mapping[str, Thing], role: str) -> dict[str, int]:
    rows: Iterable[tuple[str, Thing]] = (
        (m.epc, things[m.epc]) for m in epcis.mentions(event) if m.role == role and m.epc in things
    )
    return {name: thing.id for name, thing in rows if thing.id}
