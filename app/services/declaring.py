"""Which events a declaration of error is about, whichever of the two comes first (EPCIS 2.0 §7.4.1.3).

By the id they share, which the desk of capture sees itself, or by what they say: the event hash leaves out the id and
the declaration, so that both have the same. Nobody declares anything about what another company recorded.
"""

from collections.abc import Iterable

import orjson
from sqlmodel import Session

from app.domain import captured as rules
from app.domain.people import Actor
from app.services.preparing import Prepared
from app.services.settling import Settling
from app.store import captured as rows
from app.store.captured import Alike


class Declared:
    """For some events that are captured together. It asks only about those whose things are known: a declaration names
    the same things, and would have made them known."""

    def __init__(self, session: Session, asked: Iterable[tuple[Actor, Prepared]], settling: Settling) -> None:
        self.session = session
        wanted: dict[int, list[Prepared]] = {}
        for actor, each in asked:
            if each.typed and any(settling.by_name.get(mention.epc) for mention in each.mentions):
                wanted.setdefault(actor.organisation_id, []).append(each)
        self.found: dict[tuple[int, str], list[Alike]] = {}
        for company, events in wanted.items():
            ids, hashes = [each.event_id for each in events], [_digest(each) for each in events]
            for alike in rows.alike(session, company, ids, hashes):
                for name in {alike.event_id, alike.hash} - {""}:
                    self.found.setdefault((company, name), []).append(alike)

    def by(self, actor: Actor, declaration: Prepared) -> str:
        """The id of the newest event that says the same as this declaration, '' where there is none."""
        alike = self.found.get((actor.organisation_id, _digest(declaration)), [])
        return next((each.event_id for each in reversed(alike) if not each.declared), "")

    def before(self, actor: Actor, event: Prepared) -> bool:
        """Whether it was declared an error before it came."""
        alike = self.found.get((actor.organisation_id, event.event_id), [])
        if any(each.declared and each.event_id == event.event_id for each in alike):
            return True
        same = self.found.get((actor.organisation_id, _digest(event)), [])
        return any(each.declared and not self._about_another(actor, each) for each in same)

    def _about_another(self, actor: Actor, declaration: Alike) -> bool:
        """Whether a declaration that says the same is about an event that was on record, or by its id about another."""
        if declaration.event_id != f"ni:///sha-256;{declaration.hash}?ver=CBV2.0":
            return True
        keys = (rules.key_of(declaration.event_id), rules.key_beside(declaration.event_id, actor.prefix))
        if any(entry.seq != declaration.seq for entry in rows.recorded(self.session, keys).values()):
            return True
        return bool(orjson.loads(rows.body_of(self.session, declaration.seq)).get("declares"))


def _digest(prepared: Prepared) -> str:
    return rules.digest_of(prepared.hash)
