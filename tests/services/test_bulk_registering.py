"""Many records at once, many writers at once, and records found by their values, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain import handles
from app.domain.handles import HandleError, Value
from app.services import registering
from app.services.handle_rights import Who
from app.services.registering import Outcome
from app.store import allotments, record_lists, records
from app.store.database import reading, writing
from tests.support.registering import HANDLE, LOT, URL, delete, put, texts
from tests.support.world import World


def test_many_at_once_are_judged_one_by_one(world: World) -> None:
    put(world, [URL], handle="88.118.1001/old")
    (epc,) = world.mint("module")
    items = [
        ("88.118.1001/new-1", [URL, LOT]),
        ("88.118.1001/old", [LOT]),
        ("88.999.1/elsewhere", [URL]),
        ("88.118.1001/new-1", [URL]),
        (epc.removeprefix("hdl:"), [URL]),
        ("88.118.1001/secret", [Value(300, "HS_SECKEY", {"format": "string", "value": "geheim"})]),
        ("88.118.1001/new-2", [URL]),
    ]
    with writing(world.engine) as session:
        done = registering.put_many(session, world.ana.organisation_id, items, world.tick(), by="import")
    assert [(each.status, each.error.code if each.error else "") for each in done] == [
        ("created", ""),
        ("refused", "handle-exists"),
        ("refused", "prefix-elsewhere"),
        ("refused", "handle-exists"),
        ("refused", "handle-exists"),
        ("refused", "invalid-value"),
        ("created", ""),
    ]
    assert texts(world, "88.118.1001/NEW-1") == {1: "https://example.cn/7", 2: "批次七"}
    with writing(world.engine) as session:
        again = registering.put_many(
            session, world.ana.organisation_id, items[:2], world.tick(), overwrite=True, by="import"
        )
    assert again == [Outcome("88.118.1001/new-1", "replaced"), Outcome("88.118.1001/old", "replaced")]
    assert texts(world, "88.118.1001/old") == {2: "批次七"}


def test_many_at_once_stay_in_their_own_prefix(world: World) -> None:
    own = f"{world.cy.prefix}/own"
    with writing(world.engine) as session:
        done = registering.put_many(
            session, world.cy.organisation_id, [(HANDLE, [URL]), (own, [URL])], world.tick()
        )
    assert [(each.status, each.error and each.error.code) for each in done] == [
        ("refused", "prefix-not-yours"),
        ("created", None),
    ]
    assert texts(world) == {}
    assert texts(world, own) == {1: "https://example.cn/7"}


def test_nobody_replaces_in_bulk_what_another_company_minted_or_registered(world: World) -> None:
    (epc,) = world.mint("module")
    minted = epc.removeprefix("hdl:")
    put(world, [URL])
    shown = texts(world, minted)
    with writing(world.engine) as session:
        done = registering.put_many(
            session,
            world.cy.organisation_id,
            [(minted, [LOT]), (HANDLE, [LOT])],
            world.tick(),
            overwrite=True,
        )
    assert [(each.status, each.error and each.error.code) for each in done] == [
        ("refused", "handle-exists")
    ] * 2
    assert texts(world, minted) == shown
    assert texts(world) == {1: "https://example.cn/7"}
    with writing(world.engine) as session:
        own = registering.put_many(
            session, world.ana.organisation_id, [(minted, [LOT])], world.tick(), overwrite=True
        )
    assert own == [Outcome(minted, "created")]


def test_in_bulk_protected_values_and_suspended_prefixes_stay_as_they_are(world: World) -> None:
    protected = Value(3, "SEAL", {"format": "string", "value": "x"}, permissions="1010")
    put(world, [URL, protected])

    def replaced(values: list[Value]) -> tuple[str, str]:
        with writing(world.engine) as session:
            (one,) = registering.put_many(
                session, world.ana.organisation_id, [(HANDLE, values)], world.tick(), overwrite=True
            )
        return one.status, one.error.code if one.error else ""

    assert replaced([LOT]) == ("refused", "value-protected")
    assert replaced([LOT, handles.text_value(3, "SEAL", "y")]) == ("refused", "value-protected")
    assert replaced([LOT, protected]) == ("replaced", "")
    with writing(world.engine) as session:
        allotment = allotments.by_prefix(session, handles.prefix_of(HANDLE))
        assert allotment is not None
        allotment.state = "suspended"
    assert replaced([URL, protected]) == ("refused", "prefix-suspended")
    assert texts(world) == {2: "批次七", 3: "x"}


def found(session: Session, wanted: dict[str, str], **more: Any) -> list[str]:
    return record_lists.with_values(session, wanted, anyone=False, limit=10, **more)


def test_values_are_found_by_who_may_see_them(world: World, now: datetime) -> None:
    private = Value(3, "PRICE", {"format": "string", "value": "7 元"}, permissions="1100")
    put(world, [LOT, private])
    put(world, [LOT], handle="88.118.2002/x", by="cy") if world.cy.may("mint") else None
    with reading(world.engine) as session:
        assert HANDLE in found(session, {"LOT": "批次七"})
        assert found(session, {"LOT": "批次七", "PRICE": "7 元"}) == []
        own = [world.ana.organisation_id]
        assert found(session, {"LOT": "批次*", "PRICE": "7 元"}, organisation_ids=own) == [HANDLE]
    put(world, [handles.text_value(2, "LOT", "8")])
    with reading(world.engine) as session:
        assert HANDLE not in found(session, {"LOT": "批次七"})
    delete(world)
    with reading(world.engine) as session:
        assert found(session, {"LOT": "8"}) == []


def test_writers_of_one_handle_at_once_lose_nothing(world: World) -> None:
    put(world, [URL])
    now = world.tick()

    def add(index: int) -> None:
        with writing(world.engine) as session:
            value = handles.text_value(index, "N", str(index))
            registering.put(session, Who(actor=world.ana), HANDLE, [value], indexes={index}, now=now)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(2, 32)))
    assert texts(world).keys() == set(range(1, 32))
    with reading(world.engine) as session:
        assert [row.version for row in records.history(session, handles.key_of(HANDLE))] == list(
            range(30, 0, -1)
        )


def test_of_those_who_create_one_handle_at_once_one_does(world: World) -> None:
    now = world.tick()

    def create(number: int) -> bool:
        try:
            with writing(world.engine) as session:
                value = handles.text_value(1, "N", str(number))
                registering.put(session, Who(actor=world.ana), HANDLE, [value], overwrite=False, now=now)
        except HandleError as error:
            assert error.response_code == 101
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(create, range(6))) == [False] * 5 + [True]
