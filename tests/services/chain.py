"""Builds supply chains for tests out of the real services: companies, places, products, and one line per step."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.domain.epcis import Event, Quantity
from app.domain.people import Actor
from app.domain.steps import INSPECTION_RESULTS, STEPS
from app.services import capturing, minting
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
        self.session.add(row)
        self.session.flush()
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
