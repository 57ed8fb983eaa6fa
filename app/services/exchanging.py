"""Showing our log's head to the partners and getting their signatures: the calls, each transaction apart from them."""

import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain.trust import PublicKey
from app.errors import PeerFailed, TraceError
from app.services import offering
from app.services.calling import Line, gather
from app.services.cosigning import ANSWER, ASKING

log = logging.getLogger(__name__)
PATH = "checkpoints"
SECONDS = 5.0  # for all partners together


@dataclass(frozen=True, slots=True)
class Desk:
    """`reading` and `writing` open a transaction each; `origin` is our log's name; `line` signs and calls;
    `own_keys` are all that this node ever signed with."""

    reading: Callable[[], AbstractContextManager[Session]]
    writing: Callable[[], AbstractContextManager[Session]]
    line: Line
    origin: str
    own_keys: tuple[PublicKey, ...]


def with_all(desk: Desk, zones: Iterable[str], seconds: float = SECONDS) -> dict[str, TraceError | None]:
    """Shows our head to all these partners at the same time; what became of each is kept with it, and told."""
    tasks = {zone: _task(desk, zone) for zone in zones}
    found = gather(tasks, seconds)
    told: dict[str, TraceError | None] = {}
    for zone, result in found.items():
        told[zone] = result if isinstance(result, TraceError) else None
        if isinstance(result, TraceError):
            if not isinstance(result, PeerFailed):
                log.warning("checkpoint to %s: %s", zone, result.english())
            with desk.writing() as session:
                offering.failed(session, zone, result, desk.line.now())
    return told


def _task(desk: Desk, zone: str) -> Callable[[float], datetime]:
    return lambda seconds: with_one(desk, zone, seconds)


def with_one(desk: Desk, zone: str, seconds: float) -> datetime:
    """One partner; asked twice where it knows another size of our log than we thought. TraceError where it fails."""
    start: int | None = None
    for _try in range(2):
        with desk.reading() as session:
            offer = offering.offer(session, zone, desk.origin, desk.line.seed, start)
        if offer is None:
            break
        reply = desk.line.call(zone, PATH, ASKING, offer.body, reply=ANSWER, seconds=seconds / 2)
        keys = reply.keys
        with desk.writing() as session:
            start = offering.answered(session, zone, offer, reply.body, keys, desk.own_keys, desk.line.now())
        if start is None:
            break
    return desk.line.now()
