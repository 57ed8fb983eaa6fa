"""A supply chain over the nodes of a simulated country: a cell maker, a pack maker, a carrier, a vehicle maker, a dealer.

Each company has its own node and database; goods go from one to the next by ordinary scans, and are received by asking.
"""

from decimal import Decimal
from itertools import count
from typing import Any

from sqlmodel import select

from app.domain.people import Actor
from app.domain.provenance import Provenance
from app.services import adopting, inquiring, masterdata, minting, partnering, scanning
from app.services.calling import Line
from app.services.minting import MintRequest
from app.services.scanning import ScanRequest, Verdict
from app.store.database import reading, writing
from app.store.tables import Operator, Organisation
from tests.support import tenants
from tests.support.simcountry import Country
from tests.support.simnet import SimNet

ZONES = {
    "auto": "88.118",
    "cells": "88.118.2002",
    "packs": "88.118.3003",
    "carrier": "88.118.4004",
    "cars": "88.118.5005",
    "dealer": "88.118.6006",
}
COMPANIES = tuple(name for name in ZONES if name != "auto")
PRODUCTS = {
    "cell": ("cells", "lot"),
    "module": ("packs", "serial"),
    "pack": ("packs", "serial"),
    "car": ("cars", "serial"),
}


class SimChain:
    """`sharing` of all companies. `at` holds their sites and products by name."""

    def __init__(self, net: SimNet, *, sharing: str = "chain", partners: bool = True) -> None:
        self.net = net
        self.country = Country(net, national=("beijing",), below=ZONES, records={})
        self.numbers = count(1)
        self.at: dict[str, str] = {}
        self.who: dict[str, Actor] = {}
        for name in COMPANIES:
            self._found(name, sharing)
        for product, (owner, tracing) in PRODUCTS.items():
            with self.net[owner].writing() as session:
                row = masterdata.create_product(
                    session, self.who[owner], part_number=product.upper(), name_zh=f"{product}品", name_en=product.title(),
                    tracing=tracing, now=self.tick(),
                )  # fmt: skip
                self.at[product] = row.epc
        if partners:
            for sender, receiver in (
                ("cells", "packs"),
                ("packs", "carrier"),
                ("carrier", "cars"),
                ("cars", "dealer"),
            ):
                self.meet(sender, receiver)
                self.meet(receiver, sender)

    def _found(self, name: str, sharing: str) -> None:
        self.country.found(name)
        subject = {"name_zh": f"{name}公司", "name_en": name.title(), "industry": "C38", "region": "420100"}
        self.country.state(ZONES[name], subject=subject)
        node = self.net[name]
        with node.writing() as session:
            person = session.exec(select(Operator).where(Operator.login == "ana")).one()
            self.who[name] = tenants.actor(session, person.id or 0)
            company = session.get_one(Organisation, self.who[name].organisation_id)
            company.sharing = sharing
            self.at[name] = masterdata.create_site(
                session, self.who[name], f"{name}厂", f"{name} plant", "", node.now()
            ).epc

    def line(self, name: str) -> Line:
        node = self.net[name]
        recursor = node.app.extensions.get("suyuan-test-recursor")
        if recursor is None:
            from app.web.edge import recursor_of

            recursor = node.app.extensions["suyuan-test-recursor"] = recursor_of(
                node.app.extensions["suyuan"]
            )
        return Line(node.zone, node.seed, node.fetch, recursor.delegation, node.now)

    def meet(self, name: str, other: str) -> None:
        delegation = self.line(name).delegation(ZONES[other])
        with self.net[name].writing() as session:
            partnering.add(session, self.who[name], delegation, self.tick())

    def tick(self, minutes: int = 1) -> Any:
        self.net.clock.pass_by(minutes=minutes)
        return self.net.clock()

    # --- what people do ---

    def mint(self, product: str = "", number: int = 1, *, by: str = "", **more: Any) -> list[str]:
        owner, tracing = PRODUCTS.get(product, (by, "logistic"))
        request = MintRequest(tracing, number, product_epc=self.at.get(product, ""), **more)
        with self.net[owner].writing() as session:
            return minting.mint(session, self.who[owner], request, self.tick())

    def lot(self, product: str, lot: str, quantity: int) -> str:
        owner = PRODUCTS[product][0]
        return self.mint(product, lot=lot, activate_at=self.at[owner], quantity=Decimal(quantity))[0]

    def scan(self, by: str, step: str, epc: str, *, refused: str = "", **more: Any) -> Verdict:
        if "to" in more:
            more["destination"] = ZONES[more.pop("to")]
        request = ScanRequest(f"nonce-{next(self.numbers):06d}", step, self.at[by], epc, self.tick(), **more)
        node, actor = self.net[by], self.who[by]
        if step == "receive":
            with node.reading() as session:
                wanted = adopting.wanted(session, actor, request)
            for notice in adopting.fetch(self.line(by), wanted) if wanted else ():
                with node.writing() as session:
                    adopting.adopt(session, actor, notice, request.event_time, node.now())
        with node.writing() as session:
            verdict = scanning.scan(session, actor, request, node.now())
        said = verdict.code if verdict.colour == "red" else ""
        assert said == refused, (step, epc, verdict)
        return verdict

    def hand_over(self, sender: str, receiver: str, epc: str, **more: Any) -> None:
        self.scan(sender, "ship", epc, to=receiver, **more)
        self.scan(receiver, "receive", epc)

    def report(self, by: str, epc: str) -> Provenance:
        node = self.net[by]
        return inquiring.report(
            self.who[by], epc.removeprefix("hdl:"), reading=lambda: reading(node.engine),
            writing=lambda: writing(node.engine), line=self.line(by), now=self.tick(),
        )  # fmt: skip

    # --- the story ---

    def car(self) -> "Car":
        """Cells become modules, these a pack, which goes on a pallet by the carrier into a car, which goes to the dealer."""
        cells = self.lot("cell", "C-1", 100)
        self.scan("cells", "inspect", cells, result="pass")
        self.hand_over("cells", "packs", cells, quantity=Decimal(60))
        (module,) = self.mint("module", serial_start="M-1")
        self.scan("packs", "assemble", cells, parent=module, quantity=Decimal(12))
        (pack,) = self.mint("pack", serial_start="P-1")
        self.scan("packs", "assemble", module, parent=pack)
        (pallet,) = self.mint(by="packs")
        self.scan("packs", "pack", pack, parent=pallet)
        self.hand_over("packs", "carrier", pallet)
        self.hand_over("carrier", "cars", pallet)
        self.scan("cars", "unpack", pack, parent=pallet)
        (car,) = self.mint("car", serial_start="V-1")
        self.scan("cars", "assemble", pack, parent=car)
        return Car(cells, module, pack, pallet, car)


class Car:
    def __init__(self, cells: str, module: str, pack: str, pallet: str, car: str) -> None:
        self.cells, self.module, self.pack, self.pallet, self.car = cells, module, pack, pallet, car
