"""What became of the labels of a run: applied, spoiled, lost, printed again; and how that adds up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Conflict
from app.services.printing.asked import checked_reason
from app.services.printing.runs import found_pieces, run_of
from app.store import printing as rows
from app.store.tables import PrintPiece, PrintRun

# what a label can become -> what it may have been before
BEFORE = {
    "spoiled": frozenset({"printed", "applied"}),
    "lost": frozenset({"printed"}),
    "applied": frozenset({"printed", "lost"}),
}


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Labels of a run by what became of them; all but `asked` add up to it. `dropped` were never printed, since the run
    was stopped; `printed` are out, and nothing more is known of them."""

    asked: int
    waiting: int
    printed: int
    applied: int
    spoiled: int
    reprinted: int
    lost: int
    dropped: int


def reconciliation(session: Session, run: PrintRun) -> Reconciliation:
    counts = rows.counts(session, run.id or 0)
    found = {
        name: counts.get(name, 0)
        for name in ("waiting", "printed", "applied", "spoiled", "reprinted", "lost")
    }
    missing = run.quantity - sum(found.values())
    stopped = run.state == "stopped"
    if not stopped:  # labels of a long run get their rows step by step
        found["waiting"] += missing
    return Reconciliation(asked=run.quantity, dropped=missing if stopped else 0, **found)


def spoil(
    session: Session, actor: Actor, run_id: int, positions: Sequence[int], reason: str, now: datetime
) -> list[PrintPiece]:
    """These labels came out, but not so that they can be used. Raises Malformed without a reason."""
    return _become(session, actor, run_id, positions, "spoiled", checked_reason(reason), now)


def lose(
    session: Session, actor: Actor, run_id: int, positions: Sequence[int], reason: str, now: datetime
) -> list[PrintPiece]:
    """These labels cannot be found."""
    return _become(session, actor, run_id, positions, "lost", checked_reason(reason), now)


def apply(
    session: Session, actor: Actor, run_id: int, positions: Sequence[int], now: datetime
) -> list[PrintPiece]:
    """These labels are on their things. What is scanned becomes so by itself."""
    return _become(session, actor, run_id, positions, "applied", "", now)


def _become(
    session: Session,
    actor: Actor,
    run_id: int,
    positions: Sequence[int],
    state: str,
    reason: str,
    now: datetime,
) -> list[PrintPiece]:
    """Saying the same twice changes nothing the second time. Raises Conflict for what cannot be."""
    run = run_of(session, actor, run_id, lock=True)
    found = found_pieces(session, run, positions)
    for piece in found:
        if piece.state == state:
            continue
        if piece.state not in BEFORE[state]:
            raise Conflict(
                "label-is-otherwise",
                N_("Label {position} of run {run} is {state}; it cannot become {wanted}."),
                N_("Look at the list of labels; somebody else may have said something of it."),
                run=run.id,
                position=piece.position,
                state=piece.state,
                wanted=state,
            )
        piece.state, piece.reason, piece.operator, piece.changed = state, reason, actor.name, now
        session.add(piece)
    session.flush()
    return found
