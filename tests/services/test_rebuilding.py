"""The index tables are nothing but the log read once more: from the node's own entries, or from an export."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.domain import merkle
from app.errors import TraceError
from app.services import certifying, exporting, rebuilding, rotating, verifying
from app.services.index_checking import index_faults
from app.store.database import engine_for, reading, writing
from tests.support.history import eventful, rows_of
from tests.support.world import World

ORIGIN = "trace.example/log"


def rows(engine: Engine) -> dict[str, list[str]]:
    with reading(engine) as session:
        return rows_of(session)


def exported(world: World, keys: Path) -> list[str]:
    with writing(world.engine) as session:
        certifying.checkpoint(session, keys, ORIGIN, world.now)
    with reading(world.engine) as session:
        return list(exporting.export(session, certifying.verifier_key(keys, ORIGIN), world.now))


def imported(engine: Engine, lines: list[str], **more: Any) -> rebuilding.Rebuilt:
    with writing(engine) as session:
        return rebuilding.rebuild(session, lines, **more)


def test_the_index_rebuilt_from_the_own_log_equals_the_one_that_grew(world: World) -> None:
    eventful(world)
    before = rows(world.engine)
    assert all(before[table] for table in before if table != "checkpoint")
    told: list[tuple[int, int]] = []
    with writing(world.engine) as session:
        rebuilt = rebuilding.rebuild(session, progress=lambda done, total: told.append((done, total)))
    assert rows(world.engine) == before
    assert rebuilt.entries == len(before["entry"])
    assert told[-1] == (rebuilt.entries, rebuilt.entries)


def test_an_empty_database_filled_from_an_export_equals_the_original(
    world: World, keys: Path, empty_engine: Engine
) -> None:
    with writing(world.engine) as session:
        certifying.checkpoint(session, keys, ORIGIN, world.now)
    eventful(world)
    lines = exported(world, keys)
    rebuilt = imported(empty_engine, lines)
    assert rows(empty_engine) == rows(world.engine)
    assert len(rows(empty_engine)["checkpoint"]) == 2
    with reading(world.engine) as session:
        assert (rebuilt.entries, rebuilt.root) == certifying.head(session)
    with reading(empty_engine) as session:
        again = list(exporting.export(session, certifying.verifier_key(keys, ORIGIN), world.now))
    assert again == lines


def test_recording_goes_on_after_a_rebuild(world: World, keys: Path, empty_engine: Engine) -> None:
    names = eventful(world)
    imported(empty_engine, exported(world, keys))
    world.engine = empty_engine
    verdict = world.do("inspect", names["module"], result="pass")
    assert verdict.seq == len(rows(empty_engine)["entry"]) - 1
    with writing(empty_engine) as session:
        checkpoint = certifying.checkpoint(session, keys, ORIGIN, world.now)
    assert checkpoint is not None
    assert checkpoint.size == verdict.seq + 1


def test_an_empty_log_can_be_exported_and_rebuilt(
    engine: Engine, keys: Path, empty_engine: Engine, now: Any
) -> None:
    with reading(engine) as session:
        lines = list(exporting.export(session, certifying.verifier_key(keys, ORIGIN), now))
    assert imported(empty_engine, lines) == rebuilding.Rebuilt(0, merkle.EMPTY_ROOT)
    with writing(engine) as session:
        assert rebuilding.rebuild(session) == rebuilding.Rebuilt(0, merkle.EMPTY_ROOT)


def test_an_export_has_the_texts_as_stored_and_nothing_about_people(world: World, keys: Path) -> None:
    eventful(world)
    lines = exported(world, keys)
    parsed = [json.loads(line) for line in lines]
    kinds = [line["kind"] for line in parsed]
    assert kinds[0] == "header"
    assert kinds[-2:] == ["checkpoint", "footer"]
    master = {"organisation", "site", "template", "template_version", "product"}
    assert master | {"header", "entry", "checkpoint", "footer"} <= set(kinds)
    assert not {"operator", "operator_site", "sign_in", "api_key"} & set(kinds)
    entries = [line for line in parsed if line["kind"] == "entry"]
    assert (
        merkle.root_of(merkle.leaf_hash(line["body"].encode()) for line in entries).hex() == parsed[0]["root"]
    )
    assert not any(word in "".join(lines) for word in ("password", "login", "token"))


# --- what does not fit is refused, with the number of the line ---

Spoil = Callable[[list[dict[str, Any]]], None]


def entry_lines(lines: list[dict[str, Any]]) -> list[int]:
    return [number for number, line in enumerate(lines) if line["kind"] == "entry"]


def change_a_text(lines: list[dict[str, Any]]) -> None:
    line = lines[entry_lines(lines)[7]]
    line["body"] = line["body"].replace("Ana", "Eva")


def change_a_text_and_its_hash(lines: list[dict[str, Any]]) -> None:
    line = lines[entry_lines(lines)[7]]
    line["body"] = line["body"].replace("Ana", "Eva")
    line["leaf"] = merkle.leaf_hash(line["body"].encode()).hex()


def drop_an_entry(lines: list[dict[str, Any]]) -> None:
    del lines[entry_lines(lines)[7]]


def repeat_an_entry(lines: list[dict[str, Any]]) -> None:
    lines.insert(entry_lines(lines)[7], lines[entry_lines(lines)[7]])


def drop_the_last_entry(lines: list[dict[str, Any]]) -> None:
    del lines[entry_lines(lines)[-1]]


def drop_the_first_site(lines: list[dict[str, Any]]) -> None:
    del lines[next(number for number, line in enumerate(lines) if line["kind"] == "product")]


def drop_the_footer(lines: list[dict[str, Any]]) -> None:
    lines.pop()


def cut_the_header(lines: list[dict[str, Any]]) -> None:
    del lines[0]


def sign_again(lines: list[dict[str, Any]]) -> None:
    note = lines[-2]["note"]
    lines[-2]["note"] = note[:-12] + ("A" if note[-12] != "A" else "B") + note[-11:]


def another_version(lines: list[dict[str, Any]]) -> None:
    lines[0]["version"] = 2


def an_unknown_kind(lines: list[dict[str, Any]]) -> None:
    lines[3]["kind"] = "secret"


def no_organisation(lines: list[dict[str, Any]]) -> None:
    lines[entry_lines(lines)[2]]["organisation"] = "88.1.1"


def naive_time(lines: list[dict[str, Any]]) -> None:
    lines[entry_lines(lines)[2]]["record_time"] = "2026-05-20T08:30:00"


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (change_a_text, "does not have the hash named beside it"),
        (change_a_text_and_its_hash, "are not those that were signed"),
        (drop_an_entry, "entry 7 was expected, not 8"),
        (repeat_an_entry, "entry 8 was expected, not 7"),
        (drop_the_last_entry, "are not those that were signed"),
        (drop_the_footer, "ends before its footer"),
        (cut_the_header, "not in this order"),
        (sign_again, "signature"),
        (another_version, "only suyuan-log version 1"),
        (an_unknown_kind, "'secret' is not known"),
        (no_organisation, "KeyError"),
        (naive_time, "has no time zone"),
    ],
)
def test_a_spoilt_export_is_refused_by_its_line_and_leaves_nothing(
    sqlite_world: World, keys: Path, tmp_path: Path, spoil: Spoil, sentence: str, migrated_file: Path
) -> None:
    world = sqlite_world
    world.piece()
    lines = [json.loads(line) for line in exported(world, keys)]
    whole = [json.dumps(line) for line in lines]
    spoil(lines)
    spoilt = [json.dumps(line, ensure_ascii=False) for line in lines]
    empty = fresh(migrated_file, tmp_path)
    with pytest.raises(TraceError) as told:
        imported(empty, spoilt)
    assert told.value.code == "bad-export"
    assert sentence in told.value.english()
    number = told.value.values["line"]
    wrong = next(
        (n for n, (a, b) in enumerate(zip(whole, spoilt, strict=False), 1) if a != b), len(spoilt) + 1
    )
    assert number >= wrong or spoil is cut_the_header
    assert not any(rows(empty).values())
    empty.dispose()


@pytest.mark.parametrize("line", ["", "{", "[]", "null", '{"kind":1}', "\x00", '{"seq":0}'])
def test_a_line_that_is_no_export_is_named(
    sqlite_world: World, keys: Path, line: str, migrated_file: Path, tmp_path: Path
) -> None:
    lines = exported(sqlite_world, keys)
    empty = fresh(migrated_file, tmp_path)
    for place in (0, 5, len(lines)):
        with pytest.raises(TraceError) as told:
            imported(empty, [*lines[:place], line, *lines[place:]])
        assert told.value.values["line"] == place + 1
    assert not any(rows(empty).values())
    empty.dispose()


def test_an_export_is_refused_when_another_key_was_expected(
    sqlite_world: World, keys: Path, migrated_file: Path, tmp_path: Path
) -> None:
    lines = exported(sqlite_world, keys)
    other = certifying.verifier_key(tmp_path / "others", ORIGIN)
    empty = fresh(migrated_file, tmp_path)
    with pytest.raises(TraceError, match="is not signed by"):
        imported(empty, lines, verifier_key=other)
    empty.dispose()


def test_an_export_is_not_read_into_a_database_with_data(sqlite_world: World, keys: Path) -> None:
    with pytest.raises(TraceError) as told:
        imported(sqlite_world.engine, exported(sqlite_world, keys))
    assert told.value.code == "not-empty"


def test_a_log_whose_text_was_changed_is_not_rebuilt_over(sqlite_world: World) -> None:
    world = sqlite_world
    world.piece()
    before = rows(world.engine)
    with writing(world.engine) as session:
        session.connection().execute(text("DROP TRIGGER entry_no_UPDATE"))
        session.connection().execute(
            text("UPDATE entry SET body = replace(body, 'Ana', 'Eva') WHERE seq = 1")
        )
    with pytest.raises(TraceError) as told, writing(world.engine) as session:
        rebuilding.rebuild(session)
    assert (told.value.code, told.value.values["seq"]) == ("log-damaged", 1)
    after = rows(world.engine)
    assert {table: after[table] for table in after if table != "entry"} == {
        table: before[table] for table in before if table != "entry"
    }


# --- whatever is scanned, in whatever order ---

STEPS = ("commission", "inspect", "move", "ship", "receive", "return", "pack", "unpack", "assemble", "scrap")
PEOPLE = {"bo": ("plant", "store"), "dee": ("dock", "line")}
ACTS = st.tuples(
    st.sampled_from([*STEPS, "pack", "unpack", "ship", "receive", "undo", "undo"]),
    st.sampled_from(["bo", "bo", "dee"]),
    st.integers(0, 5),
    st.integers(0, 5),
    st.integers(0, 1),
    st.sampled_from([0, 0, 0, 3, 20, 300]),
    st.sampled_from([None, None, 1, 4]),
)


@pytest.fixture(scope="module")
def stocked(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str], list[str]]:
    """A world with two modules, a pack, a lot and two pallets, to be copied for each example."""
    folder = tmp_path_factory.mktemp("stocked")
    engine = fresh(migrated_file, folder)
    world = World(engine, datetime(2026, 5, 20, 8, 30, tzinfo=UTC))
    things = [
        world.piece(),
        world.piece(),
        *world.mint("pack"),
        world.lot("cell", "C-1", 10),
        *world.mint(amount=2),
    ]
    with closing(sqlite3.connect(folder / "fresh.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return folder / "fresh.db", world.at, things


@hypothesis_settings(max_examples=15)
@given(acts=st.lists(ACTS, min_size=5, max_size=30))
def test_whatever_is_scanned_the_rebuilt_index_equals_the_one_that_grew(
    stocked: tuple[Path, dict[str, str], list[str]], acts: list[Any]
) -> None:
    file, at, things = stocked
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(file, Path(folder) / "fresh.db")
        engine = engine_for(f"sqlite:///{folder}/fresh.db")
        world = World.opened(engine, datetime(2026, 5, 20, 9, 30, tzinfo=UTC), at)
        act_out(world, things, acts)
        before = rows(engine)
        with writing(engine) as session:
            rebuilding.rebuild(session)
        assert rows(engine) == before
        with reading(engine) as session:
            assert list(index_faults(session, len(before["entry"]), lambda *_: None)) == []
        engine.dispose()


def act_out(world: World, things: list[str], acts: list[Any]) -> None:
    sent: list[tuple[str, str]] = []
    for step, by, thing, other, place, minutes, quantity in acts:
        if step == "undo":
            if sent:
                nonce, sender = sent[-1 - thing % len(sent)]
                with suppress(TraceError):
                    world.undo(nonce, by=sender)
            continue
        more: dict[str, Any] = (
            {"destination": (world.dee if by == "bo" else world.ana).prefix}
            if step in {"ship", "return"}
            else {}
        )
        more |= {"parent": things[other]} if step in {"pack", "unpack", "assemble"} else {}
        more |= {"quantity": quantity} if quantity and thing == 3 else {}
        request = world.request(
            step, things[thing], at=PEOPLE[by][place], result="pass" if minutes else "hold", **more
        )
        request = replace(request, event_time=request.event_time - timedelta(minutes=minutes))
        world.send(request, by=by)
        sent.append((request.nonce, by))


def fresh(migrated_file: Path, folder: Path) -> Engine:
    shutil.copyfile(migrated_file, folder / "fresh.db")
    return engine_for(f"sqlite:///{folder / 'fresh.db'}")


def test_a_log_signed_with_two_keys_is_sound_and_carried_whole(
    sqlite_world: World, keys: Path, migrated_file: Path, tmp_path: Path
) -> None:
    with writing(sqlite_world.engine) as session:
        certifying.checkpoint(session, keys, ORIGIN, sqlite_world.now)
    old = certifying.verifier_key(keys, ORIGIN)
    rotating.next_seed(keys)
    rotating.swap(keys, sqlite_world.now)
    eventful(sqlite_world)
    new, *former = rotating.verifier_keys(keys, ORIGIN)
    assert former == [old]
    with writing(sqlite_world.engine) as session:
        certifying.checkpoint(session, keys, ORIGIN, sqlite_world.now)
    with reading(sqlite_world.engine) as session:
        assert not verifying.verify_log(session, new).sound
        assert verifying.verify_log(session, [new, *former]).sound
        lines = list(exporting.export(session, new, sqlite_world.now, former=former))
    empty = fresh(migrated_file, tmp_path)
    imported(empty, lines, verifier_key=new)
    assert rows(empty) == rows(sqlite_world.engine)
    empty.dispose()


def test_an_old_key_alone_does_not_vouch_for_what_came_after_it(
    sqlite_world: World, keys: Path, migrated_file: Path, tmp_path: Path
) -> None:
    """Whoever got hold of a key that was left cannot bring in a log of his own as this node's."""
    lines = exported(sqlite_world, keys)
    old = certifying.verifier_key(keys, ORIGIN)
    new = certifying.verifier_key(tmp_path / "new", ORIGIN)
    header = json.loads(lines[0]) | {"key": new, "former": [old]}
    empty = fresh(migrated_file, tmp_path)
    with pytest.raises(TraceError, match="the newest checkpoint is not signed by"):
        imported(empty, [json.dumps(header), *lines[1:]], verifier_key=new)
    assert not any(rows(empty).values())
    empty.dispose()
