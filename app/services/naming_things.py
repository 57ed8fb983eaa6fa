"""Whose names a captured event uses: what has to be known here, what it may bring in, and on what it has no say.

The answers are kept in the entry's envelope, so that whoever reads the log again need not ask.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from app.domain import captured as rules
from app.domain.captured import Namespaces
from app.domain.epcis import Event, Mention
from app.domain.people import Actor
from app.errors import N_, Refused
from app.services import converting
from app.services.cards import is_visible
from app.services.custody_setting import Set
from app.services.replaying import unknown_identifier
from app.services.settling import Known, Settling
from app.store import items, masterdata


class Names:
    """For the events of one company in one transaction; what was found out once is not asked again."""

    def __init__(self, session: Session, actor: Actor, settling: Settling, namespaces: Namespaces) -> None:
        self.session, self.actor, self.settling, self.namespaces = session, actor, settling, namespaces
        self.ours: dict[str, str] = {}  # other names of what is ours, to its own
        self.places: dict[str, str] = {}
        self.seen: dict[str, bool] = {}
        self.set = Set(session, actor.organisation_id)
        self.local = {key: prefix for prefix, key in namespaces.prefixes.items()}

    def told_of(self, event: Event, mentions: Sequence[Mention]) -> dict[str, Any]:
        """What the envelope says of the event beside its text: names, apart, factors, step, result. Raises Unknown for
        a thing of ours that is not there or not for the actor to see, Refused for a place of another company."""
        names: dict[str, str] = {}
        apart: list[str] = []
        for name in dict.fromkeys(mention.epc for mention in mentions):
            known = self._known(name, names)
            if known is None:
                if self.namespaces.owner_of(name) is not None:
                    raise unknown_identifier(name)
            elif not self._has_a_say(known):
                if not known.brought:
                    raise unknown_identifier(name)
                apart.append(name)
        names |= self._parties(event)
        names |= {place: self._place(place) for place in (event.read_point, event.biz_location) if place}
        self._check_bound(names.get(event.read_point, ""))
        step, result = rules.inferred_step(event)
        if event.parent_id in apart:
            step = rules.OBSERVE  # nothing is put into, or taken out of, what others keep
        told = {"names": {n: ours for n, ours in names.items() if n != ours}, "apart": apart}
        return told | {
            "step": step,
            "result": result,
            "factors": self._factors(event, mentions, names, apart),
        }

    def _known(self, name: str, names: dict[str, str]) -> Known | None:
        known = self.settling.by_name.get(name) or self.settling.known.get(name)
        if known is None and self.namespaces.owner_of(name) is not None:
            known = self._by_another_name(name)
        if known is not None and known.epc != name:
            names[name] = known.epc
        return known

    def _by_another_name(self, name: str) -> Known | None:
        """A piece by the GTIN of its product and its serial number, say, where it has a name of its own here."""
        if name not in self.ours:
            thing = items.find(self.session, name)
            self.ours[name] = thing.epc if thing else ""
        if not self.ours[name]:
            return None
        return self.settling.meet(self.ours[name])

    def _has_a_say(self, known: Known) -> bool:
        if known.organisation_id == self.actor.organisation_id or not known.read:
            return known.organisation_id == self.actor.organisation_id
        if known.epc not in self.seen:
            thing = items.of_ids(self.session, [known.id])[known.id]
            self.seen[known.epc] = is_visible(self.session, self.actor, thing)
        return self.seen[known.epc]

    def lenient(self, things: Mapping[str, Known]) -> frozenset[str]:
        """What of these may contradict itself: things that this company brought in and no other of this node has, as
        long as there is nothing else inside of them."""
        return frozenset(
            known.epc
            for known in things.values()
            if self._is_lenient(known)
            and all(
                self._is_lenient(self.settling.known[epc]) for epc in self.settling.inside_of([known.epc])
            )
        )

    def _is_lenient(self, known: Known) -> bool:
        if not known.brought or known.organisation_id != self.actor.organisation_id:
            return False
        state = known.state
        hands = {state.holder, state.to}
        for balance in state.balances:
            hands |= {balance.holder, balance.to}
        return not (hands - {self.actor.prefix}) & self.namespaces.prefixes.keys()

    def _parties(self, event: Event) -> dict[str, str]:
        found = {}
        for value in rules.parties_named(event):
            company = self.namespaces.party_of(value.removeprefix("hdl:"))
            company = company or self.namespaces.party_of(value)
            if company is not None:
                found[value] = f"hdl:{self.local[company]}"
        return found

    def _place(self, place: str) -> str:
        """The place by the name it has here. It need not be one of the company's, but none of another's."""
        if place not in self.places:
            owner = self.namespaces.owner_of(place)
            if owner not in (None, self.actor.organisation_id):
                raise Refused(
                    "not-your-site",
                    N_("{site} is not a place of your organisation."),
                    N_("Choose one of your places, or scan its label."),
                    site=place.removeprefix("hdl:"),
                )
            self.places[place] = place if owner is None else self._own_place(place)
        return self.places[place]

    def _own_place(self, place: str) -> str:
        if masterdata.site_by_epc(self.session, self.actor.organisation_id, place):
            return place
        thing = items.find(self.session, place)
        return thing.epc if thing else place

    def _check_bound(self, place: str) -> None:
        if self.actor.places is not None and place not in self.actor.places:
            raise Refused(
                "not-your-place",
                N_("{name} may not record at {site}."),
                N_("Choose a place you are bound to, or ask an administrator."),
                name=self.actor.name,
                site=place or "—",
            )

    def _factors(
        self, event: Event, mentions: Sequence[Mention], names: Mapping[str, str], apart: Iterable[str]
    ) -> Mapping[str, Any]:
        """Only of what a product of ours says in which units it can be counted."""
        ids = {
            name: known.id
            for name in (mention.epc for mention in mentions if mention.quantity is not None)
            if name not in apart
            and (known := self.settling.known.get(names.get(name, name)))
            and known.product_id
        }
        if not ids:
            return {}
        lots = items.of_ids(self.session, ids.values())
        return converting.factors_of(self.session, event, {name: lots[key] for name, key in ids.items()})
