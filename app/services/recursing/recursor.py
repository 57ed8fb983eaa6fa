"""The recursive node: answers from memory, walks for the rest, and tells what it knew while others are down."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from app.domain import chains, resolution, zones
from app.domain.delegations import Delegation
from app.domain.handles import key_of
from app.domain.messages import Fetch
from app.domain.trust import PublicKey
from app.errors import N_, Refused, Unknown
from app.services.recursing.asking import Asker, NobodyAnswers
from app.services.recursing.floors import Floors
from app.services.recursing.hints import Hints
from app.services.recursing.limiting import Limits
from app.services.recursing.memory import Bounded
from app.services.recursing.results import FAILED, Resolution, final, no_answer, too_many_look_ups
from app.services.recursing.walking import SECONDS, STALE_SECONDS, Walker, is_prefix

MOST_TTL = float(resolution.LONGEST_TTL)
NEGATIVE_TTL = float(resolution.NEGATIVE_TTL)
PREFETCH_SHARE = 0.1  # of its time: what is asked for in this last part is asked again beforehand
SHORTEST_PREFETCHED = 10.0  # seconds
MOST_PREFETCHES = 2  # at the same time
STALE_AGAIN = 5.0  # seconds for which something stale is told without trying again
AHEAD = 30.0  # seconds before its end in which who answers for a zone is asked for again
MOST_WALKS = 6
PATIENCE = 0.5  # seconds in which a turn to walk has to come free
OF_ALL = "*/"  # before a prefix: the key of "there is no such prefix", which no handle can have

# How memory is divided: what is not there must never push out what is.
_RECORDS, _ABSENT, _SERVERS = 0.75, 0.10, 0.15


class Recursor:
    """For all threads of a process; opens nothing before it is asked. `rate` is in walks a second and client, 0 for no
    limit. No more than `most_walks` threads wait for other nodes at the same time, so that some are left for what is
    remembered. `others` asks the roots of other systems for what is under none of our root's zones. `floors` are the
    newest serials heard; without them those of this object alone."""

    def __init__(
        self,
        fetch: Fetch,
        hints: Hints,
        now: Callable[[], datetime],
        *,
        most_bytes: int = 32 << 20,
        rate: float = 0.0,
        most_walks: int = MOST_WALKS,
        others: "Callable[[str], Resolution | None] | None" = None,
        floors: Floors | None = None,
    ) -> None:
        self._now = now
        self._asker = Asker(fetch, now, floors)
        self._walker = Walker(self._asker, hints, now, int(most_bytes * _SERVERS))
        self._records: Bounded[Resolution] = Bounded(int(most_bytes * _RECORDS))
        self._absent: Bounded[Resolution] = Bounded(int(most_bytes * _ABSENT))
        self._limits = Limits(rate)
        self._others = others
        self._guard = threading.Lock()
        self._under_way: dict[str, Future[Resolution]] = {}
        self._prefetching = 0
        self._turns = threading.BoundedSemaphore(most_walks)

    def close(self) -> None:
        self._asker.close()

    # --- answers ---

    def resolve(self, handle: str, *, fresh: bool = False, client: str = "") -> Resolution:
        """RECORD, MISSING or SUSPENDED. Raises NoAnswer, and TooManyLookUps where `client` (an address) has had its
        share. `fresh` asks all the way from the root."""
        found = self.explain(handle, fresh=fresh, client=client)
        if found.outcome == FAILED:
            raise no_answer(found)
        return found

    def explain(self, handle: str, *, fresh: bool = False, client: str = "") -> Resolution:
        """The same, but FAILED is an outcome like the others."""
        key = key_of(handle)
        if not fresh and (kept := self.remembered(key)) is not None:
            return replace(kept.again(), handle=handle)
        if client and not self._limits.take(client, self._now().timestamp()):
            raise too_many_look_ups()
        found = self._walk(key, handle, insist=True) if fresh else self._walk_once(key, handle)
        return found if found.handle == handle else replace(found, handle=handle)

    def remembered(self, key: str) -> Resolution | None:
        """What may be told without asking anybody; None when somebody has to be asked. One that is asked for shortly
        before its end is asked again meanwhile."""
        moment = self._now().timestamp()
        kept = self._records.get(key)
        if kept is not None and kept.until > moment:
            if moment >= kept.refresh_at:
                self.prefetch(key, kept)
            return kept
        kept = self._absent.get(key) or self._absent.get(OF_ALL + zones.asked_for(key))
        return kept if kept is not None and kept.until > moment else None

    def prefetch(self, key: str, kept: Resolution) -> None:
        """Asks again in a thread of its own; at most once for each answer that is kept."""
        with self._guard:
            if kept.refresh_at == float("inf") or self._prefetching >= MOST_PREFETCHES:
                return
            kept.refresh_at = float("inf")
            horizon = self._walker.known_until(kept.zone) if kept.chain else 0.0
            if horizon > kept.until and self._now().timestamp() < self._renewal(kept):
                self._extend(kept, horizon)  # another record's question told that the zone is in service
                return
            self._prefetching += 1
        threading.Thread(
            target=self._prefetch, args=(key, kept.handle), name="suyuan-prefetch", daemon=True
        ).start()

    def _prefetch(self, key: str, handle: str) -> None:
        try:
            self._walk_once(key, handle)
        finally:
            with self._guard:
                self._prefetching -= 1

    # --- zones ---

    def delegation(self, zone: str, *, fresh: bool = False, client: str = "") -> Delegation:
        """The statement on a zone, verified from the root down and in force. Unknown `no-such-zone`; Refused
        `zone-suspended`, `no-longer-valid` and their like; NoAnswer. `client` as in `resolve`: where a stranger chose
        the zone."""
        zone = zones.zone(zone)
        known = None if fresh else self._walker.remembered(zone)
        if known is None and client and not self._limits.take(client, self._now().timestamp()):
            raise too_many_look_ups()
        try:
            found = known or self._delegation(zone, fresh=fresh)
        except NobodyAnswers as error:
            way = Resolution(
                f"{resolution.NAMING}/{zone}", FAILED, error.zone, reason=error.code, hops=error.tried
            )
            raise no_answer(way) from error
        if found is None:
            raise Unknown(
                "no-such-zone",
                N_("Nobody in the network answers for {zone}."),
                N_("Check the spelling, or ask the node above it."),
                zone=zone,
            )
        chains.check_in_force(found, self._now())
        return found

    def _delegation(self, zone: str, *, fresh: bool) -> Delegation | None:
        with self._turn():
            return self._walker.delegation(zone, insist=fresh)

    def keys_of(self, zone: str, *, key_id: str = "", client: str = "") -> Sequence[PublicKey]:
        """The keys by which a statement of this zone is verified now; raises as `delegation`. Where none of them is
        `key_id`, the zone may have changed its key since it was asked for: it is asked for anew, once."""
        keys = self.delegation(zone, client=client).keys_at(self._now())
        if key_id and all(key.key_id != key_id for key in keys):
            keys = self.delegation(zone, fresh=True, client=client).keys_at(self._now())
        return keys

    # --- walking ---

    def _walk_once(self, key: str, handle: str) -> Resolution:
        """Equal questions that are asked at the same time walk once."""
        with self._guard:
            under_way = self._under_way.get(key)
            if under_way is None:
                mine = self._under_way[key] = Future[Resolution]()
        if under_way is not None:
            try:
                with self._turn():
                    return under_way.result(SECONDS)
            except TooLate:
                return Resolution(handle, FAILED, reason="out-of-time")
            except NobodyAnswers as error:
                return self._unasked(handle, error)
        try:
            found = self._walk(key, handle)
            mine.set_result(found)
            return found
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._guard:
                del self._under_way[key]

    def _walk(self, key: str, handle: str, *, insist: bool = False) -> Resolution:
        if not insist and (kept := self._still_in_service(key)) is not None:
            return kept.again()
        try:
            with self._turn():
                found = self._found(handle, insist=insist)
        except NobodyAnswers as error:
            found = self._unasked(handle, error)
        if not final(found.outcome):
            return found if insist else self._stale(key, found) or found
        self._keep(key, found)
        return found

    def _still_in_service(self, key: str) -> Resolution | None:
        """A record whose own time is not over, once its zone is seen to be in service still, or its parent is silent.
        One question for all records of a zone; so that a revoked zone's records go with it, whatever their time."""
        kept = self._records.get(key)
        moment = self._now().timestamp()
        if kept is None or kept.stale or not kept.chain or moment >= self._renewal(kept):
            return None
        try:
            with self._turn():
                found = self._walker.delegation(kept.zone, ahead=AHEAD)
            if found is not None:
                chains.check_in_force(found, self._now())
        except NobodyAnswers:
            self._extend(kept, moment + AHEAD)
            return kept
        except Refused:
            found = None
        if found is None:
            kept.until = 0.0
            self._records.drop(key)
            return None
        self._extend(kept, self._walker.known_until(kept.zone))
        return kept

    def _extend(self, kept: Resolution, horizon: float) -> None:
        """It may be told until `horizon`, no longer than its own time."""
        moment = self._now().timestamp()
        kept.until = min(kept.own_until, horizon)
        life = kept.until - moment
        kept.refresh_at = kept.until - life * PREFETCH_SHARE if life >= SHORTEST_PREFETCHED else float("inf")

    def _renewal(self, kept: Resolution) -> float:
        """From when on its own node is asked again, rather than for its zone alone."""
        life = kept.own_until - kept.since
        return kept.own_until - life * PREFETCH_SHARE

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """NobodyAnswers `node-busy` when none comes free."""
        if not self._turns.acquire(timeout=PATIENCE):
            raise NobodyAnswers(zones.ROOT, (), "node-busy")
        try:
            yield
        finally:
            self._turns.release()

    def _unasked(self, handle: str, error: NobodyAnswers) -> Resolution:
        return Resolution(handle, FAILED, error.zone, state=error.state, reason=error.code)

    def _found(self, handle: str, *, insist: bool) -> Resolution:
        """By our own network, else by the others."""
        if not is_prefix(zones.asked_for(handle)):
            way = Resolution(handle, resolution.MISSING, until=self._now().timestamp() + NEGATIVE_TTL)
        else:
            way = self._walker.walk(handle, insist=insist)
        nobody = way.outcome == resolution.MISSING and way.zone == zones.ROOT
        if nobody and self._others is not None and (other := self._others(handle)) is not None:
            return replace(other, hops=(*way.hops, *other.hops))
        return way

    def _keep(self, key: str, found: Resolution) -> None:
        moment = self._now().timestamp()
        if found.outcome == resolution.RECORD:
            life = min(found.until - moment, MOST_TTL)
            found.since, found.own_until = moment, moment + life
            found.stale_until = found.own_until + (STALE_SECONDS if life > 0 else 0.0)
            in_service = self._walker.known_until(found.zone) if found.chain else found.own_until
            self._extend(found, max(in_service, moment + AHEAD))
            found.own_hops = len(found.hops)
            self._outdate(key)
            self._absent.drop(key)
            self._absent.drop(OF_ALL + zones.asked_for(key))
            if life > 0:
                self._records.put(key, found, found.size)
            return
        found.until = min(found.until, moment + NEGATIVE_TTL)
        self._outdate(key)
        self._records.drop(key)
        whole = found.scope == resolution.OF_PREFIX and not resolution.names_prefix(key)
        self._absent.put(OF_ALL + zones.asked_for(key) if whole else key, found, found.size)

    def _outdate(self, key: str) -> None:
        """Whoever holds on to the old one learns that it is over."""
        if (before := self._records.get(key)) is not None:
            before.until = 0.0

    def _stale(self, key: str, failed: Resolution) -> Resolution | None:
        """What was verified before, while nobody answers. It is told for some seconds before anybody is asked again."""
        kept = self._records.get(key)
        moment = self._now().timestamp()
        if kept is None or moment > kept.stale_until:
            return None
        if kept.until > moment:  # it was asked for again beforehand
            return kept
        stale = kept.again(stale=True)
        stale.hops = (*failed.hops, *stale.hops[-kept.own_hops :])
        stale.until, stale.refresh_at = moment + STALE_AGAIN, float("inf")
        self._records.put(key, stale, stale.size)
        return replace(stale)
