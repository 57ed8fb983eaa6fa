"""The values of what is minted: checked, kept, shown to whom, rebuilt from the log."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from app.domain import templates as rules
from app.domain.identifiers import Identifier
from app.errors import Refused, TraceError
from app.services import (
    certifying,
    describing,
    exporting,
    masterdata,
    minting,
    rebuilding,
    reserving,
    templating,
)
from app.services.index_checking import index_faults
from app.services.minting import MintRequest
from app.services.template_views import Version
from app.store.database import reading, writing
from app.store.tables import Attributes, Product, Thing, ValueIndex
from tests.support.described import CELL, VALUES, count, given_to, made, revised, told
from tests.support.history import rows_of
from tests.support.world import World


@pytest.fixture
def cell(world: World) -> Version:
    """The template of the world's modules."""
    version = made(world)
    given_to(world, "module", version)
    return version


# --- products and minting ---


def test_a_retired_template_is_chosen_for_no_more_products(world: World, cell: Version) -> None:
    with writing(world.engine) as session:
        templating.set_active(session, world.ana, cell.template_id, world.now, active=False)
    with pytest.raises(Refused) as refused:
        given_to(world, "pack", cell)
    assert refused.value.code == "template-retired"
    assert told(world, world.mint("module", values=VALUES)[0], None)["chemistry"] == "NMC"
    with writing(world.engine) as session:
        templating.set_active(session, world.ana, cell.template_id, world.now, active=True)
    given_to(world, "pack", cell)
    with reading(world.engine) as session:
        assert [p.part_number for p in templating.products_of(session, world.ana, cell.template_id)] == [
            "MODULE",
            "PACK",
        ]
        assert templating.product_counts(session, [cell]) == {cell.template_id: 2}


def test_values_need_a_template_and_a_template_its_values(world: World, cell: Version) -> None:
    before = world.size()
    for product, values, code in (
        ("pack", {"chemistry": "NMC"}, "no-template"),
        ("module", {}, "value-missing"),
        ("module", {"chemistry": "Pb"}, "value-not-offered"),
        ("module", {"chemistry": "NMC", "volts": 3}, "unknown-field"),
        ("module", {"chemistry": "NMC", "capacity": -1}, "value-out-of-range"),
        ("module", {"chemistry": "NMC", "capacity": {"deep": [1]}}, "value-wrong-kind"),
        ("module", {"chemistry": "x" * 300_000}, "value-not-offered"),
        ("module", {"chemistry": "NM\x00C"}, "value-bad-text"),
        ("module", {"chemistry": "NMC", "powder": ["no identifier"]}, "value-bad-identifier"),
        ("module", ["NMC"], "values-not-an-object"),
    ):
        with pytest.raises(TraceError) as refused:
            world.mint(product, values=values)
        assert refused.value.code == code
    with pytest.raises(Refused, match="no template"):
        world.mint(values={"chemistry": "NMC"})
    assert world.size() == before


def test_every_fault_of_the_values_is_told(world: World, cell: Version) -> None:
    with pytest.raises(rules.BadValues) as refused:
        world.mint("module", values={"capacity": -1, "cost": "dear"})
    assert [fault.values["field"] for fault in refused.value.faults] == [
        "values.chemistry", "values.capacity", "values.cost",
    ]  # fmt: skip


def test_things_with_the_same_values_share_them(world: World, cell: Version) -> None:
    world.mint("module", 1_200, values=VALUES)
    world.mint("module", values=dict(reversed(VALUES.items())))
    assert count(world.engine, Attributes) == 1
    world.mint("module", values=VALUES | {"cost": 4})
    assert count(world.engine, Attributes) == 2
    assert world.thing(world.mint("pack")[0]).attributes_id is None


def test_lots_have_values_too(world: World) -> None:
    given_to(world, "powder", made(world))
    lot = world.mint("powder", lot="P-1", values={"chemistry": "LFP"})[0]
    assert told(world, lot, None) == {"chemistry": "LFP"}


def test_values_are_found_by_what_is_searchable(world: World, cell: Version) -> None:
    world.mint("module", values=VALUES)
    with Session(world.engine) as session:
        found = {(row.type, row.value, row.public) for row in session.exec(select(ValueIndex))}
    assert found == {
        ("chemistry", "nmc", True), ("cost", "3.2", False),
        ("powder", "hdl:88.118.1001/p-1", True), ("powder", "hdl:88.118.1001/p-2", True),
    }  # fmt: skip


def test_a_supplier_in_a_reserved_range_fills_in_the_owners_template(world: World, cell: Version) -> None:
    with writing(world.engine) as session:
        product = session.exec(select(Product).where(Product.epc == world.at["module"])).one()
        reserved = reserving.reserve(
            session, world.ana, supplier=world.dee.prefix, product_id=product.id or 0, start="S7-", quota=5, now=world.tick()
        )  # fmt: skip
    request = MintRequest("serial", 2, range_id=reserved.row.id)
    for values, expected in (({}, "value-missing"), (VALUES, "")):
        with writing(world.engine) as session:
            if expected:
                with pytest.raises(TraceError) as refused:
                    minting.mint(session, world.dee, replace(request, values=values), world.tick())
                assert refused.value.code == expected
            else:
                epcs = minting.mint(session, world.dee, replace(request, values=values), world.tick())
    for reader in (world.ana, world.dee):
        assert told(world, epcs[0], reader)["cost"] == 3.2
    assert "cost" not in told(world, epcs[0], world.cy, partner=True)


