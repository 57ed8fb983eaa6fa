"""A product's GTIN: checked, one product's alone, and its lots and pieces are found by it."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from app.domain import identifiers
from app.errors import Conflict, Forbidden, Malformed
from app.services import gtins, link_levels, masterdata, scanning
from app.store import items
from app.store.database import reading, writing
from tests.support import links_world, tenants
from tests.support.links_world import POWDER, RICE

ROOT = "http://127.0.0.1:8000"


@pytest.fixture
def people(engine: Engine, now: datetime) -> tenants.Tenants:
    with writing(engine) as session:
        return tenants.found(session, now)


def test_a_gtin_of_any_length_is_kept_with_14_digits(
    engine: Engine, people: tenants.Tenants, now: datetime
) -> None:
    with writing(engine) as session:
        row = masterdata.create_product(
            session, people.ana, part_number="A", name_zh="", name_en="A", now=now, gtin=" 4006381 333931 "
        )
        assert gtins.of(session, [row]) == {row.id: "04006381333931"}
        masterdata.change_product(
            session, people.ana, row.id or 0, now, name_zh="", name_en="B", shelf_life_days=None, public=True
        )
        assert gtins.of(session, [row]) == {row.id: "04006381333931"}
        assert gtins.assign(session, people.ana, row, "", now) == ""
        assert gtins.of(session, [row]) == {}


@pytest.mark.parametrize("text", ["4006381333932", "123", "O4006381333931", "040063813339311"])
def test_a_wrong_gtin_is_refused_at_its_field(
    engine: Engine, people: tenants.Tenants, now: datetime, text: str
) -> None:
    with pytest.raises(Malformed) as caught, writing(engine) as session:
        links_world.product(session, people.ana, "A", text, now)
    assert caught.value.values["field"] == "gtin"
    with reading(engine) as session:
        assert masterdata.products(session, people.ana)[0] == []


def test_a_gtin_names_one_product_and_stays_with_its_company(
    engine: Engine, people: tenants.Tenants, now: datetime
) -> None:
    with writing(engine) as session:
        links_world.product(session, people.ana, "A", RICE, now)
        prefix = masterdata.own_organisation(session, people.ana)
        prefix.gs1_prefix = "6901234"
    for actor, gtin in ((people.ana, RICE), (people.cy, RICE), (people.cy, POWDER)):
        with pytest.raises(Conflict) as caught, writing(engine) as session:
            links_world.product(session, actor, "B", gtin, now)
        assert caught.value.code == "gtin-taken"
    with writing(engine) as session:
        links_world.product(session, people.ana, "B", POWDER, now)


def test_who_may_not_change_products_gives_no_gtin(
    engine: Engine, people: tenants.Tenants, now: datetime
) -> None:
    with writing(engine) as session:
        links_world.product(session, people.ana, "A", "", now)
        row = masterdata.products(session, people.ana)[0][0]
    with pytest.raises(Forbidden), writing(engine) as session:
        gtins.assign(session, people.staff["operator"], row, RICE, now)


@pytest.mark.parametrize(
    ("path", "level", "missing"),
    [
        (f"01/{RICE}", "product", ""),
        (f"01/{RICE}/21/SN-0001", "serial", ""),
        (f"01/{RICE}/10/X/21/SN-0001", "serial", ""),  # a piece that was minted without a lot
        (f"01/{RICE}/21/SN-0002", "product", "(21)SN-0002"),
        (f"01/{POWDER}/10/L-7", "lot", ""),
        (f"01/{POWDER}/10/l-7", "product", "(10)l-7"),  # GS1 lots differ by case
        (f"01/{POWDER}/10/L-7/21/1", "lot", "(21)1"),
    ],
)
def test_a_lot_or_a_piece_is_found_by_gtin(
    engine: Engine, people: tenants.Tenants, now: datetime, path: str, level: str, missing: str
) -> None:
    with writing(engine) as session:
        links_world.found(session, people.ana, now, ROOT)
    name = identifiers.parse(f"https://id.gs1.org/{path}")
    with reading(engine) as session:
        found = link_levels.named(session, name)
        assert (found.thing.level, found.missing) == (level, missing)
        exactly = items.find(session, name)
        assert (exactly is None) == bool(missing)
        assert exactly is None or exactly.epc == found.thing.epc


def test_a_gs1_code_is_scanned_like_a_label_of_ours(
    engine: Engine, people: tenants.Tenants, now: datetime
) -> None:
    with writing(engine) as session:
        links = links_world.found(session, people.ana, now, ROOT)
        for code in (
            f"(01){RICE}(21)SN-0001",
            f"]d201{RICE}21SN-0001",
            f"https://x.example/01/{RICE}/21/SN-0001",
        ):
            assert scanning.look(session, people.ana, code).epc == links.piece
        assert scanning.look(session, people.ana, f"(01){POWDER}(10)L-7").epc == links.lot
