"""Organisations, sites and products, on both databases: whose they are and what they may be called."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlmodel import Session

from app.domain import masterdata as rules
from app.errors import Conflict, Forbidden, Malformed, Refused, TraceError, Unknown
from app.services import masterdata
from app.services.minting import MintRequest, mint
from app.store.database import writing
from app.store.tables import Thing
from tests.support import tenants
from tests.support.tenants import Tenants


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


@pytest.fixture
def world(session: Session, now: datetime) -> Tenants:
    return tenants.found(session, now)


def product(
    session: Session, world: Tenants, now: datetime, number: str = "PACK-75", **values: object
) -> int:
    values = {"name_zh": "电池包", "name_en": "Battery pack"} | values
    return masterdata.create_product(session, world.ana, part_number=number, now=now, **values).id or 0


def test_only_the_nodes_administrators_create_organisations(
    session: Session, world: Tenants, now: datetime
) -> None:
    created = masterdata.create_organisation(session, world.ana, " ８８.118.1003 ", "三", "Three", now)
    assert (created.prefix, created.sharing, created.runs_node) == ("88.118.1003", "neighbours", False)
    for other in (world.cy, world.bo):
        with pytest.raises(Forbidden):
            masterdata.create_organisation(session, other, "88.118.1004", "四", "Four", now)


@pytest.mark.parametrize("prefix", ["", "88.118", "88.118.x", "87.118.1001", "88/118/1001", "88.118.1001/1"])
def test_a_prefix_that_cannot_be_is_told_at_its_field(
    session: Session, world: Tenants, now: datetime, prefix: str
) -> None:
    with pytest.raises(Malformed) as told:
        masterdata.create_organisation(session, world.ana, prefix, "三", "Three", now)
    assert told.value.values["field"] == "prefix"


def test_a_prefix_belongs_to_one_organisation(session: Session, world: Tenants, now: datetime) -> None:
    with pytest.raises(Conflict):
        masterdata.create_organisation(session, world.ana, world.cy.prefix, "三", "Three", now)


def test_an_administrator_changes_their_own_company_and_no_other(
    session: Session, world: Tenants, now: datetime
) -> None:
    change = {"name_zh": "赛", "name_en": "Cy & Co", "sharing": "chain", "gs1_prefix": "6901234"}
    masterdata.change_organisation(session, world.cy, world.cy.organisation_id, now, **change)
    assert masterdata.own_organisation(session, world.cy).sharing == "chain"
    with pytest.raises(Unknown):
        masterdata.change_organisation(session, world.cy, world.ana.organisation_id, now, **change)
    with pytest.raises(Forbidden):
        masterdata.change_organisation(session, world.bo, world.bo.organisation_id, now, **change)
    assert [row.prefix for row in masterdata.organisations(session, world.cy)[0]] == [world.cy.prefix]


@pytest.mark.parametrize("wanted", ["6901234", "690123", "69012345"])
def test_no_company_makes_ssccs_in_the_range_of_another(
    session: Session, world: Tenants, now: datetime, wanted: str
) -> None:
    names = {"name_zh": "甲", "name_en": "A", "sharing": "neighbours"}
    own = world.ana.organisation_id
    masterdata.change_organisation(session, world.ana, own, now, **names, gs1_prefix="6901234")
    with pytest.raises(Conflict) as told:
        masterdata.change_organisation(
            session, world.cy, world.cy.organisation_id, now, **names, gs1_prefix=wanted
        )
    assert (told.value.code, told.value.values["field"]) == ("gs1-prefix-taken", "gs1_prefix")
    with pytest.raises(Conflict):
        masterdata.create_organisation(session, world.ana, "88.118.9", "九", "Nine", now, gs1_prefix=wanted)
    masterdata.change_organisation(session, world.ana, own, now, **names, gs1_prefix="6901234")


def test_the_nodes_own_organisation_is_never_deactivated(
    session: Session, world: Tenants, now: datetime
) -> None:
    values = {"name_zh": "甲", "name_en": "A", "sharing": "neighbours", "active": False}
    with pytest.raises(Refused):
        masterdata.change_organisation(session, world.ana, world.ana.organisation_id, now, **values)
    with pytest.raises(Refused):
        masterdata.change_organisation(session, world.cy, world.cy.organisation_id, now, **values)
    masterdata.change_organisation(session, world.ana, world.cy.organisation_id, now, **values)
    assert not masterdata.partners(session, world.ana)


def test_organisations_are_listed_by_prefix_a_page_at_a_time(
    session: Session, world: Tenants, now: datetime
) -> None:
    for number in range(1003, 1008):
        masterdata.create_organisation(session, world.ana, f"88.118.{number}", "", f"Company {number}", now)
    first, key = masterdata.organisations(session, world.ana, limit=4)
    second, end = masterdata.organisations(session, world.ana, after=key, limit=4)
    assert [row.prefix[-4:] for row in (*first, *second)] == [str(n) for n in range(1001, 1008)]
    assert (key[-4:], end) == ("1004", "")


def test_a_site_has_an_identity_of_its_own(session: Session, world: Tenants, now: datetime) -> None:
    named = masterdata.create_site(session, world.ana, "", "Store", " 1 Road ", now, suffix="store-1")
    drawn = masterdata.create_site(session, world.ana, "厂", "", "", now)
    assert (named.epc, named.address) == ("hdl:88.118.1001/STORE-1", "1 Road")
    assert drawn.epc != named.epc
    things = {thing.epc: (thing.level, thing.lifecycle) for thing in session.execute(select(Thing)).scalars()}
    assert things == {named.epc: ("location", "active"), drawn.epc: ("location", "active")}


def test_two_sites_never_share_an_identifier(session: Session, world: Tenants, now: datetime) -> None:
    masterdata.create_site(session, world.ana, "", "Store", "", now, suffix="STORE")
    with pytest.raises(Conflict):
        masterdata.create_site(session, world.ana, "", "Other", "", now, suffix="store")


def test_sites_and_products_of_another_company_do_not_exist(
    session: Session, world: Tenants, now: datetime
) -> None:
    site_id = masterdata.create_site(session, world.ana, "", "Store", "", now).id or 0
    product_id = product(session, world, now)
    for attempt in (
        lambda: masterdata.site_of(session, world.cy, site_id),
        lambda: masterdata.product_of(session, world.cy, product_id),
        lambda: masterdata.change_site(session, world.cy, site_id, now, name_zh="x", name_en="", address=""),
    ):
        with pytest.raises(Unknown):
            attempt()
    assert not masterdata.sites(session, world.cy)
    assert not masterdata.products(session, world.cy)[0]


@pytest.mark.parametrize("role", ["operator", "supplier", "auditor"])
def test_only_managers_and_administrators_change_master_data(
    session: Session, world: Tenants, now: datetime, role: str
) -> None:
    with pytest.raises(Forbidden):
        masterdata.create_site(session, world.staff[role], "", "Store", "", now)
    with pytest.raises(Forbidden):
        masterdata.create_product(
            session, world.staff[role], part_number="1", name_zh="", name_en="x", now=now
        )


def test_a_part_number_is_given_once_in_a_company(session: Session, world: Tenants, now: datetime) -> None:
    product(session, world, now, "PACK 75")
    with pytest.raises(Conflict):
        product(session, world, now, " PACK　75 ")
    masterdata.create_product(session, world.cy, part_number="PACK 75", name_zh="", name_en="Theirs", now=now)


def test_what_is_counted_in_kilograms_is_not_traced_by_serial(
    session: Session, world: Tenants, now: datetime
) -> None:
    with pytest.raises(Malformed) as told:
        product(session, world, now, unit="KGM", tracing="serial")
    assert told.value.code == "serial-needs-pieces"


def test_unit_and_tracing_stay_once_something_is_minted(
    session: Session, world: Tenants, now: datetime
) -> None:
    product_id = product(session, world, now)
    values = {"name_zh": "", "name_en": "Pack", "shelf_life_days": 30, "public": False}
    masterdata.change_product(session, world.ana, product_id, now, tracing="lot", unit="KGM", **values)
    masterdata.change_product(session, world.ana, product_id, now, tracing="serial", unit="H87", **values)
    epc = masterdata.product_of(session, world.ana, product_id).epc
    mint(session, world.ana, MintRequest("serial", product_epc=epc), now)
    with pytest.raises(Refused) as told:
        masterdata.change_product(session, world.ana, product_id, now, tracing="lot", **values)
    assert told.value.code == "product-in-use"
    masterdata.change_product(session, world.ana, product_id, now, active=False, **values)


def test_products_are_found_by_number_or_name_in_either_language(
    session: Session, world: Tenants, now: datetime
) -> None:
    for number, name_zh, name_en in (
        ("A-1", "电池包", "Pack"),
        ("B_2", "电芯", "Cell"),
        ("C%3", "模组", "Module"),
    ):
        product(session, world, now, number, name_zh=name_zh, name_en=name_en)

    def found(text: str) -> list[str]:
        return [row.part_number for row in masterdata.products(session, world.ana, text=text)[0]]

    assert found("") == ["A-1", "B_2", "C%3"]
    assert (found("电"), found("MODULE"), found("_"), found("%")) == (
        ["A-1", "B_2"],
        ["C%3"],
        ["B_2"],
        ["C%3"],
    )


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_are_names_or_are_refused_with_a_sentence(name_zh: str, name_en: str) -> None:
    try:
        tidy = rules.names(name_zh, name_en)
    except TraceError as error:
        assert error.english()
    else:
        assert any(tidy)
        assert rules.names(*tidy) == tidy


@given(st.text(max_size=150))
def test_a_part_number_once_accepted_is_accepted_as_it_is_kept(text: str) -> None:
    try:
        kept = rules.part_number(text)
    except TraceError as error:
        assert error.code == "bad-part-number"
    else:
        assert rules.part_number(kept) == kept


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (rules.address, "x" * 501),
        (rules.sharing, "everybody"),
        (rules.shelf_life, 0),
        (rules.shelf_life, 40_000),
        (rules.gs1_prefix, "123"),
        (rules.gs1_prefix, "12a4567"),
        (lambda unit: rules.counted(unit, "lot"), "XXX"),
        (lambda tracing: rules.counted("H87", tracing), "colour"),
    ],
)
def test_what_cannot_be_is_refused_with_the_field_it_stands_in(rule, value) -> None:  # noqa: ANN001
    with pytest.raises(Malformed) as told:
        rule(value)
    assert told.value.values["field"]
    assert told.value.english()
