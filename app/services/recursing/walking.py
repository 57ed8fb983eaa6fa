"""The walk from the root's hints down the referrals to whoever answers for a handle. No answers are remembered here,
only who answers for which zone."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from app.domain import chains, resolution, zones
from app.domain.chains import EXPIRED
from app.domain.delegations import Delegation
from app.domain.trust import Signed
from app.errors import Malformed, Refused
from app.services.recursing.asking import Asker, Found, NobodyAnswers
from app.services.recursing.hints import Hints
from app.services.recursing.memory import Bounded
from app.services.recursing.results import FAILED, Hop, Resolution, Server

SECONDS = 5.0  # for a whole walk
MOST_HOPS = zones.MOST_LABELS + 2
STALE_SECONDS = 172_800.0  # for which what was verified once is told while nobody answers: two days
SERVER_BYTES = 3_000  # of memory, about


@dataclass(slots=True)
class _Walk:
    """One walk under way. `insist`: what is remembered counts for nothing, nor that somebody had better be left
    alone."""

    handle: str
    asked: str
    end: float
    insist: bool
    hops: list[Hop] = field(default_factory=list)
    failed: dict[str, NobodyAnswers] = field(default_factory=dict)  # zones that nobody answered for
    serials: dict[str, int] = field(default_factory=dict)  # of the statements by which those were asked
    stale: bool = False


class Walker:
    """For all threads of a process. `servers` are the zones known, by zone."""

    def __init__(self, asker: Asker, hints: Hints, now: Callable[[], datetime], most_bytes: int) -> None:
        self._asker, self._now = asker, now
        self._root = Server(zones.ROOT, hints.urls, root_keys=hints.keys)
        self.servers: Bounded[Server] = Bounded(most_bytes)

    def walk(self, handle: str, *, insist: bool = False) -> Resolution:
        """What the network says of a handle. Never raises: where nobody answers, the outcome is FAILED."""
        began = time.monotonic()
        walk = _Walk(handle, zones.asked_for(handle), began + SECONDS, insist)
        server = self._start(walk)
        found: Found | None = None
        try:
            while found is None:
                found, server = self._step(walk, server)
        except NobodyAnswers as error:
            way = self._failed(walk, server, error)
        else:
            way = self._told(walk, server, found)
        way.seconds = time.monotonic() - began
        return way

    def remembered(self, zone: str, ahead: float = 0.0) -> Delegation | None:
        """The statement on a zone, where it may be told without asking anybody for so many seconds more."""
        known = self.servers.get(zone)
        return known.delegation if known and known.until > self._now().timestamp() + ahead else None

    def known_until(self, zone: str) -> float:
        """How long it is known who answers for a zone, in seconds since 1970; 0 where it is not."""
        known = self.servers.get(zone)
        return known.until if known else 0.0

    def delegation(self, zone: str, *, insist: bool = False, ahead: float = 0.0) -> Delegation | None:
        """The newest statement on exactly this zone, whatever its state; None where its parent knows none. Raises
        NobodyAnswers."""
        if not insist and (kept := self.remembered(zone, ahead)) is not None:
            return kept
        known = self.servers.get(zone)
        handle = f"{resolution.NAMING}/{zone}"
        walk = _Walk(handle, zone, time.monotonic() + SECONDS, insist)
        server, found = self._start(walk), None
        try:
            while found is None:
                found, server = self._step(walk, server)
        except NobodyAnswers:
            if known and known.delegation and self._is_of_use(known):
                return known.delegation
            raise
        if found.delegation is None or found.delegation.zone != zone:
            return None
        self._keep(server, found.delegation, found.signed, found.answer.ttl)
        return found.delegation

    # --- on the way ---

    def _start(self, walk: _Walk) -> Server:
        """The closest zone known that still counts. A prefix is its parent's to tell of, so its own zone does not."""
        if walk.insist:
            return self._root
        moment = self._now().timestamp()
        for zone in self._above(walk):
            server = self.servers.get(zone)
            if server is not None and server.until > moment and zone not in walk.failed:
                return server
        return self._root

    def _above(self, walk: _Walk) -> tuple[str, ...]:
        lineage = zones.lineage(walk.asked[: zones.LONGEST])
        return lineage[1:-1] if resolution.names_prefix(walk.handle) else lineage[:-1]

    def _step(self, walk: _Walk, server: Server) -> tuple[Found | None, Server]:
        """An answer, or where to go on."""
        left = walk.end - time.monotonic()
        if left <= 0 or len(walk.hops) > MOST_HOPS * 8:
            raise NobodyAnswers(server.zone, (), "out-of-time")
        try:
            found, tried = self._asker.ask(server, walk.handle, left, insist=walk.insist)
        except NobodyAnswers as error:
            walk.hops += error.tried
            return None, self._instead(walk, server, error)
        walk.hops += [*tried, found.hop]
        if found.answer.outcome != resolution.REFERRAL or found.delegation is None:
            return found, server
        below = self._keep(server, found.delegation, found.signed, found.answer.ttl)
        if walk.serials.get(below.zone) == found.delegation.serial:
            # the parent knows no better address or key of it either
            return None, self._instead(walk, below, walk.failed[below.zone])
        return None, below

    def _instead(self, walk: _Walk, server: Server, error: NobodyAnswers) -> Server:
        """Where to go on when nobody of a zone answers: where the walk began there, to those above it, since its keys
        or addresses may be new; else, further down, to a zone that was verified before."""
        began_here = server.delegation is not None and not walk.failed and not walk.insist
        if began_here and not any(hop.outcome == resolution.REFERRAL for hop in walk.hops):
            walk.failed[server.zone] = error
            walk.serials[server.zone] = server.delegation.serial if server.delegation else 0
            return self._start(walk)
        walk.failed[server.zone] = error
        for zone in self._above(walk):
            known = self.servers.get(zone)
            closer = known is not None and zones.depth(zone) > zones.depth(server.zone)
            if known is not None and closer and zone not in walk.failed and self._is_of_use(known):
                walk.stale = True
                walk.hops.append(Hop(zone, "", "", 0.0, resolution.REFERRAL, cached=True, stale=True))
                return known
        raise next(iter(walk.failed.values()))

    def _is_of_use(self, server: Server) -> bool:
        """While its parent cannot be asked: for a time, and never longer than the parent has signed."""
        now = self._now()
        return now.timestamp() < server.until + STALE_SECONDS and (
            server.delegation is None or now <= server.delegation.not_after + chains.SKEW
        )

    def _keep(self, above: Server, delegation: Delegation, signed: Signed | None, ttl: int) -> Server:
        chain = (*above.chain, signed) if signed else above.chain
        until = self._now().timestamp() + min(ttl, resolution.REFERRAL_TTL)
        server = Server(delegation.zone, delegation.urls, delegation, chain=chain, until=until)
        try:
            chains.check_in_force(delegation, self._now())
        except Refused:
            self.servers.drop(delegation.zone)
        else:
            self.servers.put(delegation.zone, server, SERVER_BYTES + sum(len(each.payload) for each in chain))
        return server

    # --- at its end ---

    def _told(self, walk: _Walk, server: Server, found: Found) -> Resolution:
        answer = found.answer
        state = found.state
        self._drop_below(walk, server)
        if walk.stale and server.delegation and self._now() > server.delegation.not_after + chains.SKEW:
            state = EXPIRED
        moment = self._now().timestamp()
        return Resolution(
            walk.handle,
            answer.outcome,
            server.zone,
            answer.array,
            state,
            scope=answer.scope,
            hops=tuple(walk.hops),
            chain=server.chain,
            statement=found.statement,
            until=moment + answer.ttl,
            stale=walk.stale,
        )

    def _drop_below(self, walk: _Walk, server: Server) -> None:
        """Whoever answered handed none of the zones closer to the handle on: what is known of them is over."""
        for zone in self._above(walk):
            if zones.depth(zone) > zones.depth(server.zone):
                self.servers.drop(zone)

    def _failed(self, walk: _Walk, server: Server, error: NobodyAnswers) -> Resolution:
        if not error.tried:
            walk.hops.append(Hop(error.zone, "", "", 0.0, FAILED, error.state, error.code))
        return Resolution(
            walk.handle,
            FAILED,
            error.zone,
            state=error.state,
            reason=error.code,
            hops=tuple(walk.hops),
            chain=server.chain,
        )


def is_prefix(text: str) -> bool:
    """Whether a zone of our root might cover it."""
    try:
        return bool(zones.zone(text))
    except Malformed:
        return False
