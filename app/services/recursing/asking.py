"""One zone is asked: its addresses in turn and, when one hesitates, beside one another; the first answer that verifies
counts. What is no answer of this zone to this question is as good as none.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import orjson

from app.domain import chains, resolution, zones
from app.domain.chains import UNSIGNED, VERIFIED
from app.domain.delegations import Delegation
from app.domain.messages import Ask, Fetch, Told
from app.domain.resolution import Answer
from app.domain.trust import Signed, verify
from app.errors import N_, PeerFailed, TraceError, Unavailable
from app.services.recursing.floors import Floors
from app.services.recursing.results import FAILED, Hop, Server

HOP_SECONDS = 2.0  # for all addresses of a zone together
HESITATION = 0.3  # seconds without an answer until the next address is asked as well
MOST_BYTES = (
    1_500_000  # of an answer: a message of the protocol has 262,144, twice in base64, and a chain beside it
)
TELLING = frozenset({resolution.REFERRAL, resolution.RECORD, resolution.SUSPENDED})  # may hold a statement
MOST_ASKED = 8  # addresses of a zone for one question
THREADS = 32
MOST_AT_ONE_ZONE = THREADS // 2  # questions on their way, so that one slow zone leaves room for the others
LONGEST_REST = 30.0  # seconds in which a zone that failed again and again is left alone
MOST_REMEMBERED = 10_000  # addresses and zones that have failed


@dataclass(frozen=True, slots=True)
class Found:
    """`delegation` and its `signed` form come with a referral, and with the record of a prefix."""

    answer: Answer
    hop: Hop
    state: str
    statement: Signed | None = None
    delegation: Delegation | None = None
    signed: Signed | None = None


class NobodyAnswers(Exception):
    """No address of the zone gave an answer that counts. `tried` are the hops, `code` why the first of them failed."""

    def __init__(self, zone: str, tried: Sequence[Hop], code: str = "") -> None:
        self.zone, self.tried = zone, tuple(tried)
        self.worst = next((hop for hop in tried if hop.state != UNSIGNED), None)
        self.code = code or (self.worst.reason if self.worst else tried[0].reason if tried else "no-endpoint")
        super().__init__(zone, self.code)

    @property
    def state(self) -> str:
        """`forged` or `expired` where somebody said what does not verify; else nothing is known."""
        return self.worst.state if self.worst else UNSIGNED


class Asker:
    """For all threads of a process. `floors` are the newest serials seen of each zone."""

    def __init__(self, fetch: Fetch, now: Callable[[], datetime], floors: Floors | None = None) -> None:
        self._fetch, self._now = fetch, now
        self.floors = floors or Floors()
        self._guard = threading.Lock()
        self._busy: dict[str, int] = {}  # zone -> questions on their way
        self._failed: dict[
            str, tuple[int, float]
        ] = {}  # url or zone -> failures in a row, when the last one was
        self._threads: ThreadPoolExecutor | None = None

    def close(self) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
        self.floors.close()

    def ask(
        self, server: Server, handle: str, seconds: float, *, insist: bool = False
    ) -> tuple[Found, tuple[Hop, ...]]:
        """The answer, and what was tried before it. Raises NobodyAnswers. `insist` asks also whom it had better leave
        alone for a while."""
        if not insist and self._rests(server):
            raise NobodyAnswers(server.zone, (), "zone-rests")
        urls = self._in_order(server.urls)[:MOST_ASKED]
        with self._turn(server.zone):
            tried: list[Hop] = []
            for outcome in self._outcomes(server, urls, handle, min(seconds, HOP_SECONDS)):
                if isinstance(outcome, Found):
                    self._well(_whole(server))
                    return outcome, tuple(tried)
                tried.append(outcome)
        self._badly(_whole(server))
        raise NobodyAnswers(server.zone, tried)

    # --- several addresses ---

    def _outcomes(
        self, server: Server, urls: Sequence[str], handle: str, seconds: float
    ) -> Iterator[Found | Hop]:
        """As they come in, until nobody more is to be asked or the time is over."""
        if len(urls) == 1:
            yield self._one(server, urls[0], handle, seconds)
            return
        end = time.monotonic() + seconds
        waiting, asked = list(urls), set[Future[Found | Hop]]()
        while waiting or asked:
            left = end - time.monotonic()
            if left <= 0:
                return
            if waiting:
                asked.add(self._pool().submit(self._one, server, waiting.pop(0), handle, left))
            done, asked = wait(asked, HESITATION if waiting else left, FIRST_COMPLETED)
            yield from (each.result() for each in done)

    def _one(self, server: Server, url: str, handle: str, seconds: float) -> Found | Hop:
        began = time.monotonic()
        told: Told | None = None
        try:
            if server.signs:
                told, read = self._signed(server, url, handle, seconds)
            else:
                told, read = self._plain(server, url, handle, seconds)
        except TraceError as error:
            self._badly(url)
            ours = isinstance(error, PeerFailed | Unavailable)  # nothing that it said is to blame
            state = UNSIGNED if ours else chains.worth_of(error)
            address = told.address if told else ""
            return Hop(server.zone, url, address, time.monotonic() - began, FAILED, state, error.code)
        self._well(url)
        return read

    # --- what it says ---

    def _signed(self, server: Server, url: str, handle: str, seconds: float) -> tuple[Told, Found]:
        nonce = secrets.token_urlsafe(16)
        path = f"/api/network/answers/{quote(handle, safe='/')}?nonce={nonce}"
        told = self._fetch(Ask(url + path, seconds=seconds, most_bytes=MOST_BYTES))
        now = self._now()
        statement = Signed.from_wire(_json(told))
        keys = server.keys_at(now)
        if statement.peek().get("outcome") == resolution.ELSEWHERE:
            verify(statement, keys, chains.ANSWER)  # it does not speak for this zone, and says so itself
            raise _lame(url)
        answer = resolution.read(
            chains.open_answer(statement, server.zone, keys, now, handle=handle, nonce=nonce)
        )
        delegation, signed = self._below(server, answer, handle, now)
        hop = Hop(server.zone, url, told.address, told.seconds, answer.outcome, VERIFIED)
        return told, Found(answer, hop, VERIFIED, statement, delegation, signed)

    def _below(
        self, server: Server, answer: Answer, handle: str, now: datetime
    ) -> tuple[Delegation | None, Signed | None]:
        """What the answer delegates, checked: strictly closer, signed by the one who answers, and not older than what
        was seen before. A record of a prefix may tell of a zone that is out of service."""
        if answer.statement is None or answer.outcome not in TELLING:
            return None, None
        signed = Signed.from_wire(answer.statement)
        keys = server.keys_at(now)
        delegation = chains.read_delegation(signed, server.zone, keys)
        key_ids = {key.key_id for key in keys}
        floor = self.floors.of(delegation, key_ids)
        if not zones.covers(delegation.zone, zones.asked_for(handle)):
            raise _detour(url=server.zone)
        if answer.outcome == resolution.REFERRAL:
            chains.check_in_force(delegation, now, floor)
        elif delegation.serial < floor:
            return None, None
        self.floors.lift(delegation, signed.key_id, key_ids, floor)
        return delegation, signed

    def _plain(self, server: Server, url: str, handle: str, seconds: float) -> tuple[Told, Found]:
        """A node that cannot sign is asked by the Handle API alone."""
        told = self._fetch(
            Ask(f"{url}/api/handles/{quote(handle, safe='/')}", seconds=seconds, most_bytes=MOST_BYTES)
        )
        body = _json(told, (200, 404))
        code = body.get("responseCode")
        if told.status == 200 and code in {1, 200}:
            values = {
                "outcome": resolution.RECORD,
                "zone": server.zone,
                "ttl": 0,
                "values": body.get("values"),
            }
            answer = resolution.read(values)
            ttl = resolution.ttl_of(answer.array or b"[]", self._now())
            answer = Answer(resolution.RECORD, server.zone, ttl, answer.array)
        elif code == 100:
            answer = Answer(resolution.MISSING, server.zone, resolution.NEGATIVE_TTL)
        else:
            raise _lame(url)
        hop = Hop(server.zone, url, told.address, told.seconds, answer.outcome, UNSIGNED)
        return told, Found(answer, hop, UNSIGNED)

    # --- who is well ---

    def _pool(self) -> ThreadPoolExecutor:
        with self._guard:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(THREADS, "suyuan-ask")
            return self._threads

    def _in_order(self, urls: Sequence[str]) -> list[str]:
        """Those that did not fail lately first, else as the zone names them."""
        return sorted(urls, key=lambda url: self._failed.get(url, (0, 0.0))[0])

    def _rests(self, server: Server) -> bool:
        count, since = self._failed.get(_whole(server), (0, 0.0))
        rest = min(2.0 ** (count - 2), LONGEST_REST) if count > 1 else 0.0
        return self._now().timestamp() - since < rest

    def _badly(self, what: str) -> None:
        with self._guard:
            if len(self._failed) >= MOST_REMEMBERED:
                self._failed.clear()
            count, _ = self._failed.get(what, (0, 0.0))
            self._failed[what] = (min(count + 1, 10), self._now().timestamp())

    def _well(self, what: str) -> None:
        if what in self._failed:
            with self._guard:
                self._failed.pop(what, None)

    @contextmanager
    def _turn(self, zone: str) -> Iterator[None]:
        with self._guard:
            if self._busy.get(zone, 0) >= MOST_AT_ONE_ZONE:
                raise NobodyAnswers(zone, (), "zone-busy")
            self._busy[zone] = self._busy.get(zone, 0) + 1
        try:
            yield
        finally:
            with self._guard:
                self._busy[zone] -= 1
                if not self._busy[zone]:
                    del self._busy[zone]


def _whole(server: Server) -> str:
    """What the failures of a zone are remembered under, beside those of its addresses. A newer statement on it, with
    another key or address, begins with none."""
    return f"zone {server.zone} {server.delegation.serial if server.delegation else 0}"


def _json(told: Told, statuses: tuple[int, ...] = (200,)) -> dict[str, object]:
    if told.status not in statuses:
        raise PeerFailed(
            "peer-refused",
            N_("The node answered with the status {status}."),
            N_("Its operator may know why."),
            status=told.status,
        )
    try:
        found = orjson.loads(told.body)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise PeerFailed("peer-unreadable", N_("What the node answered is no JSON."), N_("Ask its operator."))
    return found


def _lame(url: str) -> PeerFailed:
    return PeerFailed(
        "not-responsible",
        N_("The node at {url} says that it does not answer for this zone, though its parent says so."),
        N_("Tell the operators of both."),
        url=url,
    )


def _detour(url: str) -> PeerFailed:
    return PeerFailed(
        "detour",
        N_("A node of the zone “{zone}” points to a zone that is not on the way."),
        N_("Tell its operator."),
        zone=url,
    )
