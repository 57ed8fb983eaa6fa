"""Handles registered, changed and read in the small world, each in a transaction of its own."""

from collections.abc import Sequence
from typing import Any

from app.domain import handles
from app.domain.handles import Identity, Value
from app.services import registering, resolving
from app.services.handle_rights import Who
from app.services.registering import Put
from app.store import allotments, records
from app.store.database import reading, writing
from tests.support.world import World

HANDLE = "88.118.1001/batch-7"
ADMIN = Identity("88.118.1001/ADMIN", 300)
URL = handles.text_value(1, "URL", "https://example.cn/7")
LOT = handles.text_value(2, "LOT", "批次七")


def admin(index: int = 100, permissions: str = "011111110011", handle: str = ADMIN.handle) -> Value:
    value = {"handle": handle, "index": ADMIN.index, "permissions": permissions}
    return Value(index, "HS_ADMIN", {"format": "admin", "value": value})


def put(world: World, values: Sequence[Value], handle: str = HANDLE, by: str = "ana", **more: Any) -> Put:
    with writing(world.engine) as session:
        return registering.put(
            session,
            Who(actor=world.who(by)),
            handle,
            values,
            now=world.tick(),
            base_url="https://id.cn",
            **more,
        )


def put_as(world: World, who: Identity, values: Sequence[Value], handle: str = HANDLE, **more: Any) -> Put:
    with writing(world.engine) as session:
        return registering.put(session, Who(who), handle, values, now=world.tick(), **more)


def delete(world: World, handle: str = HANDLE, by: str = "ana", **more: Any) -> None:
    with writing(world.engine) as session:
        registering.delete(session, Who(actor=world.who(by)), handle, now=world.tick(), **more)


def name_admin(world: World, **entry: Any) -> None:
    with writing(world.engine) as session:
        row = allotments.by_prefix(session, "88.118.1001")
        assert row is not None
        row.admins = [{"handle": ADMIN.handle, "index": ADMIN.index, "permissions": "1" * 12} | entry]


def texts(world: World, handle: str = HANDLE) -> dict[int, str | None]:
    with reading(world.engine) as session:
        found = records.find(session, handles.key_of(handle))
        return {value.index: value.text for value in handles.load(found.values)} if found else {}


def body(world: World, handle: str = HANDLE) -> bytes:
    with reading(world.engine) as session:
        return resolving.answer_of(session, handle, base_url="https://id.cn").body
