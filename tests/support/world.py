"""A small world for tests of services, on either database: three companies, their people, places and products.

Ana owns the first company and Bo works for her; Dee runs the company they deliver to; Cy's must see nothing of either.
Every step is a transaction of its own, a minute after the one before.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from app.domain.people import Actor
from app.services import masterdata, minting, scanning, templating
from app.services.minting import MintRequest
from app.services.scanning import ScanRequest, Verdict
from app.store import items, log
from app.store import masterdata as masterdata_rows
from app.store.database import reading, writing
from app.store.tables import Operator, Organisation, Product, Thing
from tests.support import founding

COMPANIES = (
    ("ana", "88.118.1001", "安娜电池", "Ana Batteries"),
    ("dee", "88.118.3003", "迪伊汽车", "Dee Motors"),
    ("cy", "88.118.2002", "赛伊贸易", "Cy Trading"),
)
SITES = {"plant": "ana", "store": "ana", "dock": "dee", "line": "dee", "yard": "cy"}
PRODUCTS = {  # name: whose, traced by, unit
    "powder": ("ana", "lot", "KGM"),
    "cell": ("ana", "lot", "H87"),
    "module": ("ana", "serial", "H87"),
    "pack": ("ana", "serial", "H87"),
    "car": ("dee", "serial", "H87"),
}


class World:
    """`at` gives what was named here: sites and products by the names above, as epcs."""

    ana: Actor
    bo: Actor
    dee: Actor
    cy: Actor

    def __init__(self, engine: Engine, now: datetime) -> None:
        self.engine, self.now = engine, now
        self.at: dict[str, str] = {}
        self.nonces = count(1)
        with writing(engine) as session:
            people, places = founding.once(session, ("world", now), lambda: _founded(session, now))
        self.ana, self.bo, self.dee, self.cy = people
        self.at.update(places)

    @classmethod
    def opened(cls, engine: Engine, now: datetime, at: dict[str, str]) -> "World":
        """A world that was built before, in a copy of its database."""
        world = cls.__new__(cls)
        world.engine, world.now, world.at, world.nonces = engine, now, at, count(1_000)
        with Session(engine) as session:
            prefixes = {row.id: row.prefix for row in session.exec(select(Organisation))}
            for row in session.exec(select(Operator)):
                prefix = prefixes[row.organisation_id]
                actor = Actor(
                    row.id or 0, row.organisation_id, prefix, row.name, row.role, node=row.login == "ana"
                )
                setattr(world, row.login, actor)
        return world

    def who(self, name: str) -> Actor:
        actor: Actor = getattr(self, name)
        return actor

    def tick(self, minutes: float = 1) -> datetime:
        self.now += timedelta(minutes=minutes)
        return self.now

    def mint(self, product: str = "", amount: int = 1, *, by: str = "ana", **more: Any) -> list[str]:
        """Identifiers of a product (`lot` names the batch), or logistic units without one."""
        level = PRODUCTS[product][1] if product else "logistic"
        request = MintRequest(level, amount, product_epc=self.at.get(product, ""), **more)
        with writing(self.engine) as session:
            return minting.mint(session, self.who(by), request, self.tick())

    def described(self, product: str, *, by: str = "ana") -> None:
        """Gives the product a template: a chemistry to search by, and a capacity."""
        fields = [
            {"name": "chemistry", "type": "text", "title_en": "Chemistry", "searchable": True},
            {"name": "capacity", "type": "decimal", "title_en": "Capacity", "unit": "Ah"},
        ]
        with writing(self.engine) as session:
            version = templating.create(
                session, self.who(by), key=product, name_zh="", name_en=product, fields=fields, now=self.now
            )
            row = session.exec(select(Product).where(Product.epc == self.at[product])).one()
            templating.assign(session, self.who(by), row, version.template_id, self.now)

    def lot(self, product: str, lot: str, quantity: int | str, *, at: str = "plant", by: str = "ana") -> str:
        """A batch in stock."""
        amount = Decimal(quantity)
        return self.mint(product, by=by, lot=lot, activate_at=self.at[at], quantity=amount)[0]

    def piece(self, product: str = "module", *, at: str = "plant", by: str = "ana") -> str:
        """One serial item, in use."""
        return self.mint(product, by=by, activate_at=self.at[at])[0]

    def request(self, step: str, code: str, *, at: str = "plant", **more: Any) -> ScanRequest:
        """The scan as a device would send it now, with a nonce of its own."""
        values = {
            "nonce": f"nonce-{next(self.nonces):06d}",
            "visit": "visit-1",
            "event_time": self.tick(),
        } | more
        if isinstance(values.get("quantity"), int | str):
            values["quantity"] = Decimal(values["quantity"])
        return ScanRequest(step=step, code=code, place=self.at.get(at, at), **values)

    def send(self, request: ScanRequest, *, by: str = "bo") -> Verdict:
        with writing(self.engine) as session:
            return scanning.scan(session, self.who(by), request, self.now)

    def scan(self, step: str, code: str, *, by: str = "bo", at: str = "plant", **more: Any) -> Verdict:
        """One scan, whatever its verdict."""
        return self.send(self.request(step, code, at=at, **more), by=by)

    def do(self, step: str, code: str, *, by: str = "bo", at: str = "plant", **more: Any) -> Verdict:
        """One scan that has to succeed."""
        verdict = self.scan(step, code, by=by, at=at, **more)
        assert verdict.colour != "red", verdict.message.format(**verdict.values_in("en"))
        return verdict

    def undo(self, nonce: str, *, by: str = "bo", visit: str = "visit-1") -> Verdict:
        with writing(self.engine) as session:
            return scanning.undo(session, self.who(by), nonce, visit, self.tick())

    def size(self) -> int:
        """How many events there are."""
        with reading(self.engine) as session:
            return log.size(session)

    def thing(self, epc: str) -> Thing:
        with reading(self.engine) as session:
            return items.of_epcs(session, [epc])[epc]

    def stock(self, lot: str) -> dict[tuple[str, str, str, str], Decimal]:
        """How much of the lot is where: by holder, site, addressee and container."""
        with reading(self.engine) as session:
            (state,) = items.states_of(session, items.of_epcs(session, [lot]).values()).values()
        return {balance.place: balance.quantity for balance in state.balances}


def _founded(session: Session, now: datetime) -> tuple[tuple[Actor, ...], dict[str, str]]:
    """Ana, Bo, Dee and Cy; the epcs of sites and products by name."""
    companies = {name: _company(session, prefix, zh, en, now) for name, prefix, zh, en in COMPANIES}
    ana = _person(session, companies["ana"], "ana", "administrator", now)
    bo = _person(session, companies["ana"], "bo", "operator", now)
    dee = _person(session, companies["dee"], "dee", "manager", now)
    cy = _person(session, companies["cy"], "cy", "manager", now)
    owners, epcs = {"ana": ana, "dee": dee, "cy": cy}, {}
    for name, owner in SITES.items():
        site = masterdata.create_site(session, owners[owner], f"{name}地点", name.title(), "", now)
        epcs[name] = site.epc
    for name, (owner, tracing, unit) in PRODUCTS.items():
        kind = {"tracing": tracing, "unit": unit}
        product = masterdata.create_product(
            session, owners[owner], part_number=name.upper(), name_zh=f"{name}产品", name_en=name, now=now, **kind
        )  # fmt: skip
        epcs[name] = product.epc
    return (ana, bo, dee, cy), epcs


def sentence(verdict: Verdict) -> str:
    """What the reader is told, in English."""
    return verdict.message.format(**verdict.values_in("en"))


def _company(session: Any, prefix: str, zh: str, en: str, now: datetime) -> Organisation:
    gs1 = "6901234" if prefix == COMPANIES[0][1] else ""
    company = Organisation(prefix=prefix, name_zh=zh, name_en=en, gs1_prefix=gs1, record_time=now)
    return masterdata_rows.add_organisation(session, company)


def _person(session: Any, company: Organisation, name: str, role: str, now: datetime) -> Actor:
    row = Operator(
        organisation_id=company.id or 0,
        login=name,
        name=name.title(),
        password_hash="",
        role=role,
        record_time=now,
    )
    session.add(row)
    session.flush()
    return Actor(row.id or 0, company.id or 0, company.prefix, row.name, role, node=name == "ana")
