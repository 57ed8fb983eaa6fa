"""What the registry knows beside the log goes along in an export, and comes back in an empty database as it was."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlmodel import SQLModel, col

from app.services import (
    aliasing,
    allotting,
    certifying,
    exporting,
    patterning,
    prefixes,
    rebuilding,
    reserving,
)
from app.services.minting import MintRequest, mint
from app.store.database import reading, writing
from app.store.tables import Allotment, Counter, DeclaredAlias, Organisation, Product, ReservedRange, Thing
from tests.support.world import World

ORIGIN = "trace.example/log"
KEPT: tuple[type[SQLModel], ...] = (Allotment, Counter, DeclaredAlias, Product, ReservedRange)


@pytest.fixture
def named(world: World) -> World:
    """A second prefix with a quota, a range that is in use, a counter that has begun, aliases of both sorts."""
    with writing(world.engine) as session:
        ana = world.ana
        prefixes.allot(session, ana, ana.organisation_id, "86.122.2", world.tick(), industry="C3841", quota=9)
        module = session.execute(select(Product).where(col(Product.epc) == world.at["module"])).scalar_one()
        patterning.set_pattern(session, ana, module.id or 0, "{part}-{counter:4}", world.tick())
        told = reserving.reserve(
            session,
            ana,
            supplier=world.dee.prefix,
            product_id=module.id or 0,
            start="S7-",
            quota=5,
            now=world.tick(),
        )
        mint(session, world.dee, MintRequest("serial", 2, range_id=told.row.id), world.tick())
        mint(session, ana, MintRequest("serial", 3, product_epc=module.epc, prefix="86.122.2"), world.tick())
        aliasing.add(session, ana, module.epc, "1.2.156.7", world.tick())
        aliasing.add(session, ana, module.epc, "CUST-9", world.tick(), kind="part")
    return world


def exported(world: World, keys: Path) -> list[str]:
    with writing(world.engine) as session:
        certifying.checkpoint(session, keys, ORIGIN, world.now)
    with reading(world.engine) as session:
        return list(exporting.export(session, certifying.verifier_key(keys, ORIGIN), world.now))


def told(engine: Engine) -> list[str]:
    left_out = {"id", "operator_id", "template_id"}
    with reading(engine) as session:
        rows = [
            f"{table.__name__} {row.model_dump(exclude=left_out)}"
            for table in KEPT
            for row in session.execute(select(table)).scalars()
        ]
    return sorted(rows)


def test_prefixes_ranges_counters_and_aliases_survive(named: World, empty_engine: Engine, keys: Path) -> None:
    lines = exported(named, keys)
    with writing(empty_engine) as session:
        rebuilding.rebuild(session, lines)
    assert told(empty_engine) == told(named.engine)
    assert any("S7-" in row for row in told(empty_engine))
    with writing(empty_engine) as session:
        ids = {row.prefix: row.id or 0 for row in session.execute(select(Organisation)).scalars()}
        allotting.require_room(session, "86.122.2", "", ids[named.ana.prefix], 6)
        reserved = session.execute(select(ReservedRange)).scalar_one()
        allotting.require_rooms(
            session, ids[named.dee.prefix], [f"{named.ana.prefix}/S7-{n}" for n in range(3)]
        )
        session.refresh(reserved)
        assert reserved.used == reserved.quota
        assert session.execute(
            select(col(Thing.id)).where(col(Thing.epc).contains("86.122.2/MODULE-000"))
        ).all()


def test_an_older_export_without_prefixes_gives_each_company_its_own(
    named: World, empty_engine: Engine, keys: Path
) -> None:
    """As the migration does."""
    kinds = {"allotment", "reserved_range", "counter", "declared_alias"}
    lines = [line for line in exported(named, keys) if json.loads(line)["kind"] not in kinds]
    with writing(empty_engine) as session:
        rebuilding.rebuild(session, lines)
    with reading(empty_engine) as session:
        prefixes_there = set(session.execute(select(col(Allotment.prefix))).scalars())
    assert prefixes_there == {named.ana.prefix, named.dee.prefix, named.cy.prefix}
