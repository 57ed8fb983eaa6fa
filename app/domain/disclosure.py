"""Who of other nodes is told what of a company's things: the policy as rules, and what they allow one asker. Pure.

Closed by default: direct suppliers and customers are told one step up and down, or, where the company shares its chain,
whoever proves to hold a part of it. What is not allowed is left out, as if it were not there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.masterdata import CHAIN
from app.errors import N_, Malformed

WHAT = {
    "item": N_("The item itself: what it is, its lot or serial number, its dates"),
    "origin": N_("What went into it"),
    "use": N_("What became of it"),
    "events": N_("What happened to it, and when"),
    "checks": N_("Inspections, holds and their results"),
    "places": N_("At which site"),
    "quantities": N_("How much"),
    "documents": N_("Numbers of orders and documents"),
}
PUBLIC, NEIGHBOURS, CUSTOMERS, PARTY, NOBODY = "public", "neighbours", "customers", "party", "nobody"
AUDIENCES = {
    NOBODY: N_("Nobody"),
    CUSTOMERS: N_("Direct customers"),
    NEIGHBOURS: N_("Direct suppliers and customers"),
    CHAIN: N_("Whoever proves to hold a part of the chain"),
    PUBLIC: N_("Every company on the network"),
    PARTY: N_("One company by name"),
}
SOURCE_STATES = {
    "told": (N_("Answered"), "green"),
    "nothing": (N_("Told nothing"), "yellow"),
    "kept": (N_("Did not answer now; earlier answer shown"), "yellow"),
    "silent": (N_("Did not answer"), "orange"),
    "late": (N_("No time left to ask"), "orange"),
    "refused": (N_("Not believed"), "red"),
}
TRUST = {
    "verified": (N_("Signature verified"), "green"),
    "unsigned": (N_("Not signed"), "yellow"),
    "expired": (N_("Signature expired"), "orange"),
    "forged": (N_("Signature forged"), "red"),
}
CUSTOMER, SUPPLIER, MEMBER = "customer", "supplier", "member"
_ADMITTED = {
    PUBLIC: None,  # whoever asks
    CHAIN: frozenset({CUSTOMER, SUPPLIER, MEMBER}),
    NEIGHBOURS: frozenset({CUSTOMER, SUPPLIER}),
    CUSTOMERS: frozenset({CUSTOMER}),
    NOBODY: frozenset[str](),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """`until` None: for good. `party` is the prefix for the audience PARTY. Later rules replace earlier ones."""

    what: str
    audience: str
    party: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Introduction:
    """A verified statement: `by` tells that `to` may ask about these things, which it handed over or told them of."""

    by: str
    to: str
    things: frozenset[str]


def rule(what: str, audience: str, party: str = "", until: datetime | None = None) -> Rule:
    """A rule as a person made it. Malformed."""
    if what not in WHAT or audience not in AUDIENCES:
        raise Malformed(
            "unknown-rule",
            N_("There is no rule about “{what}” for “{audience}”."),
            N_("Choose both from the lists."),
            what=what[:40],
            audience=audience[:40],
        )
    if (audience == PARTY) != bool(party):
        raise Malformed(
            "rule-party",
            N_("A rule for one company names it, and no other rule names any."),
            N_("Choose the company, or another audience."),
            field="party",
        )
    return Rule(what, audience, party, until)


def in_force(rules: Iterable[Rule], now: datetime) -> list[Rule]:
    return [each for each in rules if each.until is None or now < each.until]


def audience_of(what: str, rules: Iterable[Rule], sharing: str) -> str:
    """For whom something is in general; `rules` are in force, oldest first."""
    general = [each.audience for each in rules if each.what == what and each.audience != PARTY]
    return general[-1] if general else CHAIN if sharing == CHAIN else NEIGHBOURS


def allowed(
    rules: Iterable[Rule], sharing: str, asker: str, relations: frozenset[str], now: datetime
) -> Mapping[str, bool]:
    """What this asker is told; true where it is told of the whole chain, false for one step. Without the item, nothing.

    `relations` are CUSTOMER, SUPPLIER or MEMBER as far as they are proven for the thing in question.
    """
    held = in_force(rules, now)
    found: dict[str, bool] = {}
    for what in WHAT:
        audience = audience_of(what, held, sharing)
        admitted = _ADMITTED[audience]
        named = any(each.what == what and each.audience == PARTY and each.party == asker for each in held)
        if named or admitted is None or relations & admitted:
            found[what] = named or audience in (CHAIN, PUBLIC)
    return found if "item" in found else {}


def witnesses(asker: str, thing: str, introductions: Iterable[Introduction]) -> frozenset[str]:
    """Who stands between us and the asker for this thing: each was introduced by the one before it. Ends on circles."""
    about = [each for each in introductions if thing in each.things]
    reached = {asker}
    while fresh := {each.by for each in about if each.to in reached} - reached:
        reached |= fresh
    return frozenset(reached - {asker})
