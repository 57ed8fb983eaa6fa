"""What another system says of a name, before it is told on."""

import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import orjson

from app.domain.chains import UNSIGNED
from app.domain.handles import Value
from app.domain.messages import Ask, Fetch, Told
from app.errors import N_, PeerFailed

HOP_SECONDS = 2.0
MOST_BYTES = 1_000_000
SHORTEST = 0.05  # seconds: below it there is no use in asking


@dataclass(frozen=True, slots=True)
class Said:
    """`values` None: there is no such name. `url` and `address` are whose word it is, `state` what it is worth (one of
    chains.STATES), `reason` the code of what makes it so."""

    values: list[Value] | None
    url: str = ""
    address: str = ""
    state: str = UNSIGNED
    reason: str = ""


class RootFailed(PeerFailed):
    """The root itself could not be reached. What it leads to is up to strangers, and says nothing of it."""


def got_from_root(fetch: Fetch, url: str, until: float, accept: str = "application/json") -> Told:
    """As `got`; RootFailed for PeerFailed."""
    try:
        return got(fetch, url, until, accept)
    except PeerFailed as error:
        raise RootFailed(error.code, error.message, error.hint, **error.values) from error


def got(fetch: Fetch, url: str, until: float, accept: str = "application/json") -> Told:
    """One GET within what is left of the time. PeerFailed."""
    left = min(until - time.monotonic(), HOP_SECONDS)
    if left < SHORTEST:
        message = N_("The node {host} took too long to answer.")
        raise PeerFailed("peer-too-slow", message, N_("Try again in a moment."), host=urlsplit(url).netloc)
    return fetch(Ask(url, headers=(("Accept", accept),), seconds=left, most_bytes=MOST_BYTES))


def document(told: Told) -> object:
    """JSON, None for what is none."""
    try:
        return orjson.loads(told.body)
    except orjson.JSONDecodeError:
        return None


def no_answer(url: str) -> PeerFailed:
    return PeerFailed(
        "peer-unreadable",
        N_("What {host} answered cannot be used."),
        N_("Ask its operator."),
        host=urlsplit(url).netloc or url,
    )


def joined(base: str, location: str) -> str:
    """Where a redirection leads; '' for what is no address."""
    try:
        return urljoin(base, location) if location else ""
    except ValueError:
        return ""
