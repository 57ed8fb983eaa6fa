"""A node's line to its partners' nodes: signed calls, signed replies, several at once, within a budget of seconds.

Knows the network and no database. What comes back was signed by the zone that was called, and by nobody else.
"""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import orjson

from app.domain import calls
from app.domain.chains import VERIFIED
from app.domain.delegations import Delegation
from app.domain.messages import Ask, Fetch
from app.domain.provenance import Party
from app.domain.trust import PublicKey, Signed
from app.errors import N_, Malformed, PeerFailed, TraceError

Key = TypeVar("Key")
Value = TypeVar("Value")
PATH = "/api/network/"
MOST_BYTES = 12_000_000
AT_ONCE = 16
SHORTEST = 0.05  # seconds; with less left nobody is asked any more
JSON = ("Content-Type", "application/json")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a partner said: `statement` as it came, `body` as verified; `party` is how its parent calls it."""

    zone: str
    party: Party
    body: Mapping[str, Any]
    statement: Signed
    trust: str
    said: datetime
    seconds: float
    keys: Sequence[PublicKey] = ()  # by which it was verified


@dataclass(frozen=True, slots=True)
class Line:
    """`delegation` finds a zone's keys and addresses, verified from the root down; raises TraceError. `seed` signs in
    the name of `zone`."""

    zone: str
    seed: bytes
    fetch: Fetch
    delegation: Callable[[str], Delegation]
    now: Callable[[], datetime]
    renewed: Callable[[str], Delegation] | None = None  # the same, past what is remembered
    nonce: Callable[[], str] = field(default=lambda: secrets.token_urlsafe(24))

    def call(
        self, zone: str, path: str, kind: str, body: Mapping[str, Any], *, reply: str, seconds: float
    ) -> Reply:
        """Asks one address of the zone after the other. Raises PeerFailed when none answers in time, Refused or
        Malformed when the answer cannot be believed."""
        began = time.monotonic()
        until = began + seconds
        delegation = self.delegation(zone)
        keys = delegation.keys_at(self.now())
        if not keys or not delegation.urls:
            raise PeerFailed(
                "partner-without-key",
                N_("The node of {zone} has no key or no address to be asked at."),
                N_("Its operator has to register one with the node above."),
                zone=zone,
            )
        nonce = self.nonce()
        sealed = calls.seal(
            kind, body, seed=self.seed, sender=self.zone, audience=zone, nonce=nonce, now=self.now()
        )
        content = orjson.dumps(sealed.wire)
        answer = self._answer(delegation.urls, path, content, until)
        if self.renewed and all(key.key_id != answer.key_id for key in keys):  # it may have changed its key
            delegation = self.renewed(zone)
            keys = delegation.keys_at(self.now())
        said = calls.open_reply(
            answer, reply, keys, sender=zone, audience=self.zone, nonce=nonce, now=self.now()
        )
        party = party_of(delegation)
        return Reply(zone, party, said, answer, VERIFIED, self.now(), time.monotonic() - began, keys)

    def _answer(self, urls: tuple[str, ...], path: str, content: bytes, until: float) -> Signed:
        failed: TraceError | None = None
        for number, url in enumerate(urls):
            left = until - time.monotonic()
            if left < SHORTEST:
                break
            share = left if number == len(urls) - 1 else left / 2
            ask = Ask(f"{url}{PATH}{path}", "POST", (JSON,), content, seconds=share, most_bytes=MOST_BYTES)
            try:
                told = self.fetch(ask)
                if told.status == 200:
                    return _signed(told.body)
                failed = _not_ok(told.status)
            except TraceError as error:
                failed = error
        raise failed or late()


def party_of(delegation: Delegation) -> Party:
    subject = delegation.subject
    zh, en = subject.get("name_zh", ""), subject.get("name_en", "")
    return Party(delegation.zone, zh or en or delegation.zone, en or zh or delegation.zone)


def gather(tasks: Mapping[Key, Callable[[float], Value]], seconds: float) -> dict[Key, Value | TraceError]:
    """Does them all at the same time; each gets the seconds it may take. One that is not back by then is `late`."""
    until = time.monotonic() + seconds
    found: dict[Key, Value | TraceError] = {}
    if not tasks:
        return found
    pool = ThreadPoolExecutor(min(AT_ONCE, len(tasks)))
    try:
        futures = {key: pool.submit(_within, work, until) for key, work in tasks.items()}
        for key, future in futures.items():
            try:
                found[key] = future.result(timeout=max(until - time.monotonic(), 0.0) + SHORTEST)
            except TooLate:
                found[key] = late()
            except TraceError as error:
                found[key] = error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return found


def _within(work: Callable[[float], Value], until: float) -> Value:
    return work(max(until - time.monotonic(), 0.0))


def late() -> PeerFailed:
    return PeerFailed(
        "partner-late",
        N_("The partner's node did not answer in time."),
        N_("It is asked again the next time; nothing else is missing because of it."),
    )


def _not_ok(status: int) -> PeerFailed:
    return PeerFailed(
        "partner-refused",
        N_("The partner's node answered with the status {status}."),
        N_("Tell its operator when it stays so."),
        status=status,
    )


def _signed(content: bytes) -> Signed:
    try:
        return Signed.from_wire(orjson.loads(content))
    except orjson.JSONDecodeError:
        raise Malformed(
            "bad-answer",
            N_("Another node's answer cannot be read: {what}."),
            N_("Tell the operator of that node."),
            what="JSON",
        ) from None
