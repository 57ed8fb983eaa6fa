"""Search: by identifier, part number, lot, serial, order or name, and only among what the reader may see."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from app.domain import identifiers
from app.domain.people import Actor
from app.domain.provenance import Party, Place
from app.errors import Malformed, Unknown
from app.services import aliasing
from app.services.tracing import sight
from app.services.tracing.naming import Names, is_told_of, node_of
from app.store import lineage, searching
from app.store.lineage import ThingRow

LONGEST = 200
MOST = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One thing found: what it is, and where and how it is as far as the reader may know."""

    id: int
    epc: str
    identifier: str
    level: str
    product_zh: str
    product_en: str
    part_number: str
    lot: str
    serial: str
    unit: str
    expires_on: date | None
    lifecycle: str
    disposition: str
    held: str
    owner: Party | None
    holder: Party | None
    place: Place | None
    to: Party | None
    last_time: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """`exact`: the text is one thing's identifier, or the only match of a number. `after` asks for the next page."""

    rows: tuple[Row, ...]
    exact: bool = False
    after: int | None = None


def search(session: Session, actor: Actor, text: str, *, limit: int = 50, after: int | None = None) -> Found:
    """In order of number. An identifier also finds what is one step up or down; the rest only what one took part in."""
    actor.require("trace")
    wanted = _tidied(text)
    limit = max(1, min(limit, MOST))
    if not wanted:
        return Found(())
    if after is None and (found := _by_identifier(session, actor, wanted)):
        return found
    who = (session, actor.organisation_id, actor.prefix, wanted)
    precise = bool(searching.exact(*who, 1))
    ids = (searching.exact if precise else searching.alike)(*who, limit + 1, after)
    rows = _rows(session, actor, ids[:limit])
    return Found(
        rows, precise and len(ids) == 1 and after is None, ids[limit - 1] if len(ids) > limit else None
    )


def _tidied(text: str) -> str:
    """Full-width letters as plain ones, one space between words, and nothing that no database can hold."""
    spaced = " ".join(unicodedata.normalize("NFKC", text).split())
    return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Cn"})[:LONGEST]


def _by_identifier(session: Session, actor: Actor, text: str) -> Found | None:
    try:
        found = sight.find(session, actor, aliasing.named(session, actor, text))
    except (Malformed, Unknown):
        return None
    return Found(_rows(session, actor, [found.subject]), exact=True)


def _rows(session: Session, actor: Actor, ids: Sequence[int]) -> tuple[Row, ...]:
    if not ids:
        return ()
    things = lineage.things_of(session, ids, actor.organisation_id, actor.prefix)
    names = Names(lineage.organisations(session))
    names.load_sites(session, {row.site for row in things.values()} | {row.epc for row in things.values()})
    return tuple(_row(things[key], names, actor) for key in ids)


def _row(row: ThingRow, names: Names, actor: Actor) -> Row:
    node = node_of(row, 0, names, actor)
    near = is_told_of(row, names, actor)
    named = names.sites.get(row.epc)
    return Row(
        id=row.id,
        epc=row.epc,
        identifier=str(identifiers.from_epc(row.epc)),
        level=row.level,
        product_zh=named.name_zh if named else row.product_zh,
        product_en=named.name_en if named else row.product_en,
        part_number=row.part_number,
        lot=row.lot,
        serial=row.serial,
        unit=row.unit,
        expires_on=row.expires_on,
        lifecycle=node.lifecycle,
        disposition=node.disposition,
        held=node.held,
        owner=node.owner,
        holder=names.party(row.holder) if near and row.level != "lot" else None,
        place=names.place(row.site) if near and row.level != "lot" else None,
        to=names.party(row.to) if near and row.to else None,
        last_time=row.last_time if near else None,
    )
