"""Answers to other nodes in front of Flask: who answers for a prefix is remembered, and each answer is signed anew."""

import re
from collections.abc import Callable

from app.domain import resolution, zones
from app.domain.handles import key_of
from app.services import answering, certifying, counting, resolving
from app.services.answering import Place, Speaker
from app.services.remembering import Answers, Kept
from app.store import database
from app.web.edge import Node

PLACE = "/api/network/answers/"
NONCE = re.compile(r"nonce=([A-Za-z0-9_-]{1,100})")
OUTCOMES = {
    resolution.RECORD: counting.FOUND,
    resolution.REFERRAL: counting.FOUND,
    resolution.MISSING: counting.MISSING,
    resolution.ELSEWHERE: counting.ELSEWHERE,
    resolution.SUSPENDED: counting.REFUSED,
}
PLACE_BYTES = 3_000


def speaker_of(node: Node) -> Speaker:
    """With the key of this moment: it may be replaced while the node runs."""
    zone = answering.zone_of(node.settings.zone, node.capabilities)
    return Speaker(zone, node.settings.base_url, certifying.signing_key(node.keys))


class SignedAnswers:
    """`remembered` is what the process remembers of its database; `derive` makes what is known of a minted thing."""

    def __init__(self, node: Node, remembered: Answers, derive: Callable[[str, str], Kept | None]) -> None:
        self._node, self._remembered, self._derive = node, remembered, derive

    def told(self, handle: str, query: str) -> tuple[str, bytes] | None:
        """How it is counted, and the answer; None for a query that Flask had better read."""
        matched = NONCE.fullmatch(query)
        if matched is None:
            return None
        speaker, key = speaker_of(self._node), key_of(handle)
        prefix = zones.asked_for(key)
        place: Place = self._remembered.answer_of(f"\n{prefix}", lambda: self._place(speaker, prefix))
        now = self._node.now()
        array = None if place.below else self._array(handle, key)
        found = answering.answer(speaker, handle, place, array, now)
        body = answering.encoded(answering.signed(speaker, handle, matched[1], found, now))
        return OUTCOMES[found.outcome], body

    def _place(self, speaker: Speaker, prefix: str) -> Kept:
        with database.reading(self._node.engine) as session:
            place = answering.place_of(session, speaker, prefix)
        return Kept(place, PLACE_BYTES)

    def _array(self, handle: str, key: str) -> bytes | None:
        array = self._remembered.array_of(key, lambda: self._derive(handle, key))
        if array is not None:
            return array
        with database.reading(self._node.engine) as session:
            return resolving.array_of(session, handle, self._node.settings.base_url)
