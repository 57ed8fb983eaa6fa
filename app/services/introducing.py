"""Words by which a company may be asked by one that it does not know: signed along the goods' way, verified here.

Finding keys is the caller's, since it may need the network.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from app.domain import told, zones
from app.domain.disclosure import Introduction
from app.domain.trust import PublicKey, Signed, verify
from app.errors import TraceError

INTRODUCTION = "introduction"
MOST = 200
MOST_SIGNERS = 16  # whose keys are looked for, for one call
SECONDS = (
    2.0  # for finding them all: who asks waits no longer, and a slow zone among them must not hold up others
)

KeysOf = Callable[[str], Sequence[PublicKey]]


def verified(wires: Iterable[object], keys_of: KeysOf, seconds: float = SECONDS) -> tuple[Introduction, ...]:
    """Those that verify; one that does not is as good as none, nor one whose signer's keys were not found in time."""
    keys: dict[str, Sequence[PublicKey]] = {}
    until = time.monotonic() + seconds

    def in_time(zone: str) -> Sequence[PublicKey]:
        return keys_of(zone) if time.monotonic() < until else ()

    found = (_verified(wire, keys, in_time) for wire in wires)
    return tuple(each for each in found if each is not None)


def _verified(wire: object, keys: dict[str, Sequence[PublicKey]], keys_of: KeysOf) -> Introduction | None:
    try:
        signed = Signed.from_wire(wire)
        by = zones.zone(told.text(signed.peek().get("from"), "from", 64))
        if by not in keys:
            if len(keys) >= MOST_SIGNERS:
                return None
            keys[by] = ()  # also where it is not found: nobody is looked for twice
            keys[by] = keys_of(by)
        return _stated(verify(signed, keys[by], INTRODUCTION))
    except TraceError:
        return None


def _stated(body: Mapping[str, Any]) -> Introduction:
    things: Iterable[object] = told.rows(body.get("things"), "things", 20_000)
    return Introduction(
        told.prefix(body.get("from"), "from"),
        told.prefix(body.get("to"), "to"),
        frozenset(told.epc(name, "things") for name in things),
    )
