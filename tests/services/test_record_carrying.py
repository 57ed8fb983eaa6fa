"""Records in an export of the log and out of one: all of them, with what they were, and without their secrets."""

from pathlib import Path

from sqlalchemy import Engine

from app.domain import handles
from app.services import certifying, exporting, handle_keys, rebuilding, registering, resolving
from app.services.handle_rights import Who
from app.store import record_lists, records
from app.store.database import reading, writing
from tests.support.world import World

HANDLE = "88.118.1001/批次-7"


def test_an_export_carries_records_and_their_history_and_no_secret(
    world: World, empty_engine: Engine, keys: Path
) -> None:
    secret = handle_keys.secret_value(300, "very secret", keys, fast=True)
    for text in ("one", "two", "three"):
        values = [handles.text_value(1, "LOT", text), secret]
        with writing(world.engine) as session:
            registering.put(session, Who(actor=world.ana), HANDLE, values, now=world.tick())
    with writing(world.engine) as session:
        registering.put(session, Who(actor=world.ana), "88.118.1001/gone", values, now=world.tick())
        registering.delete(session, Who(actor=world.ana), "88.118.1001/gone", now=world.tick())
    with reading(world.engine) as session:
        key = certifying.verifier_key(keys, "here/log")
        lines = list(exporting.export(session, key, world.now))
        before = resolving.answer_of(session, HANDLE, base_url="https://id.cn")
    assert "argon2id" not in "".join(lines)
    assert "very secret" not in "".join(lines)
    with writing(empty_engine) as session:
        rebuilding.rebuild(session, lines)
    with writing(empty_engine) as session:
        after = resolving.answer_of(session, HANDLE, base_url="https://id.cn")
        assert after == before
        assert [row.version for row in records.history(session, handles.key_of(HANDLE))] == [2, 1]
        (gone,) = records.history(session, "88.118.1001/GONE")
        assert gone.deleted
        kept = records.find(session, handles.key_of(HANDLE))
        assert kept is not None
        assert kept.version == 3
        wanted = {"LOT": handles.searchable("three")}
        assert record_lists.with_values(session, wanted, anyone=True, limit=9) == [HANDLE]


def test_a_record_that_anyone_may_see_whole_is_carried_too(
    world: World, empty_engine: Engine, keys: Path
) -> None:
    for text in ("one", "two"):
        with writing(world.engine) as session:
            values = [handles.text_value(1, "LOT", text)]
            registering.put(session, Who(actor=world.ana), HANDLE, values, now=world.tick())
            registering.put(session, Who(actor=world.ana), f"{HANDLE}/{text}", values, now=world.tick())
    with reading(world.engine) as session:
        lines = list(exporting.export(session, certifying.verifier_key(keys, "here/log"), world.now))
        before = {row.key: row.values for row in record_lists.every(session)}
    assert len(before) == 3
    assert all(b'"LOT"' in values for values in before.values())
    with writing(empty_engine) as session:
        rebuilding.rebuild(session, lines)
    with reading(empty_engine) as session:
        assert {row.key: row.values for row in record_lists.every(session)} == before
