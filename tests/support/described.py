"""Templates for the tests of services: one of a cell, and what is done with it in one line each."""

from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from app.domain import templates as rules
from app.domain.people import Actor
from app.services import (
    describing,
    templating,
)
from app.services.template_views import Version
from app.store.database import reading, writing
from app.store.tables import Product, Thing
from tests.support.world import World

CELL: list[dict[str, Any]] = [
    {"name": "chemistry", "type": "choice", "title_zh": "化学体系", "title_en": "Chemistry", "required": True,
     "searchable": True, "choices": [{"value": "NMC", "title_zh": "三元"}, {"value": "LFP", "title_zh": "磷酸铁锂"}]},
    {"name": "capacity", "type": "decimal", "title_zh": "容量", "title_en": "Capacity", "unit": "Ah", "minimum": 0},
    {"name": "batch_sheet", "type": "url", "title_en": "Batch sheet", "visibility": "partners"},
    {"name": "cost", "type": "decimal", "title_en": "Cost", "visibility": "private", "searchable": True},
    {"name": "powder", "type": "identifier", "title_en": "Powder", "many": True, "searchable": True},
]  # fmt: skip
VALUES = {"chemistry": "NMC", "capacity": 52.5, "cost": 3.2, "powder": ["88.118.1001/P-1", "88.118.1001/P-2"]}


def made(world: World, *, key: str = "cell", fields: Any = CELL, by: str = "ana") -> Version:
    with writing(world.engine) as session:
        return templating.create(
            session, world.who(by), key=key, name_zh="电芯", name_en="Cell", industry="C3841", fields=fields, now=world.tick()
        )  # fmt: skip


def revised(
    world: World, version: Version, fields: Any, **more: Any
) -> tuple[Version, tuple[rules.Change, ...]]:
    with writing(world.engine) as session:
        return templating.revise(
            session, world.ana, version.template_id, name_zh="电芯", name_en="Cell", industry="C3841", fields=fields,
            now=world.tick(), **({"based_on": version.number} | more),
        )  # fmt: skip


def given_to(world: World, product: str, version: Version | None) -> None:
    with writing(world.engine) as session:
        row = session.exec(select(Product).where(Product.epc == world.at[product])).one()
        templating.assign(session, world.ana, row, version.template_id if version else None, world.tick())


def count(engine: Engine, table: Any) -> int:
    with Session(engine) as session:
        return len(session.exec(select(table)).all())


def told(world: World, epc: str, reader: Actor | None, *, partner: bool = False) -> dict[str, Any]:
    with reading(world.engine) as session:
        thing = session.exec(select(Thing).where(Thing.epc == epc)).one()
        return describing.described(session, [thing], reader, partner=partner)[epc].as_json()