# --- who sees what ---


def test_the_public_a_partner_and_the_owner_see_more_and_more(world: World, cell: Version) -> None:
    values = VALUES | {"batch_sheet": "https://ana.example/sheet/7"}
    epc = world.mint("module", values=values)[0]
    public = {"chemistry", "capacity", "powder"}
    assert told(world, epc, None).keys() == public
    assert told(world, epc, world.cy).keys() == public
    assert told(world, epc, world.dee, partner=True).keys() == public | {"batch_sheet"}
    assert told(world, epc, world.bo).keys() == public | {"batch_sheet", "cost"}
    with reading(world.engine) as session:
        thing = session.exec(select(Thing).where(Thing.epc == epc)).one()
        assert [each.text("zh") for each in describing.public_values(session, thing)] == [
            "三元", "52.5 Ah", "88.118.1001/P-1、88.118.1001/P-2",
        ]  # fmt: skip


def test_a_templates_identifier_leads_to_its_schema(world: World, cell: Version) -> None:
    revised(world, cell, CELL[:2])
    with reading(world.engine) as session:
        for suffix in ("META_cell", "meta_CELL"):
            found = describing.template_at(session, Identifier("88.118.1001", suffix))
            assert found is not None
            assert found.number == 2
        first = describing.template_at(session, Identifier("88.118.1001", "META_cell"), 1)
        assert first is not None
        assert describing.template_at(session, Identifier("88.118.1001", "META_none")) is None
        assert describing.template_at(session, Identifier("88.118.1001", "META_cell"), 9) is None
        assert describing.template_at(session, Identifier("88.118.1001", "cell")) is None
    public = describing.schema(first, "https://trace.example", whole=False)
    assert list(public["properties"]) == ["chemistry", "capacity", "powder"]
    assert public["$id"] == "https://trace.example/88.118.1001/META_cell?version=1"
    assert "cost" in describing.schema(first, "https://trace.example", whole=True)["properties"]


# --- the log ---


def test_the_log_gives_the_values_back(world: World, cell: Version) -> None:
    world.mint("module", 2, values=VALUES)
    revised(world, cell, CELL[:2])
    world.mint("module", values={"chemistry": "LFP"})
    with Session(world.engine) as session:
        session.add(ValueIndex(value="x", type="URL", kind="record", ref=1, organisation_id=1, public=True))
        session.commit()
    with reading(world.engine) as session:
        before = rows_of(session)
    with writing(world.engine) as session:
        rebuilding.rebuild(session)
    with reading(world.engine) as session:
        assert rows_of(session) == before
    assert told(world, world.mint("module", values={"chemistry": "LFP"})[0], None) == {"chemistry": "LFP"}
    assert count(world.engine, Attributes) == 2


def test_an_export_from_before_there_were_templates_is_read(
    world: World, empty_engine: Engine, keys: Path
) -> None:
    world.mint("module")
    with reading(world.engine) as session:
        lines = list(exporting.export(session, certifying.verifier_key(keys, "trace.example/log"), world.now))
    old = [json.loads(line) for line in lines]
    for row in old:
        if row["kind"] == "product":
            assert row.pop("template") is None
            del row["pattern"]
    with writing(empty_engine) as session:
        rebuilding.rebuild(
            session, [json.dumps(row) for row in old if row["kind"] not in {"allotment", "template"}]
        )
        assert len(session.exec(select(Product)).all()) == 5


def test_a_change_of_the_kept_values_is_found_by_the_check(world: World, cell: Version) -> None:
    epc = world.mint("module", values=VALUES)[0]
    with reading(world.engine) as session:
        assert list(index_faults(session, world.size(), lambda *_: None)) == []
    with writing(world.engine) as session:
        session.connection().execute(text("UPDATE attributes SET digest = 'x'"))
        session.connection().execute(text("UPDATE value_index SET value = 'lfp' WHERE value = 'nmc'"))
    with reading(world.engine) as session:
        faults = list(index_faults(session, world.size(), lambda *_: None))
    assert {(fault.values["about"], fault.values["what"]) for fault in faults} == {
        (epc, "values"),
        (epc, "word"),
    }


def test_templates_of_products_survive_a_change_of_the_product(world: World, cell: Version) -> None:
    with writing(world.engine) as session:
        row = session.exec(select(Product).where(Product.epc == world.at["module"])).one()
        masterdata.change_product(
            session, world.ana, row.id or 0, world.now, name_zh="模组", name_en="Module", shelf_life_days=None, public=True
        )  # fmt: skip
        assert row.template_id == cell.template_id
