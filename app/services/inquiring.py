"""A report over all companies: our own trace, then the partners asked, what they told kept, all of it joined.

Opens short transactions of its own through what it is handed; none is open while another node is asked.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import disclosed
from app.domain.disclosed import Disclosed
from app.domain.identifiers import Identifier, Key
from app.domain.people import Actor
from app.domain.provenance import Provenance
from app.domain.trust import Signed
from app.errors import TraceError, Unknown
from app.services import asking, tracing
from app.services.asking import Answer
from app.services.calling import Line
from app.services.tracing.joined import joined
from app.store import adopted
from app.store import disclosure as rows
from app.store.tables import KeptDisclosure

Opening = Callable[[], AbstractContextManager[Session]]
MOST_KEPT = 4_000_000  # characters of one statement; a longer one is asked for again


@dataclass(frozen=True, slots=True)
class _Start:
    own: Provenance
    ours: frozenset[str]
    introductions: Mapping[str, list[Mapping[str, Any]]]


def report(
    actor: Actor,
    name: str | Identifier | Key,
    *,
    reading: Opening,
    writing: Opening,
    line: Line | None,
    now: datetime,
) -> Provenance:
    """All that `actor` may know of a thing, here and by what partners tell. Raises Malformed, and Unknown as `trace`.

    Without a line, or where no other company took part, it is our own report. At most asking.BUDGET seconds longer.
    """
    with reading() as session:
        start = _start(session, actor, name, now)
    if line is None:
        return start.own
    walked = asking.walk(
        line,
        start.own,
        introductions=start.introductions,
        ours=start.ours,
        local=lambda epcs: list(_own(actor, epcs, reading, now)),
        kept=lambda zone, about: _kept(actor, zone, about, reading),
    )
    fresh = [answer for answer in walked.answers if answer.said >= now]
    if fresh:
        with writing() as session:
            keep(session, actor, fresh, now)
    return joined(start.own, walked.told, walked.sources)


def _start(session: Session, actor: Actor, name: str | Identifier | Key, now: datetime) -> _Start:
    own = tracing.trace(session, actor, name, now=now)
    ours = frozenset(row.prefix for row in adopted.local_companies(session))
    epcs = [node.epc for node in own.nodes if node.owner and node.owner.prefix not in ours]
    stored = rows.introductions(session, actor.organisation_id, epcs)
    return _Start(own, ours, {epc: orjson.loads(wires) for epc, wires in stored.items()})


def _own(actor: Actor, epcs: Collection[str], reading: Opening, now: datetime) -> Iterable[Disclosed]:
    """What our own report says of things that a partner led back to."""
    for epc in epcs:
        try:
            with reading() as session:
                found = tracing.trace(session, actor, epc.removeprefix("hdl:"), now=now)
        except Unknown:
            continue
        visible = {node.id for node in found.nodes if not node.hidden}
        links = tuple(link for link in found.links if link.source in visible)
        yield Disclosed("", tuple(n for n in found.nodes if not n.hidden), links, found.records)


def keep(session: Session, actor: Actor, answers: Iterable[Answer], now: datetime) -> None:
    """The statements as they came, with their signatures and the checkpoints in them."""
    for answer in answers:
        statement = orjson.dumps(answer.statement.wire).decode()
        if answer.found.nodes and len(statement) <= MOST_KEPT:
            rows.keep(
                session,
                KeptDisclosure(
                    organisation_id=actor.organisation_id,
                    zone=answer.zone,
                    about=answer.about,
                    why="trace",
                    statement=statement,
                    state=answer.trust,
                    checkpoint=answer.found.log.checkpoint,
                    record_time=now,
                ),
            )


def _kept(actor: Actor, zone: str, about: str, reading: Opening) -> Answer | None:
    """Verified when it came, and kept where nobody else writes."""
    with reading() as session:
        found = rows.kept(session, actor.organisation_id, [(zone, about)])
    try:
        for row in found:
            signed = Signed.from_wire(orjson.loads(row.statement))
            read = disclosed.read(signed.peek(), zone)
            return Answer(zone, about, row.record_time, signed, row.state, read)
    except (TraceError, orjson.JSONDecodeError):
        return None
    return None
