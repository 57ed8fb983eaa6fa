"""Single events that wait at the same moment share one transaction of this process, and are answered after its commit.

Most of what one durable event costs is its transaction. Whoever comes first goes and stands in line for the database,
as every writer does, and takes along all who have come meanwhile, and those who come while these are written; the next
goes when all are durable. So nobody waits for company, and where the disk is slow or many come, the transactions grow
instead of the line: syncs of one process would only wait for each other. Each event is judged on its own: what is wrong
with one is nothing to the others.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from app.domain.people import Actor
from app.errors import Unavailable
from app.services.capturing_events import Outcome, capture_each
from app.services.preparing import Prepared
from app.store import database
from app.web import edge

UNFORESEEN = (
    ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, database.Failed
)  # fmt: skip
MOST = 200  # events of one transaction: what others wait for at the most


@dataclass(slots=True, eq=False)
class _Ticket:
    """One who waits: for an outcome, for an error, or to be told to go and stand in line, as the one who `leads` or
    `alone`, for nobody else."""

    actor: Actor
    prepared: Prepared
    called: threading.Event = field(default_factory=threading.Event)
    outcome: Outcome | None = None
    error: BaseException | None = None
    alone: bool = False
    leads: bool = False


class Group:
    """The events that wait in this process for one database."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self.engine, self.now = engine, now
        self.guard = threading.Lock()
        self.waiting: list[_Ticket] = []
        self.led = False  # somebody stands in line for those who wait

    def capture(self, actor: Actor, prepared: Prepared) -> Outcome:
        """Comes back when the event is durable, or refused; raises what the whole transaction failed of."""
        ticket = _Ticket(actor, prepared)
        with self.guard:
            self.waiting.append(ticket)
            ticket.leads, self.led = not self.led, True
        if not ticket.leads:
            ticket.called.wait()
        while ticket.outcome is None and ticket.error is None:
            self._lead(ticket)
        if ticket.error is not None:
            raise ticket.error
        return _told(ticket)

    def _lead(self, own: _Ticket) -> None:
        """Stands in line and takes along who waits by then. Where the transaction fails of more than the database being
        away, each of them tries again alone: an event that nobody foresaw must not take others with it."""
        taken: list[_Ticket] = []
        try:
            with database.writing(self.engine) as session:
                database.lock_log(session)
                outcomes: list[Outcome] = []
                while more := self._next(own, len(taken)):
                    taken += more
                    asked = [(each.actor, each.prepared) for each in more]
                    outcomes += capture_each(session, asked, self.now())
            for ticket, outcome in zip(taken, outcomes, strict=True):
                ticket.outcome = outcome
        except Unavailable as error:
            taken = taken or ([own] if own.alone else self._take())
            for ticket in taken:
                ticket.error = error
        except UNFORESEEN as error:
            taken = taken or ([own] if own.alone else self._take())
            for ticket in taken:
                ticket.alone = len(taken) > 1
                ticket.error = None if ticket.alone else error
        finally:
            if own.leads:
                own.leads = False
                self._pass_on()
            for ticket in taken:
                ticket.called.set()

    def _next(self, own: _Ticket, taken: int) -> list[_Ticket]:
        """Who goes along with so many as are taken already."""
        if own.alone:
            return [] if taken else [own]
        return self._take(MOST - taken)

    def _take(self, most: int = MOST) -> list[_Ticket]:
        """All who wait, up to so many."""
        with self.guard:
            taken, self.waiting = self.waiting[:most], self.waiting[most:]
        return taken

    def _pass_on(self) -> None:
        """The next of those who wait, or the next to come, stands in line from now on."""
        with self.guard:
            self.led = bool(self.waiting)
            if self.waiting:
                self.waiting[0].leads = True
                self.waiting[0].called.set()


def _told(ticket: _Ticket) -> Outcome:
    if ticket.outcome is None:
        raise RuntimeError("an event was taken along and nothing became of it")
    return ticket.outcome


_groups: WeakKeyDictionary[Engine, Group] = WeakKeyDictionary()
_guard = threading.Lock()


def captured(prepared: Prepared) -> Outcome:
    """One event of whoever asks in this request, durable when this returns."""
    node, actor = edge.node(), edge.actor()
    actor.require("scan")
    with _guard:
        group = _groups.get(node.engine)
        if group is None:
            group = _groups[node.engine] = Group(node.engine, node.now)
    return group.capture(actor, prepared)
