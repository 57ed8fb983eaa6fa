"""The roots of other systems: what is under none of our root's zones is asked for there, by each system's own protocol.

Handle by its HTTP API, OID by DNS (ORS), GS1 by a Digital Link resolver. What they say carries none of our signatures:
it is `unsigned`, and told as such. A Handle record's own (HS_SIGNATURE) count where the keys of its roots are known.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime

from app.domain import identifiers, resolution
from app.domain.chains import FORGED, UNSIGNED
from app.domain.handles import public_json
from app.domain.identifiers import Identifier
from app.domain.messages import Fetch
from app.domain.ors import LookUp
from app.errors import Malformed, TraceError
from app.services.recursing.others import gs1, oid, registry
from app.services.recursing.others.roots import Roots, keys_in
from app.services.recursing.others.saying import RootFailed, Said
from app.services.recursing.results import FAILED, Hop, Resolution

__all__ = ["Others", "Roots", "keys_in"]

SECONDS = 3.0  # for all questions about one name
GONE = float(resolution.NEGATIVE_TTL)
MOST_AT_ONCE = 2  # of a process's three threads: a slow root of others shall not keep our own network waiting
TURN_SECONDS = 0.5
LONGEST_REST = 30.0  # seconds in which a root that cannot be reached again and again is left alone


class Others:
    """For all threads of a process. Called with a name of any system; None where it is of none that is asked."""

    def __init__(self, fetch: Fetch, look_up: LookUp, roots: Roots, now: Callable[[], datetime]) -> None:
        self._fetch, self._look_up, self._roots, self._now = fetch, look_up, roots, now
        self._turns = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._failed: dict[str, tuple[int, float]] = {}  # root -> failures in a row, when the last one was

    def __call__(self, name: str) -> Resolution | None:
        found = self._asking(name)
        if found is None:
            return None
        system, root, ask = found
        began = time.monotonic()
        if self._rests(root, began):
            return _failed(name, system, root, 0.0, "zone-rests")
        if not self._turns.acquire(timeout=TURN_SECONDS):
            return _failed(name, system, root, TURN_SECONDS, "zone-busy")
        try:
            said = ask(began + SECONDS)
        except RootFailed as error:
            self._failed[root] = (self._failed.get(root, (0, 0.0))[0] + 1, time.monotonic())
            return _failed(name, system, root, time.monotonic() - began, error.code)
        except TraceError as error:
            return _failed(name, system, root, time.monotonic() - began, error.code)
        finally:
            self._turns.release()
        self._failed.pop(root, None)
        return self._told(name, system, root, said, time.monotonic() - began)

    def _rests(self, root: str, moment: float) -> bool:
        count, since = self._failed.get(root, (0, 0.0))
        return count > 1 and moment - since < min(2.0 ** min(count - 2, 10), LONGEST_REST)

    def _asking(self, name: str) -> tuple[str, str, Callable[[float], Said]] | None:
        """The system, its root, and the question that is to be asked until a moment."""
        roots = self._roots
        thing = _parsed(name)
        if isinstance(thing, identifiers.Key):
            if thing.elements and roots.gs1:
                return "GS1", roots.gs1, lambda until: gs1.ask(self._fetch, roots.gs1, thing.path, until)
            if thing.scheme == "oid" and roots.oid:
                return "OID", roots.oid, lambda until: oid.ask(self._look_up, roots.oid, thing.value, until)
            return None
        bare = name[4:] if name[:4].lower() == "hdl:" else name
        if not roots.handle or not _may_be_handle(bare):
            return None
        return "Handle", roots.handle, lambda until: self._handle(bare, until)

    def _handle(self, handle: str, until: float) -> Said:
        root, keys = self._roots.handle, self._roots.handle_keys
        if not keys:
            return registry.ask(self._fetch, root, handle, until)
        return registry.judged(self._fetch, root, handle, until, keys, self._now())

    def _told(self, name: str, system: str, root: str, said: Said, seconds: float) -> Resolution:
        moment = self._now()
        outcome = resolution.MISSING if said.values is None else resolution.RECORD
        if said.state == FORGED:
            outcome = FAILED
        hop = Hop(system, said.url or root, said.address, seconds, outcome, said.state, said.reason)
        way = Resolution(
            name, outcome, system, state=said.state, reason=said.reason, hops=(hop,), seconds=seconds
        )
        if outcome == FAILED:
            return way
        if said.values is None:
            way.until = moment.timestamp() + GONE
            return way
        way.array = public_json(said.values)
        way.until = moment.timestamp() + resolution.ttl_of(way.array, moment)
        return way


def _failed(name: str, system: str, root: str, seconds: float, reason: str) -> Resolution:
    hop = Hop(system, root, "", seconds, FAILED, UNSIGNED, reason)
    return Resolution(name, FAILED, system, state=UNSIGNED, reason=reason, hops=(hop,), seconds=seconds)


def _parsed(name: str) -> "Identifier | identifiers.Key | None":
    """Also the path of a Digital Link alone, as it is asked for at a node's own address."""
    for text in (name, identifiers.DIGITAL_LINK + name if name[:1].isdigit() else ""):
        try:
            return identifiers.parse(text)
        except Malformed:
            continue
    return None


def _may_be_handle(name: str) -> bool:
    prefix, slash, suffix = name.partition("/")
    return bool(slash and suffix and prefix and len(name) <= identifiers.MAX_SCAN) and all(
        letter.isalnum() or letter in ".-_" for letter in prefix
    )
