"""OID: the pointers (NAPTR) of its arcs' name in DNS."""

import time

from app.domain import ors
from app.domain.ors import LookUp
from app.services.recursing.others.saying import HOP_SECONDS, Said, no_answer

MOST_STEPS = 4  # from name to name, where pointers point to one another
LONGEST_TTL = 86_400
SHORTEST = 0.05


def ask(look_up: LookUp, root: str, arcs: str, until: float) -> Said:
    """PeerFailed where DNS does not answer, or leads nowhere."""
    name = ors.name_of(arcs, root)
    if name is None:
        return Said(None)
    first = name
    for _ in range(MOST_STEPS):
        pointers = look_up(name, max(min(until - time.monotonic(), HOP_SECONDS), SHORTEST))
        url = f"dns:{name}"
        if not pointers.found:
            return Said(None, url, pointers.address)
        values = ors.values_of(pointers.found, first, min(pointers.ttl, LONGEST_TTL))
        if values:
            return Said(values, url, pointers.address)
        following = ors.follows(pointers.found)
        if following is None:
            return Said(None, url, pointers.address)
        name = following
    raise no_answer(f"dns:{first}")
