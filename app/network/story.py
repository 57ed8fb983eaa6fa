"""The worked chain told across five companies: each records its own steps in its own database, and takes in what the
others sent to it by asking their nodes, as the scan page does.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.demo import chain, links
from app.demo.companies import PASSWORD
from app.demo.floor import Floor
from app.fetching import Fetcher
from app.network.nodes import Network, Node
from app.network.plan import COMPANIES
from app.network.visiting import Wrong, expect
from app.services import adopting, certifying, recursing
from app.services.adopting import Wanted
from app.services.calling import Line
from app.services.recursing import Recursor
from app.services.scan_events import ScanRequest
from app.services.scanning import Verdict
from app.store import database

# company -> to whom it ships and who brings its goods; who only sends becomes known by the first receipt
PARTNERS = {
    "powder": ("cells",),
    "cells": ("packs",),
    "packs": ("carrier", "vehicles"),
    "carrier": ("vehicles",),
    "vehicles": ("carrier", "packs"),
}


@dataclass
class Floors(Floor):
    """The shop floors of several companies, with their lines to one another."""

    lines: dict[str, Line] = field(default_factory=dict)
    adopted: int = 0

    def scan(self, company: str, step: str, epc: str, site: str, **values: Any) -> Verdict:
        if step == "receive":
            self._take_in(company, epc, site)
        return super().scan(company, step, epc, site, **values)

    def _take_in(self, company: str, epc: str, site: str) -> None:
        """What was sent from elsewhere: asked for outside of any transaction, recorded with the facts told."""
        wanted = self._wanted(company, epc, site)
        if wanted is None:
            return
        for notice in adopting.fetch(self.lines[company], wanted):
            with database.writing(self.database_of(company)) as session:
                self.adopted += adopting.adopt(session, self.people[company], notice, self.now, self.now)

    def _wanted(self, company: str, epc: str, site: str) -> Wanted | None:
        request = ScanRequest("taking-in", "receive", self.sites[site], self.code(epc), self.now)
        with database.reading(self.database_of(company)) as session:
            return adopting.wanted(session, self.people[company], request)


def make_partners(network: Network) -> None:
    """Each company's administrator names whom it deals with; the node asks the network who that is. Those who deal with
    each other sign each other's logs."""
    for key, others in PARTNERS.items():
        node = network[key]
        visitor = node.visitor(node.plan.administrator.login, PASSWORD)
        for other in others:
            reply = visitor.post("/api/v1/partners", {"prefix": network[other].plan.zone})
            expect(reply, 201, f"{key} takes up {other} as its partner")
        dealing = {*others, *(other for other, names in PARTNERS.items() if key in names)}
        for other in sorted(dealing):
            reply = visitor.post("/api/v1/log/partners", {"zone": network[other].plan.zone})
            expect(reply, 201, f"{key} and {other} sign each other's logs")


def tell(network: Network, floor: Floors) -> chain.Goods:
    links.add(floor, network[links.MAKER].url)
    goods = chain.mint_goods(floor)
    recursors = [_connect(network, floor, company.key) for company in COMPANIES]
    chain.tell(floor, goods)
    for recursor in recursors:
        recursor.close()
    if not floor.adopted:
        raise Wrong("no company has taken in anything of another")
    return goods


def _connect(network: Network, floor: Floors, company: str) -> Recursor:
    fetch = Fetcher(allow_private=True)
    recursor = Recursor(fetch, recursing.read(str(network.hints)), _now)
    floor.lines[company] = line_of(network[company], fetch, recursor)
    return recursor


def line_of(node: Node, fetch: Fetcher, recursor: Recursor) -> Line:
    return Line(node.plan.zone, node.seed, fetch, recursor.delegation, _now)


def certify(network: Network) -> int:
    """Each company signs its log; the number of entries of all."""
    size = 0
    for company in COMPANIES:
        node = network[company.key]
        origin = certifying.origin_of(node.url)
        with database.writing(node.engine) as session:
            signed = certifying.checkpoint(session, node.settings.keys_dir, origin, _now())
            size += signed.size if signed else 0
    return size


def _now() -> datetime:
    return datetime.now(UTC)
