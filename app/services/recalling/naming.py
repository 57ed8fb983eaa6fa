"""Reads the suspects of a recall as people name them: a thing by any of its names, a company, a machine, a place."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlmodel import Session

from app.domain import identifiers
from app.domain.people import Actor
from app.domain.recall_words import KINDS
from app.domain.recalls import Kind, Suspect
from app.errors import N_, Malformed, TraceError
from app.services import aliasing
from app.services.capturing import unknown_identifier
from app.services.cards import is_visible
from app.services.tracing import search
from app.store import browsing, items, masterdata
from app.store.tables import Site, Thing

TRACED = frozenset({"lot", "serial", "logistic"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A suspect as people type it: `value` is any name of a thing or place, or a company's prefix."""

    kind: str
    value: str = ""
    since: datetime | None = None
    until: datetime | None = None
    product: str = ""


def checked(session: Session, actor: Actor, asked: Asked) -> Suspect:
    """Raises Malformed or Unknown, with the field it is about."""
    if asked.kind not in KINDS:
        raise Malformed(
            "unknown-suspect",
            N_("'{kind}' is no way to name a suspect."),
            N_("Choose one of: {known}."),
            kind=asked.kind[:40],
            known=", ".join(KINDS),
        )
    if asked.since and asked.until and asked.until < asked.since:
        raise Malformed(
            "window-backwards", N_("The time ends before it begins."), N_("Exchange the two."), field="until"
        )
    product = tidy(asked.product, 100)
    value, zh, en = _NAMING[asked.kind](session, actor, asked)
    return Suspect(cast(Kind, asked.kind), value, asked.since, asked.until, product, zh, en)


def tidy(text: str, most: int) -> str:
    """One line of plain text; what no database can hold is left out."""
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Cn"})[:most]


def _thing(session: Session, actor: Actor, asked: Asked) -> tuple[str, str, str]:
    text = tidy(asked.value, 400)
    try:
        thing = items.find(session, aliasing.named(session, actor, text))
    except Malformed:
        thing = None
    if thing is None or not is_visible(session, actor, thing):
        thing = _searched(session, actor, text)
    if thing.level not in TRACED | {"product"}:
        raise Malformed(
            "not-traced",
            N_("{identifier} is neither a lot nor a piece nor a container."),
            N_("Name what can be held and shipped."),
            identifier=text[:80],
            field="things",
        )
    product = browsing.products_by_id(session, [thing.product_id]).get(thing.product_id or 0)
    number = thing.serial or thing.lot or str(identifiers.from_epc(thing.epc))
    names = (product.name_zh or product.name_en, product.name_en or product.name_zh) if product else ("", "")
    return thing.epc, f"{names[0]} {number}".strip(), f"{names[1]} {number}".strip()


def _searched(session: Session, actor: Actor, text: str) -> Thing:
    """A lot, serial or part number that only one thing has."""
    found = search(session, actor, text, limit=2)
    if len(found.rows) > 1:
        raise Malformed(
            "suspect-ambiguous",
            N_("More than one thing is called {identifier}."),
            N_("Search for it, and name the one that is meant by its identifier."),
            identifier=text[:80],
            field="things",
        )
    if not found.rows:
        raise unknown_identifier(text[:80])
    return items.of_epcs(session, [found.rows[0].epc])[found.rows[0].epc]


def _supplier(session: Session, actor: Actor, asked: Asked) -> tuple[str, str, str]:
    row = masterdata.organisation_by_prefix(session, tidy(asked.value, 64))
    if row is None or row.id == actor.organisation_id:
        raise Malformed(
            "unknown-supplier",
            N_("There is no supplier {supplier}."),
            N_("Choose one from the list."),
            supplier=tidy(asked.value, 64) or "—",
            field="supplier",
        )
    return row.prefix, row.name_zh or row.name_en, row.name_en or row.name_zh


def _window(_session: Session, _actor: Actor, asked: Asked) -> tuple[str, str, str]:
    if asked.since is None and asked.until is None:
        raise Malformed(
            "window-missing", N_("From when until when?"), N_("Give at least one of the two."), field="since"
        )
    return "", "", ""


def _place(session: Session, actor: Actor, asked: Asked) -> tuple[str, str, str]:
    site = _site(session, actor, tidy(asked.value, 300))
    if site is None:
        raise Malformed(
            "unknown-place",
            N_("{place} is not a place of your organisation."),
            N_("Choose one from the list."),
            place=tidy(asked.value, 80) or "—",
            field="place",
        )
    return site.epc, site.name_zh or site.name_en, site.name_en or site.name_zh


def _machine(session: Session, actor: Actor, asked: Asked) -> tuple[str, str, str]:
    text = tidy(asked.value, 300)
    if site := _site(session, actor, text):
        return site.epc, site.name_zh or site.name_en, site.name_en or site.name_zh
    if not text:
        raise Malformed(
            "machine-missing",
            N_("Which machine or read point?"),
            N_("Type or scan its label."),
            field="machine",
        )
    try:
        name = identifiers.parse(text)
    except TraceError:
        return text, text, text  # an identifier of the sender's own
    return name.epc, str(name), str(name)


def _site(session: Session, actor: Actor, text: str) -> Site | None:
    try:
        epc = identifiers.parse(text).epc
    except TraceError:
        return None
    return masterdata.site_by_epc(session, actor.organisation_id, epc)


_NAMING: Mapping[str, Callable[[Session, Actor, Asked], tuple[str, str, str]]] = {
    "thing": _thing,
    "supplier": _supplier,
    "window": _window,
    "machine": _machine,
    "place": _place,
}
