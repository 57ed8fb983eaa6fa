"""What a person sees of a thing in a few words: the card on the scan page, in lists and in the API."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.domain import custody, identifiers
from app.domain.masterdata import CHAIN
from app.domain.people import Actor
from app.store import browsing, items
from app.store.tables import Product, Site, Thing

BUILT_IN = "assembled"
PIECES = frozenset({"serial", "logistic"})
PREFIX = re.compile(r"8[68]\.\d{3,5}\.\d{1,32}")


@dataclass(frozen=True, slots=True)
class Card:
    """Names come in both languages; the edge picks. `quantity` is what the reader's organisation has of a lot."""

    epc: str
    identifier: str
    level: str
    title_zh: str = ""
    title_en: str = ""
    part_number: str = ""
    lot: str = ""
    serial: str = ""
    produced_on: date | None = None
    expires_on: date | None = None
    lifecycle: str = ""
    disposition: str = ""
    holder: str = ""
    to: str = ""
    site: str = ""
    site_zh: str = ""
    site_en: str = ""
    container: str = ""
    held: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    next_steps: tuple[str, ...] = ()


def is_visible(session: Session, actor: Actor, thing: Thing) -> bool:
    """Own, held, on its way here, or once taken part in. What is packed in a container is where the container is; of
    what is built in only the next layer is seen, since the parts of parts may come from companies one does not know;
    and what is on hold, since nothing it is in can leave before it is released."""
    if _is_own(session, actor, thing):
        return True
    if thing.bond != BUILT_IN or actor.prefix not in (thing.holder, thing.to):
        return False
    if thing.held:
        return True
    outer = items.find(session, thing.container)
    return (outer is not None and _is_own(session, actor, outer)) or _shares_chain(session, thing)


def _is_own(session: Session, actor: Actor, thing: Thing) -> bool:
    if actor.organisation_id == thing.organisation_id:
        return True
    if thing.bond != BUILT_IN and actor.prefix in (thing.holder, thing.to):
        return True
    return browsing.took_part(session, thing.id or 0, actor.organisation_id, actor.prefix)


def _shares_chain(session: Session, thing: Thing) -> bool:
    return browsing.organisation(session, thing.organisation_id).sharing == CHAIN


def card_of(session: Session, actor: Actor, thing: Thing) -> Card:
    return cards_of(session, actor, [thing])[0]


def cards_of(
    session: Session, actor: Actor, things: Iterable[Thing], past: Mapping[str, custody.State] | None = None
) -> list[Card]:
    """Cards in the order given; three queries, however many things, and one more where some have gone on to others.
    With `past`, as the things were in these states; what the reader may know goes by where they were then."""
    rows = [items.in_state(thing, past[thing.epc]) if past else thing for thing in things]
    distant = _distant(session, actor, rows)
    states = past or items.states_of(session, rows)
    products = browsing.products_by_id(session, [thing.product_id for thing in rows])
    places = {balance.site for state in states.values() for balance in state.balances}
    sites = browsing.sites_by_epc(
        session, places | {thing.site for thing in rows} | {thing.epc for thing in rows}
    )
    return [
        _without_whereabouts(card) if card.epc in distant else card
        for card in (_card(actor, thing, states[thing.epc], products, sites) for thing in rows)
    ]


def _distant(session: Session, actor: Actor, things: list[Thing]) -> set[str]:
    """Pieces that are beyond the next hands: where and how they are is for who has them to tell (see naming)."""
    gone = [
        thing
        for thing in things
        if thing.level in PIECES and actor.prefix not in (thing.holder, thing.to, thing.origin)
    ]
    if not gone:
        return set()
    holders = browsing.organisations_by_prefix(session, {thing.holder for thing in gone})
    telling = {prefix for prefix, row in holders.items() if row.sharing == CHAIN}
    return {thing.epc for thing in gone if thing.holder not in telling}


def _without_whereabouts(card: Card) -> Card:
    return replace(
        card, disposition="", held="", holder="", to="", site="", site_zh="", site_en="", container=""
    )


def _card(
    actor: Actor, thing: Thing, state: custody.State, products: dict[int, Product], sites: dict[str, Site]
) -> Card:
    named: Product | Site | None = products.get(thing.product_id or 0) or sites.get(thing.epc)
    mine = [balance for balance in state.balances if actor.prefix in (balance.holder, balance.to)]
    places = {balance.site for balance in mine} if thing.level == "lot" else {thing.site}
    place = places.pop() if len(places) == 1 else ""
    site = sites.get(place)
    return Card(
        epc=thing.epc,
        identifier=str(identifiers.from_epc(thing.epc)) if ":uuid:" not in thing.epc else thing.epc,
        level=thing.level,
        title_zh=named.name_zh if named else "",
        title_en=named.name_en if named else "",
        part_number=getattr(named, "part_number", ""),
        lot=thing.lot,
        serial=thing.serial,
        produced_on=thing.produced_on,
        expires_on=thing.expires_on,
        lifecycle=thing.lifecycle,
        disposition=thing.disposition,
        holder=thing.holder,
        to=thing.to,
        site=place,
        site_zh=site.name_zh if site else "",
        site_en=site.name_en if site else "",
        container=thing.container,
        held=thing.held,
        quantity=sum((balance.quantity for balance in mine), Decimal(0)) if thing.level == "lot" else None,
        unit=thing.unit,
        next_steps=custody.possible_steps(state, actor.prefix),
    )


def names_of(session: Session, words: Iterable[str]) -> dict[str, dict[str, str]]:
    """What people call the epcs and organisation prefixes among `words`, as {word: {"zh": …, "en": …}}."""
    wanted = {
        word for word in words if word.startswith(("hdl:", "https://id.gs1.org/")) or PREFIX.fullmatch(word)
    }
    if not wanted:
        return {}
    found: dict[str, Any] = dict(browsing.sites_by_epc(session, wanted))
    found |= browsing.organisations_by_prefix(session, wanted)
    names = {
        word: {"zh": row.name_zh or row.name_en, "en": row.name_en or row.name_zh}
        for word, row in found.items()
    }
    for word, thing in items.of_epcs(session, wanted - names.keys()).items():
        name = (
            thing.serial or thing.lot or str(identifiers.from_epc(word))
        )  # short enough to be read at a glance
        names[word] = {"zh": name, "en": name}
    return names
