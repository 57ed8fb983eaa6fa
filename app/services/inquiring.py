"""A report over all companies: our own trace, then the partners asked, what they told kept, all of it joined.

Opens short transactions of its own through what it is handed; none is open while another node is asked.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import disclosed, identifiers
from app.domain.disclosed import NOWHERE, Disclosed
from app.domain.identifiers import Identifier, Key
from app.domain.people import Actor
from app.domain.provenance import Node, Party, Provenance
from app.domain.trust import Signed
from app.errors import TraceError, Unknown
from app.services import asking, tracing
from app.services.asking import Answer
from app.services.calling import Line
from app.services.capturing import unknown_identifier
from app.services.tracing.joined import joined
from app.store import adopted, items
from app.store import disclosure as rows
from app.store.tables import KeptDisclosure

Opening = Callable[[], AbstractContextManager[Session]]
MOST_KEPT = 4_000_000  # characters of one statement; a longer one is asked for again
MOST_WORDS = 500  # things about which words are kept, of one report
LONGEST_WORDS = 20_000


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
    Partners tell the company of the node's zone; people of another company on this node learn nothing in its name.
    """
    if line is not None and line.zone != actor.prefix:
        line = None
    with reading() as session:
        start = _start(session, actor, name, now, alone=line is None)
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
    return joined(_known(start, walked.told), walked.told, walked.sources)


def _known(start: _Start, told: Iterable[Disclosed]) -> Provenance:
    """Our own report, or of a thing that never was here what its maker says it is. Unknown when nobody knows it."""
    own = start.own
    if own.subject.level:
        return own
    found = [node for part in told for node in part.nodes if node.epc == own.subject.epc]
    if not found:
        raise unknown_identifier(own.subject.epc)
    subject = replace(found[0], id=own.subject.id, depth=0)
    return replace(own, subject=subject, nodes=(subject,))


def _start(
    session: Session, actor: Actor, name: str | Identifier | Key, now: datetime, *, alone: bool
) -> _Start:
    ours = frozenset(row.prefix for row in adopted.local_companies(session))
    try:
        own = tracing.trace(session, actor, name, now=now)
    except Unknown:
        named = identifiers.parse(name) if isinstance(name, str) else name
        if alone or not isinstance(named, Identifier) or named.prefix in ours or items.find(session, named):
            raise
        owner = Party(named.prefix, named.prefix, named.prefix)
        subject = Node(1, 0, epc=named.epc, owner=owner)
        own = Provenance(subject, (subject,), (), (), (), (), (), NOWHERE, now)
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
    """The statements as they came, with their signatures and the checkpoints in them; and by whose words one may go on
    asking about a thing by itself."""
    words: dict[str, list[Mapping[str, Any]]] = {}
    for answer in answers:
        for word in answer.found.introductions:
            things = Signed.from_wire(dict(word)).peek().get("things")
            for epc in things[:MOST_WORDS] if isinstance(things, list) else ():
                if isinstance(epc, str) and (epc in words or len(words) < MOST_WORDS):
                    words.setdefault(epc, []).append(word)
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
    short = {epc: orjson.dumps(each[:8]).decode() for epc, each in words.items()}
    # What came with the goods themselves stays: it opens more doors than what partners further away have told.
    known = rows.introductions(session, actor.organisation_id, short)
    kept = {
        epc: text
        for epc, text in short.items()
        if epc not in known and len(text) <= LONGEST_WORDS and len(epc) <= 300
    }
    rows.keep_introductions(session, actor.organisation_id, kept, now)


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
