"""Asking partners' nodes where a thing came from and where it went: wave after wave, all of a wave at the same time.

Starts from our own report; each answer may name things of others, who are asked next, with the words by which they may
tell us. A chain that comes back to us is looked up here. Knows the network and no database; ends within its budget.
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.domain import checkpoints, disclosed
from app.domain.chains import worth_of
from app.domain.disclosed import DEFLATE, NOWHERE, Disclosed
from app.domain.provenance import Link, Node, Party, Provenance, Record, Source
from app.domain.trust import PublicKey, Signed
from app.errors import PeerFailed, TraceError, Unknown
from app.services.calling import Line, Reply, gather
from app.services.disclosing import fitting

ASKING, ANSWER, PATH = "ask-provenance", "disclosure", "provenance"
BUDGET = 4.0  # seconds for everybody together
ONE_CALL = 2.5
MOST_WAVES = 12
MOST_ZONES = 64
MOST_NAMES = 4_000  # in one question
MOST_INTRODUCTIONS = 200  # sent along with one
MOST_WORDS = 2_000_000  # bytes of these: a question may have 4,000,000 in all, in base64
MOST_COME_BACK = 20
MOST_ABOUT_ONE = 16

__all__ = ["ANSWER", "ASKING", "PATH", "Answer", "Walked", "digest_of", "reading", "walk"]
Names = tuple[tuple[str, ...], tuple[str, ...]]  # up, down


@dataclass(frozen=True, slots=True)
class Answer:
    """What a partner told, as it came and as it was read; `about` is the digest of what it was asked."""

    zone: str
    about: str
    said: datetime
    statement: Signed
    trust: str
    found: Disclosed


@dataclass(frozen=True, slots=True)
class Walked:
    answers: tuple[Answer, ...]
    told: tuple[Disclosed, ...]
    sources: tuple[Source, ...]


@dataclass
class _Web:
    """What is known so far, by epc: no more than it takes to know whom to ask next."""

    nodes: dict[str, Node] = field(default_factory=dict)
    above: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    below: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    involved: dict[str, dict[str, Party]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, nodes: Iterable[Node], links: Iterable[Link], records: Iterable[Record]) -> None:
        names = {node.id: node.epc for node in nodes if not node.hidden}
        for node in nodes:
            if not node.hidden:
                self.nodes.setdefault(node.epc, node)
                if node.owner:
                    self.involved[node.epc][node.owner.prefix] = node.owner
        for link in links:
            if not link.corrected and link.source in names and link.target in names:
                self.above[names[link.target]].add(names[link.source])
                self.below[names[link.source]].add(names[link.target])
        for record in records:
            for party in _parties(record):
                for key in record.node_ids:
                    if key in names:
                        self.involved[names[key]].setdefault(party.prefix, party)

    def reached(self, start: str, ways: Mapping[str, set[str]]) -> set[str]:
        found, queue = {start}, [start]
        while queue:
            fresh = ways.get(queue.pop(), set()) - found
            found |= fresh
            queue += fresh
        return found


@dataclass
class _Walk:
    line: Line
    start: Provenance
    local: Callable[[Collection[str]], Iterable[Disclosed]]
    kept: Callable[[str, str], Answer | None]
    ours: frozenset[str]
    until: float
    web: _Web = field(default_factory=_Web)
    introductions: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(dict))
    told: list[Disclosed] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    asked: set[tuple[str, str, bool]] = field(default_factory=set)
    looked_up: set[str] = field(default_factory=set)
    parties: dict[str, Party] = field(default_factory=dict)


def walk(
    line: Line,
    start: Provenance,
    *,
    introductions: Mapping[str, Iterable[Mapping[str, Any]]],
    ours: Collection[str],
    local: Callable[[Collection[str]], Iterable[Disclosed]],
    kept: Callable[[str, str], Answer | None],
    seconds: float = BUDGET,
) -> Walked:
    """All that partners tell within `seconds`. `ours` are the companies of this node; `local` looks their things up
    here, `kept` finds what a zone told before on the same question (zone, digest). Raises nothing for what goes wrong
    on the way: that is what the sources say."""
    state = _Walk(line, start, local, kept, frozenset(ours), time.monotonic() + seconds)
    for epc, wires in introductions.items():
        for wire in wires:
            state.introductions[epc][str(wire.get("signature"))] = wire
    state.web.add(start.nodes, start.links, start.records)
    for _ in range(MOST_WAVES):
        _come_back(state)
        questions = _questions(state)
        if not questions:
            break
        _ask(state, questions)
    return Walked(tuple(state.answers), tuple(state.told), tuple(state.sources.values()))


def _come_back(state: _Walk) -> None:
    """Things of ours that a partner told of, and that our own report did not lead to."""
    own = {node.epc for node in state.start.nodes} | state.looked_up
    missing = [
        node.epc
        for node in state.web.nodes.values()
        if node.owner and node.owner.prefix in state.ours and node.epc not in own and node.level != "process"
    ][:MOST_COME_BACK]
    if missing:
        state.looked_up.update(missing)
        for found in state.local(missing):
            state.told.append(found)
            state.web.add(found.nodes, found.links, found.records)


def _questions(state: _Walk) -> dict[str, Names]:
    """Whom to ask about what: its owner, who handed it over, who was to get it."""
    web, subject = state.web, state.start.subject.epc
    up, down = web.reached(subject, web.above), web.reached(subject, web.below)
    asked: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for epc in sorted(up | down):
        for prefix, party in web.involved[epc].items() if _asked_about(web.nodes[epc]) else ():
            if prefix not in state.ours:
                state.parties.setdefault(prefix, party)
                _put(state, asked, prefix, epc, is_up=epc in up, is_down=epc in down)
    return {
        zone: (tuple(ups[:MOST_NAMES]), tuple(downs[:MOST_NAMES])) for zone, (ups, downs) in asked.items()
    }


def _parties(record: Record) -> list[Party]:
    return [record.party, *([record.to] if record.to else [])]


def _asked_about(node: Node) -> bool:
    return node.level not in {"process", "location", "product"}


def _put(
    state: _Walk,
    asked: dict[str, tuple[list[str], list[str]]],
    zone: str,
    epc: str,
    *,
    is_up: bool,
    is_down: bool,
) -> None:
    known = state.sources.get(zone)
    if known is not None and known.state in {"silent", "refused", "kept"}:
        return
    if zone not in state.sources and zone not in asked and len(state.sources) + len(asked) >= MOST_ZONES:
        return
    for wanted, way in ((is_up, 0), (is_down, 1)):
        key = (zone, epc, bool(way))
        if wanted and key not in state.asked:
            state.asked.add(key)
            asked[zone][way].append(epc)


def _ask(state: _Walk, questions: Mapping[str, Names]) -> None:
    left = state.until - time.monotonic()
    if left <= 0.1:
        for zone, names in questions.items():
            _note(state, zone, names, state="late")
        return

    def task(zone: str, names: Names) -> Callable[[float], tuple[Reply, tuple[PublicKey, ...]]]:
        body = {
            "why": "trace",
            "up": names[0],
            "down": names[1],
            "introductions": _words(state, names),
            "packs": [DEFLATE],
        }
        return lambda seconds: (
            state.line.call(zone, PATH, ASKING, body, reply=ANSWER, seconds=seconds),
            state.line.delegation(zone).keys_at(state.line.now()),
        )

    tasks = {zone: task(zone, names) for zone, names in questions.items()}
    for zone, result in gather(tasks, min(left, ONE_CALL)).items():
        if isinstance(result, TraceError):
            _failed(state, zone, questions[zone], result)
        else:
            _answered(state, questions[zone], *result)


def _answered(state: _Walk, names: Names, reply: Reply, keys: tuple[PublicKey, ...]) -> None:
    try:
        found = reading(reply.body, reply.zone, keys)
    except TraceError as error:
        _failed(state, reply.zone, names, error)
        return
    state.parties[reply.zone] = reply.party
    about = digest_of(names)
    answer = Answer(reply.zone, about, reply.said, reply.statement, reply.trust, found)
    _take(state, answer, names, "told" if found.nodes else "nothing", reply.seconds)


def reading(body: Mapping[str, Any], zone: str, keys: Iterable[PublicKey]) -> Disclosed:
    """What a verified statement tells; a checkpoint in it counts when the same keys signed that too."""
    found = disclosed.read(body, zone)
    return replace(found, log=found.log if _signed(found.log.checkpoint, keys) else NOWHERE)


def _take(state: _Walk, answer: Answer, names: Names, what: str, seconds: float, *, code: str = "") -> None:
    """`code` is why it did not answer now, where what it told before is taken."""
    state.told.append(answer.found)
    state.answers.append(answer)
    state.web.add(answer.found.nodes, answer.found.links, answer.found.records)
    for way in (bool(number) for number, asked in enumerate(names) if asked):
        # it was walked to the end there; nothing more would come of asking again, but for where it was cut off
        ends = _ends(answer.found, down=way) if answer.found.truncated else frozenset[int]()
        state.asked.update((answer.zone, node.epc, way) for node in answer.found.nodes if node.id not in ends)
    for wire in answer.found.introductions:
        _take_introduction(state, wire)
    _note(state, answer.zone, names, state=what, answer=answer, code=code, seconds=seconds)


def _ends(found: Disclosed, *, down: bool) -> frozenset[int]:
    """The things at which what was told ends, in that direction. Where it ends at a process, of which nobody can be
    asked, those on this side of it."""
    ways = [(link.source, link.target) if down else (link.target, link.source) for link in found.links]
    ends = {node.id for node in found.nodes} - {near for near, _ in ways}
    processes = {node.id for node in found.nodes if node.level == "process"} & ends
    return frozenset(ends | {near for near, far in ways if far in processes})


def _failed(state: _Walk, zone: str, names: Names, error: TraceError) -> None:
    """Silent, or not to be believed: what it told before is shown, where that is kept."""
    silent = isinstance(error, PeerFailed | Unknown)
    kept = state.kept(zone, digest_of(names)) if silent else None
    if kept is not None:
        _take(state, kept, names, "kept", 0.0, code=error.code)
        return
    worth = "" if silent else worth_of(error)
    _note(state, zone, names, state="silent" if silent else "refused", code=error.code, worth=worth)


def _note(
    walk: _Walk,
    zone: str,
    names: Names,
    *,
    state: str,
    answer: Answer | None = None,
    code: str = "",
    worth: str = "",
    seconds: float = 0.0,
) -> None:
    """Adds to what is known of a source; one that told something once has told something."""
    before = walk.sources.get(zone) or Source(walk.parties.get(zone) or Party(zone, zone, zone), state)
    asked = len({*names[0], *names[1]})
    kept = before.state if state == "nothing" else state
    found = answer.found if answer else Disclosed(zone)
    walk.sources[zone] = replace(
        before,
        party=walk.parties.get(zone) or before.party,
        state=kept,
        trust=answer.trust if answer else worth or before.trust,
        code=code or before.code,
        asked=before.asked + asked,
        things=before.things + sum(1 for node in found.nodes if node.level != "process"),
        events=before.events + len(found.records),
        seconds=before.seconds + seconds,
        as_of=answer.said if answer else before.as_of,
        log=found.log if found.log.checkpoint else before.log,
    )


def digest_of(names: Names) -> str:
    """What was asked, whatever the order."""
    text = "\n".join([*sorted(names[0]), "", *sorted(names[1])])
    return hashlib.sha256(text.encode()).hexdigest()


def _take_introduction(state: _Walk, wire: Mapping[str, Any]) -> None:
    try:
        things = Signed.from_wire(dict(wire)).peek().get("things")
    except TraceError:
        return
    for name in things if isinstance(things, list) else ():
        if isinstance(name, str) and len(state.introductions[name]) < MOST_ABOUT_ONE:
            state.introductions[name][str(wire.get("signature"))] = wire


def _words(state: _Walk, names: Names) -> list[Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for epc in {*names[0], *names[1]}:
        found |= state.introductions.get(epc, {})
    return fitting.words(list(found.values())[:MOST_INTRODUCTIONS], MOST_WORDS)


def _signed(note: str, keys: Iterable[PublicKey]) -> bool:
    """Whether the node itself signed this checkpoint of its log."""
    origin = note.partition("\n")[0]
    for key in keys:
        try:
            checkpoints.verify(note, checkpoints.verifier_key(origin, key.raw))
        except TraceError:
            continue
        return True
    return False
