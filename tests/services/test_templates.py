"""Templates: made, given versions, retired, chosen for products; what leads to their schema."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlmodel import Session, select

from app.domain import templates as rules
from app.errors import Conflict, Forbidden, Malformed, Refused, TraceError, Unknown
from app.services import (
    minting,
    templating,
)
from app.services.minting import MintRequest
from app.services.template_views import Version
from app.store.database import reading, writing
from app.store.tables import Product
from tests.support.described import CELL, VALUES, given_to, made, revised, told
from tests.support.world import World


@pytest.fixture
def cell(world: World) -> Version:
    """The template of the world's modules."""
    version = made(world)
    given_to(world, "module", version)
    return version


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


def test_of_two_writers_at_the_same_moment_one_is_told(world: World, cell: Version) -> None:
    start = Barrier(2)

    def change(count: int) -> str:
        start.wait(10)
        try:
            return str(revised(world, cell, CELL[:count])[0].number)
        except TraceError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(change, (1, 2))) == ["2", "template-changed"]


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
