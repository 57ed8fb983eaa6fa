"""Builds supply chains for tests out of the real services: companies, places, products, and one line per step."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.domain.epcis import Event, Quantity
from app.domain.people import Actor
from app.domain.provenance import Party, Place
from app.domain.steps import INSPECTION_RESULTS, STEPS
from app.services import capturing, minting
from app.store import masterdata as masterdata_rows
from app.store.tables import Operator, Organisation, Product, Site

Part = str | tuple[str, int]  # the epc of a piece, or a lot with how much of it
NOT_HASHED = "no password"


class Chain:
    """Each step happens a minute after the one before, at the actor's first site unless told otherwise."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now
        self.home: dict[str, str] = {}
        self.units: dict[str, str] = {}
        self.runs = 0

    def company(self, number: int, name: str, *, role: str = "manager", sharing: str = "neighbours") -> Actor:
        prefix = f"88.118.{number}"
        row = Organisation(
            prefix=prefix, name_zh=f"{name}公司", name_en=name, sharing=sharing, record_time=self.now
        )
        masterdata_rows.add_organisation(self.session, row)
        actor = self.person(row, name, role)
        self.home[prefix] = self.site(actor, f"{name} plant")
        return actor

    def person(self, company: Organisation, name: str, role: str) -> Actor:
        row = Operator(
            organisation_id=company.id or 0, login=f"{name}.{role}".lower(), name=name,
            password_hash=NOT_HASHED, role=role, record_time=self.now,
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        return Actor(row.id or 0, company.id or 0, company.prefix, name, role)

    def site(self, actor: Actor, name: str) -> str:
        epc = f"hdl:{actor.prefix}/SITE-{name.upper().replace(' ', '-')}"
        row = Site(
            organisation_id=actor.organisation_id,
            epc=epc,
            name_zh=f"{name}厂",
            name_en=name,
            record_time=self.now,
        )
        self.session.add(row)
        self.session.flush()
        return epc

    def product(
        self, actor: Actor, part_number: str, name: str, *, tracing: str = "serial", unit: str = "H87"
    ) -> str:
        epc = f"hdl:{actor.prefix}/P-{part_number}"
        self.session.add(
            Product(
                organisation_id=actor.organisation_id, epc=epc, part_number=part_number, name_zh=f"{name}品", name_en=name,
                unit=unit, tracing=tracing, record_time=self.now,
            )
        )  # fmt: skip
        self.session.flush()
        self.units[epc] = unit
        return epc

    def lot(self, actor: Actor, product: str, lot: str, quantity: int | None = None) -> str:
        """With a quantity it is commissioned; without, reserved for a later `transform`."""
        request = minting.MintRequest(
            "lot", product_epc=product, lot=lot,
            activate_at=self.home[actor.prefix] if quantity else "", quantity=Decimal(quantity) if quantity else None,
        )  # fmt: skip
        (epc,) = minting.mint(self.session, actor, request, self.tick())
        self.units[epc] = self.units[product]
        return epc

    def serials(
        self, actor: Actor, product: str, count: int, *, start: str = "", active: bool = False
    ) -> list[str]:
        place = self.home[actor.prefix] if active else ""
        request = minting.MintRequest(
            "serial", count, product_epc=product, serial_start=start, activate_at=place
        )
        return minting.mint(self.session, actor, request, self.tick())

    def pallet(self, actor: Actor) -> str:
        return minting.mint(self.session, actor, minting.MintRequest("logistic"), self.tick())[0]

    def do(self, step: str, actor: Actor, *parts: Part, **more: Any) -> int:
        """An object step: receive, inspect, move, ship, return, scrap, hold, release."""
        return self._capture(step, actor, more, **_lists("", self._split(parts)))

    def ship(self, sender: Actor, to: Actor, *parts: Part, **more: Any) -> int:
        pair = "possessing_party"
        parties = {
            "source_list": ((pair, f"hdl:{sender.prefix}"),),
            "destination_list": ((pair, f"hdl:{to.prefix}"),),
        }
        return self.do("ship", sender, *parts, **parties, **more)

    def hand_over(self, sender: Actor, to: Actor, *parts: Part) -> None:
        self.ship(sender, to, *parts)
        self.do("receive", to, *parts)

    def transform(self, actor: Actor, inputs: Iterable[Part], outputs: Iterable[Part]) -> str:
        self.runs += 1
        run = f"urn:uuid:00000000-0000-4000-8000-{self.runs:012d}"
        self._capture("consume", actor, {}, transformation_id=run, **_lists("input_", self._split(inputs)))
        self._capture("produce", actor, {}, transformation_id=run, **_lists("output_", self._split(outputs)))
        return run

    def join(self, step: str, actor: Actor, parent: str, *parts: Part, **more: Any) -> int:
        """assemble, pack or unpack."""
        return self._capture(step, actor, more, parent_id=parent, **_lists("child_", self._split(parts)))

    def withdraw(self, actor: Actor, seq: int) -> int:
        return capturing.correct(self.session, seq, actor, self.tick(), "did_not_occur").seq

    def party(self, actor: Actor) -> Party:
        return Party(actor.prefix, f"{actor.name}公司", actor.name)

    def place(self, actor: Actor) -> Place:
        plant = f"{actor.name} plant"
        return Place(self.home[actor.prefix], f"{plant}厂", plant, actor.prefix)

    def tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def _capture(self, step: str, actor: Actor, more: dict[str, Any], **lists: Any) -> int:
        kind = STEPS[step]
        place = more.pop("at", self.home[actor.prefix])
        extensions = {"suyuan:step": step} | {
            f"suyuan:{name}": more.pop(name) for name in ("result", "reason") if name in more
        }
        disposition = INSPECTION_RESULTS.get(extensions.get("suyuan:result", ""), kind.disposition)
        event = Event(
            kind.event_type, more.pop("when", None) or self.tick(), action=kind.action, biz_step=kind.biz_step,
            disposition=disposition, read_point=place, biz_location=place, extensions=extensions, **lists, **more,
        )  # fmt: skip
        return capturing.capture(self.session, event, actor, self.now).seq

    def _split(self, parts: Iterable[Part]) -> tuple[tuple[str, ...], tuple[Quantity, ...]]:
        rows = list(parts)
        counted = [
            Quantity(part[0], Decimal(part[1]), self.units[part[0]])
            for part in rows
            if isinstance(part, tuple)
        ]
        return tuple(part for part in rows if isinstance(part, str)), tuple(counted)


def _lists(start: str, parts: tuple[tuple[str, ...], tuple[Quantity, ...]]) -> dict[str, Any]:
    plain = {
        "": "epc_list",
        "child_": "child_epcs",
        "input_": "input_epc_list",
        "output_": "output_epc_list",
    }[start]
    return {plain: parts[0], f"{start}quantity_list": parts[1]}


@dataclass
class Battery:
    """Ana makes powder, Bea cells of it, Dee modules and packs of these; Eve buys packs on a pallet. Fay buys cells as well,
    and Cy has nothing to do with any of it."""

    ana: Actor
    bea: Actor
    dee: Actor
    eve: Actor
    fay: Actor
    cy: Actor
    powder: str
    run: str
    cells: str
    modules: list[str]
    pack: str
    pallet: str
    scooter: str
    car: str


def battery(chain: Chain, **sharing: str) -> Battery:
    """`sharing` says who shares the chain: battery(chain, bea="chain"). The scooter is what Fay made of the same cells."""
    names = {"ana": 1001, "bea": 1002, "dee": 1003, "eve": 1004, "fay": 1005, "cy": 1009}
    who = {
        name: chain.company(number, name.title(), sharing=sharing.get(name, "neighbours"))
        for name, number in names.items()
    }
    ana, bea, dee, eve, fay = (who[name] for name in ("ana", "bea", "dee", "eve", "fay"))
    powder = chain.lot(ana, chain.product(ana, "NCM", "Powder", tracing="lot", unit="KGM"), "P1", 1000)
    chain.hand_over(ana, bea, (powder, 600))
    cells = chain.lot(bea, chain.product(bea, "CELL-50", "Cell", tracing="lot"), "C1")
    run = chain.transform(bea, [(powder, 300)], [(cells, 500)])
    chain.do("inspect", bea, (cells, 500), result="pass")
    chain.hand_over(bea, dee, (cells, 200))
    chain.hand_over(bea, fay, (cells, 100))
    modules = chain.serials(dee, chain.product(dee, "MOD-12", "Module"), 3, start="M-01")
    for module in modules:
        chain.join("assemble", dee, module, (cells, 20))
    (pack,) = chain.serials(dee, chain.product(dee, "PACK-60", "Pack"), 1, start="K-01")
    chain.join("assemble", dee, pack, *modules[:2])
    chain.do("inspect", dee, pack, result="pass")
    pallet = chain.pallet(dee)
    chain.join("pack", dee, pallet, pack)
    chain.ship(dee, eve, pallet, biz_transaction_list=(("po", "PO-77"),))
    chain.do("receive", eve, pallet)
    chain.join("unpack", eve, pallet, pack)
    (scooter,) = chain.serials(fay, chain.product(fay, "SCOOT", "Scooter"), 1, start="S-01")
    chain.join("assemble", fay, scooter, (cells, 50))
    (car,) = chain.serials(eve, chain.product(eve, "CAR", "Car"), 1, start="V-01")
    chain.join("assemble", eve, car, pack)
    return Battery(
        **who,
        powder=powder,
        run=run,
        cells=cells,
        modules=modules,
        pack=pack,
        pallet=pallet,
        scooter=scooter,
        car=car,
    )
