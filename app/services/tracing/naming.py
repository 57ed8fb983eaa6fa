"""Turns rows into the values a report names things by: companies, places, pieces."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlmodel import Session

from app.domain.masterdata import CHAIN
from app.domain.people import Actor
from app.domain.provenance import Node, Party, Place
from app.store import lineage
from app.store.lineage import ThingRow
from app.store.tables import Organisation, Site

WHOLE = frozenset({"lot", "product", "location", "process"})  # have one state for all who have some of it


class Names:
    """Companies by id and prefix, places by epc; unknown ones are named by their identifier."""

    def __init__(
        self, organisations: Iterable[Organisation], sites: Mapping[str, Site] | None = None
    ) -> None:
        rows = list(organisations)
        self.by_id = {int(row.id or 0): _party(row) for row in rows}
        self.sharing = frozenset(row.prefix for row in rows if row.sharing == CHAIN)
        self.by_prefix = {party.prefix: party for party in self.by_id.values()}
        self.sites = dict(sites or {})

    def load_sites(self, session: Session, epcs: Iterable[str]) -> None:
        self.sites |= lineage.sites_of(session, set(epcs) - set(self.sites))

    def party(self, prefix: str) -> Party:
        return self.by_prefix.get(prefix) or Party(prefix, prefix, prefix)

    def place(self, epc: str) -> Place | None:
        if not epc:
            return None
        site = self.sites.get(epc)
        if site is None:
            return Place(epc, "", "", epc.removeprefix("hdl:").partition("/")[0])
        return Place(epc, site.name_zh, site.name_en, self.by_id[site.organisation_id].prefix)


def _party(row: Organisation) -> Party:
    return Party(row.prefix, row.name_zh, row.name_en)


def node_of(row: ThingRow, depth: int, names: Names, actor: Actor) -> Node:
    told = row.level in WHOLE or is_told_of(row, names, actor)
    lifecycle, disposition, held = (row.lifecycle, row.disposition, row.held) if told else ("", "", "")
    return Node(
        id=row.id,
        depth=depth,
        epc=row.epc,
        level=row.level,
        product_zh=row.product_zh,
        product_en=row.product_en,
        part_number=row.part_number,
        lot=row.lot,
        serial=row.serial,
        unit=row.unit,
        owner=names.by_id.get(row.organisation_id),
        produced_on=row.produced_on,
        expires_on=row.expires_on,
        lifecycle=lifecycle,
        disposition=disposition,
        held=held,
    )


def is_told_of(row: ThingRow, names: Names, actor: Actor) -> bool:
    """How and where a piece is concerns who has it, who sent it and who is to get it, not earlier hands: these learn it
    only from a holder that shares its chain."""
    return actor.prefix in (row.holder, row.to, row.origin) or row.holder in names.sharing


def both(named: Party | Place | None) -> dict[str, str]:
    """A name in both languages, for a sentence whose language is chosen later."""
    if named is None:
        return {"zh": "—", "en": "—"}
    bare = named.prefix if isinstance(named, Party) else named.epc.removeprefix("hdl:")
    return {"zh": named.name_zh or named.name_en or bare, "en": named.name_en or named.name_zh or bare}


def title_of(node: Node) -> dict[str, Any]:
    """Product and number in both languages: 'Battery pack SN-0001'."""
    number = node.serial or node.lot or node.epc.removeprefix("hdl:")
    return {"zh": f"{node.product_zh} {number}".strip(), "en": f"{node.product_en} {number}".strip()}
