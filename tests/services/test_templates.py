"""Templates and the values of what is minted: made, versioned, checked, kept, shown to whom, rebuilt from the log."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from app.domain import templates as rules
from app.domain.identifiers import Identifier
from app.domain.people import Actor
from app.errors import Conflict, Forbidden, Malformed, Refused, TraceError, Unknown
from app.services import describing, masterdata, minting, rebuilding, reserving, templating
from app.services.index_checking import index_faults
from app.services.minting import MintRequest
from app.services.template_views import Version
from app.store.database import reading, writing
from app.store.tables import Attributes, Product, Thing, ValueIndex
from tests.support.history import rows_of
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


@pytest.fixture
def cell(world: World) -> Version:
    """The template of the world's modules."""
    version = made(world)
    given_to(world, "module", version)
    return version


def count(engine: Engine, table: Any) -> int:
    with Session(engine) as session:
        return len(session.exec(select(table)).all())


def told(world: World, epc: str, reader: Actor | None, *, partner: bool = False) -> dict[str, Any]:
    with reading(world.engine) as session:
        thing = session.exec(select(Thing).where(Thing.epc == epc)).one()
        return describing.described(session, [thing], reader, partner=partner)[epc].as_json()


# --- making them ---


def test_a_template_has_an_identifier_a_version_and_an_industry(world: World) -> None:
    version = made(world)
    assert (version.identifier, version.number, version.industry) == ("88.118.1001/META_cell", 1, "C3841")
    assert [field.name for field in version.fields] == [
        "chemistry",
        "capacity",
        "batch_sheet",
        "cost",
        "powder",
    ]
    with reading(world.engine) as session:
        assert templating.listed(session, world.ana) == [version]
        assert templating.listed(session, world.cy) == []


def test_a_name_is_given_once(world: World) -> None:
    made(world)
    with pytest.raises(Conflict, match="There is a template cell already"):
        made(world, key=" CELL ")
    made(world, by="dee")
    with pytest.raises(Malformed) as refused:
        made(world, key="cell/2")
    assert refused.value.code == "bad-template-name"


def test_nothing_is_minted_under_a_name_that_is_for_templates(world: World) -> None:
    for suffix in ("META_x", "meta_x"):
        with pytest.raises(Refused) as refused:
            world.mint("module", suffix=suffix)
        assert refused.value.code == "suffix-of-templates"


def test_only_who_keeps_the_master_data_makes_templates(world: World) -> None:
    version = made(world)
    for act in (
        lambda: made(world, key="other", by="bo"),
        lambda: templating.set_active(
            Session(world.engine), world.bo, version.template_id, world.now, active=False
        ),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_template_of_another_company_is_absent(world: World) -> None:
    version = made(world)
    with writing(world.engine) as session:
        for act in (
            templating.template_of,
            templating.version_of,
            templating.history,
            templating.products_of,
        ):
            with pytest.raises(Unknown):
                act(session, world.cy, version.template_id)
        product = session.exec(select(Product).where(Product.epc == world.at["car"])).one()
        with pytest.raises(Unknown):
            templating.assign(session, world.dee, product, version.template_id, world.now)


# --- versions ---


def test_a_new_version_leaves_what_was_minted_as_it_was(world: World, cell: Version) -> None:
    old = world.mint("module", values=VALUES)[0]
    fields = [CELL[0], {"name": "energy", "type": "decimal", "title_en": "Energy", "required": True}]
    new, changes = revised(world, cell, fields)
    assert new.number == 2
    assert not rules.compatible(changes)
    assert {(change.name, change.kind) for change in changes} == {
        ("capacity", "removed"), ("batch_sheet", "removed"), ("cost", "removed"), ("powder", "removed"), ("energy", "required"),
    }  # fmt: skip
    with pytest.raises(rules.BadValues, match="energy is needed"):
        world.mint("module", values={"chemistry": "NMC"})
    fresh = world.mint("module", values={"chemistry": "LFP", "energy": 100})[0]
    assert told(world, old, None) == {
        "chemistry": "NMC",
        "capacity": 52.5,
        "powder": ["hdl:88.118.1001/P-1", "hdl:88.118.1001/P-2"],
    }
    assert told(world, fresh, None) == {"chemistry": "LFP", "energy": 100}
    with reading(world.engine) as session:
        versions = templating.history(session, world.ana, cell.template_id)
        assert [(view.number, len(found)) for view, found in versions] == [(2, 5), (1, 0)]
        assert templating.version_of(session, world.ana, cell.template_id, 1).fields == cell.fields
        with pytest.raises(Unknown, match="no version 7"):
            templating.version_of(session, world.ana, cell.template_id, 7)


def test_two_who_change_a_template_at_once_do_not_undo_each_other(world: World, cell: Version) -> None:
    revised(world, cell, CELL[:2])
    with pytest.raises(Conflict) as refused:
        revised(world, cell, CELL[:3])
    assert refused.value.code == "template-changed"


def test_a_version_that_changes_nothing_is_not_made(world: World, cell: Version) -> None:
    with pytest.raises(Refused) as refused:
        revised(world, cell, [rules.as_json(field) for field in cell.fields])
    assert refused.value.code == "nothing-changed"


def test_a_job_mints_under_the_version_its_asker_saw(world: World, cell: Version) -> None:
    asked = MintRequest("serial", 3, product_epc=world.at["module"], values=VALUES)
    with reading(world.engine) as session:
        settled, _ = minting.checked(session, world.ana, asked)
    assert settled.template == (cell.epc, 1)
    revised(world, cell, [{"name": "energy", "type": "decimal", "title_en": "Energy", "required": True}])
    with writing(world.engine) as session:
        epcs = minting.mint(session, world.ana, replace(settled, template=[cell.epc, 1]), world.tick())  # type: ignore[arg-type]
    assert told(world, epcs[0], world.ana)["cost"] == 3.2


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
