"""Allotted prefixes: who may name things under which, and how many, also when several do it at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.errors import TraceError
from app.services import allotting, prefixes
from app.store.database import reading, writing
from app.store.tables import Allotment, Audit
from tests.support.world import World

SECOND = "86.122.2"


def allot(world: World, prefix: str = SECOND, *, to: str = "ana", **values: object) -> Allotment:
    with writing(world.engine) as session:
        return prefixes.allot(
            session,
            world.ana,
            world.who(to).organisation_id,
            prefix,
            world.tick(),
            **values,  # type: ignore[arg-type]
        )


def change(world: World, allotment: Allotment, by: str = "ana", **values: object) -> None:
    values = {"state": "active"} | values
    with writing(world.engine) as session:
        prefixes.change(session, world.who(by), allotment.id or 0, world.tick(), **values)  # type: ignore[arg-type]


def name(world: World, prefix: str = SECOND, key: str = "", *, by: str = "ana", count: int = 1) -> None:
    with writing(world.engine) as session:
        allotting.require_room(session, prefix, key, world.who(by).organisation_id, count)


def refused(world: World, *args: object, **values: object) -> str:
    with pytest.raises(TraceError) as told:
        name(world, *args, **values)  # type: ignore[arg-type]
    assert told.value.english()
    return told.value.code


def used(world: World, prefix: str = SECOND) -> int:
    with reading(world.engine) as session:
        return session.execute(
            select(col(Allotment.used)).where(col(Allotment.prefix) == prefix)
        ).scalar_one()


def test_an_organisation_holds_several_prefixes(world: World) -> None:
    allot(world)
    with reading(world.engine) as session:
        assert allotting.prefixes_of(session, world.ana.organisation_id) == [world.ana.prefix, SECOND]
        assert allotting.prefixes_of(session, world.cy.organisation_id) == [world.cy.prefix]
    name(world)
    name(world, world.ana.prefix)


def test_nobody_names_anything_under_the_prefix_of_another(world: World) -> None:
    allot(world)
    assert refused(world, by="cy") == "prefix-not-yours"
    assert refused(world, "88.118.9999", by="cy") == "prefix-not-yours"
    assert refused(world, world.ana.prefix, f"{world.ana.prefix}/X", by="cy") == "prefix-not-yours"


def test_a_suspended_prefix_takes_no_names_until_it_is_active_again(world: World) -> None:
    allotment = allot(world)
    for state in ("suspended", "returned"):
        change(world, allotment, state=state)
        assert refused(world) == "prefix-inactive"
    change(world, allotment)
    name(world)


def test_a_prefix_has_one_holder_for_ever(world: World) -> None:
    change(world, allot(world), state="returned")
    for prefix in (SECOND, world.cy.prefix, "８６.122.2"):
        with pytest.raises(TraceError) as told:
            allot(world, prefix, to="cy")
        assert told.value.code in {"prefix-taken", "bad-prefix"}


def test_what_an_organisation_is_called_by_is_never_returned(world: World) -> None:
    with reading(world.engine) as session:
        own = session.execute(select(Allotment).where(col(Allotment.prefix) == world.cy.prefix)).scalar_one()
    with pytest.raises(TraceError) as told:
        change(world, own, state="returned")
    assert told.value.code == "own-prefix-stays"
    change(world, own, state="suspended")
    assert refused(world, world.cy.prefix, by="cy") == "prefix-inactive"


def test_a_quota_is_held_and_counts_what_was_there_before(world: World) -> None:
    world.mint("module", 3)
    with reading(world.engine) as session:
        own = session.execute(select(Allotment).where(col(Allotment.prefix) == world.ana.prefix)).scalar_one()
    before = 2 + 4 + 3  # sites, products, modules
    change(world, own, quota=before + 5)
    assert used(world, world.ana.prefix) == before
    assert refused(world, world.ana.prefix, count=6) == "quota-used-up"
    name(world, world.ana.prefix, count=5)
    assert refused(world, world.ana.prefix) == "quota-used-up"
    change(world, own, quota=None)
    name(world, world.ana.prefix, count=1_000)


def test_names_of_deleted_records_are_free_again(world: World) -> None:
    allot(world, quota=1)
    name(world)
    assert refused(world) == "quota-used-up"
    with writing(world.engine) as session:
        allotting.give_back(session, SECOND)
    name(world)


def test_the_last_names_of_a_quota_go_to_exactly_as_many(world: World) -> None:
    allot(world, quota=5)

    def one(_: int) -> str:
        try:
            name(world, key=f"{SECOND}/X")
        except TraceError as error:
            return error.code
        return "named"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(one, range(16)))
    assert sorted(outcomes) == ["named"] * 5 + ["quota-used-up"] * 11
    assert used(world) == 5


@pytest.mark.parametrize("by", ["bo", "dee", "cy"])
def test_only_administrators_of_the_node_allot(world: World, by: str) -> None:
    with pytest.raises(TraceError) as told, writing(world.engine) as session:
        prefixes.allot(session, world.who(by), world.cy.organisation_id, SECOND, world.now)
    assert told.value.http_status == 403
    allotment = allot(world)
    with pytest.raises(TraceError) as told:
        change(world, allotment, by=by, state="suspended")
    assert told.value.http_status == 403


def test_the_others_prefixes_are_not_listed(world: World) -> None:
    allot(world, to="cy")
    with reading(world.engine) as session:
        listed = {who: prefixes.allotments(session, world.who(who))[0] for who in ("ana", "cy", "dee")}
        told = {who: [allotment.prefix for allotment, _ in rows] for who, rows in listed.items()}
        hidden = next(allotment for allotment, _ in listed["ana"] if allotment.prefix == world.dee.prefix)
        with pytest.raises(TraceError) as error:
            prefixes.allotment_of(session, world.cy, hidden.id or 0)
    assert told["cy"] == [SECOND, world.cy.prefix]
    assert told["dee"] == [world.dee.prefix]
    assert len(told["ana"]) == 4
    assert error.value.code == "unknown-prefix"


def test_pages_of_prefixes_follow_one_another(world: World) -> None:
    for number in range(5):
        allot(world, f"88.200.{number}")
    seen, after = [], ""
    with reading(world.engine) as session:
        while True:
            found, after = prefixes.allotments(session, world.ana, after=after, limit=3)
            seen += [allotment.prefix for allotment, _ in found]
            if not after:
                break
    assert len(seen) == len(set(seen)) == 8
    assert seen == sorted(seen)


def test_allotting_is_on_record_where_it_concerns(world: World) -> None:
    change(world, allot(world, to="cy", industry="c3841", quota=9), state="suspended", industry="C3841")
    with reading(world.engine) as session:
        trail = session.execute(select(Audit).where(col(Audit.subject) == SECOND)).scalars().all()
    assert {(row.organisation_id, row.action) for row in trail} == {
        (who.organisation_id, action)
        for who in (world.ana, world.cy)
        for action in ("prefix-allotted", "prefix-changed")
    }


@pytest.mark.parametrize("industry", ["Z", "C1", "C38411", "制造业", "E38"])
def test_an_industry_is_a_code_of_the_standard(sqlite_world: World, industry: str) -> None:
    with pytest.raises(TraceError) as told:
        allot(sqlite_world, industry=industry)
    assert (told.value.code, told.value.values["field"]) == ("unknown-industry", "industry")


@pytest.mark.parametrize("quota", [-1, 10**13])
def test_a_quota_is_a_sensible_number(sqlite_world: World, quota: int) -> None:
    with pytest.raises(TraceError) as told:
        allot(sqlite_world, quota=quota)
    assert told.value.code == "bad-quota"
