"""What resolving through the network comes to: the answer, the way to it hop by hop, and what it is worth."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from app.domain import zones
from app.domain.chains import VERIFIED
from app.domain.delegations import Delegation
from app.domain.resolution import MISSING, RECORD, SUSPENDED
from app.domain.trust import PublicKey, Signed
from app.errors import N_, PeerFailed, Refused

FAILED = "failed"  # nobody who may answer did


@dataclass(frozen=True, slots=True)
class Server:
    """A zone as the walker knows it. `chain` are the delegations from the root's down to its own; `until` (seconds
    since 1970) is how long the referral to it counts; after that it is of use only while its parent is silent."""

    zone: str
    urls: tuple[str, ...]
    delegation: Delegation | None = None
    root_keys: tuple[PublicKey, ...] = ()
    chain: tuple[Signed, ...] = ()
    until: float = 0.0

    @property
    def signs(self) -> bool:
        """Whether its answers have to be signed, though perhaps no key of it counts any more."""
        return self.delegation is None or bool(self.delegation.keys)

    def keys_at(self, now: datetime) -> tuple[PublicKey, ...]:
        return self.delegation.keys_at(now) if self.delegation else self.root_keys


@dataclass(frozen=True, slots=True)
class Hop:
    """One question to one address, or what was remembered of one (`cached`). `seconds` is what it took when it was
    asked; `outcome` is one of resolution.OUTCOMES, or FAILED with the code of the failure in `reason`."""

    zone: str
    url: str
    address: str
    seconds: float
    outcome: str
    state: str = VERIFIED
    reason: str = ""
    cached: bool = False
    stale: bool = False

    @property
    def told(self) -> dict[str, Any]:
        return {
            "zone": self.zone,
            "url": self.url,
            "address": self.address,
            "seconds": round(self.seconds, 6),
            "outcome": self.outcome,
            "state": self.state,
            "reason": self.reason,
            "cached": self.cached,
            "stale": self.stale,
        }


@dataclass(slots=True)
class Resolution:
    """`outcome` is RECORD (with `array`), MISSING, SUSPENDED or FAILED (with `reason`); `state` one of chains.STATES,
    `zone` where the walk ended, `statement` the signed answer. In seconds since 1970: `until`, how long it may be told
    without asking anybody; `own_until`, how long its own values may be kept, as long as the zone is seen to be in
    service; `stale_until`, how long it may be told while nobody answers; `refresh_at`, when one that is asked for is
    worth asking for again. The last `own_hops` of the hops led to the answer itself, those before to nobody when it was
    told once more. Kept ones are replaced, never changed but for `until` and `refresh_at`."""

    handle: str
    outcome: str
    zone: str = zones.ROOT
    array: bytes | None = None
    state: str = VERIFIED
    reason: str = ""
    scope: str = "handle"
    hops: tuple[Hop, ...] = ()
    chain: tuple[Signed, ...] = ()
    statement: Signed | None = None
    since: float = 0.0
    until: float = 0.0
    own_until: float = 0.0
    stale_until: float = 0.0
    refresh_at: float = field(default=float("inf"))
    stale: bool = False
    cached: bool = False
    seconds: float = 0.0
    own_hops: int = 0

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        signed = len(self.statement.payload) if self.statement else 0
        return len(self.array or b"") + signed + 400 * len(self.hops) + 600

    def again(self, *, stale: bool = False) -> "Resolution":
        """As it is told from memory."""
        hops = tuple(replace(hop, cached=True, stale=hop.stale or stale) for hop in self.hops)
        return replace(self, hops=hops, cached=True, stale=self.stale or stale, seconds=0.0)

    @property
    def told(self) -> dict[str, Any]:
        """As JSON of the explain view; everything in it that others said is data, not text to be trusted."""
        return {
            "handle": self.handle,
            "outcome": self.outcome,
            "state": self.state,
            "reason": self.reason,
            "zone": self.zone,
            "stale": self.stale,
            "cached": self.cached,
            "seconds": round(self.seconds, 6),
            "values": orjson.loads(self.array) if self.array is not None else None,
            "hops": [hop.told for hop in self.hops],
            "chain": [signed.wire for signed in self.chain],
            "answer": self.statement.wire if self.statement else None,
        }


class NoAnswer(PeerFailed):
    """Nobody who may answer for a zone did; `way` says who was asked."""

    way: Resolution


class TooManyLookUps(Refused):
    http_status = 429


def no_answer(way: Resolution) -> NoAnswer:
    error = NoAnswer(
        "no-answer",
        N_("The nodes of the zone “{zone}” did not answer as they should ({reason})."),
        N_("Try again in a moment; the explanation of the handle shows who was asked."),
        zone=way.zone,
        reason=way.reason,
    )
    error.way = way
    return error


def too_many_look_ups() -> TooManyLookUps:
    return TooManyLookUps(
        "too-many-look-ups",
        N_("Too many names were asked for in a short time that had to be looked up at other nodes."),
        N_("Wait a moment, then go on more slowly."),
    )


def final(outcome: str) -> bool:
    """Whether the outcome is the network's word on a name."""
    return outcome in {RECORD, MISSING, SUSPENDED}
