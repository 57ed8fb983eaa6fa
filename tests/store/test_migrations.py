"""Migrations: the newest schema is the one of the tables, every step goes up and down, and data survives where it can."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Inspector, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from app.store import log
from app.store.database import engine_for, is_sqlite, reading
from app.store.migrate import config_for, downgrade, migrate
from app.store.partial import tell_postgresql
from tests.support import postgres
from tests.support.history import eventful, rows_of
from tests.support.world import World

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
REVISIONS = [
    script.revision for script in ScriptDirectory.from_config(config_for("sqlite://")).walk_revisions()
][::-1]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'bare.db'}"
        return
    cluster: postgres.Cluster = request.getfixturevalue("postgres_cluster")
    yield cluster.create("bare")
    cluster.drop("bare")


def schema(url: str) -> dict[str, Any]:
    """Tables, columns, indexes, constraints and triggers, as the database tells them."""
    engine = engine_for(url)
    with engine.connect() as connection:
        words = _words(connection) if is_sqlite(engine) else {}
        looked = inspect(connection)
        names = looked.get_table_names()
        told = _tables(looked, [name for name in names if words.get(name) not in of_words])
        of_words.update({words[name]: table for name, table in told.items() if name in words})
        found: dict[str, Any] = {name: told.get(name) or of_words[words[name]] for name in names}
        found["triggers"] = sorted(connection.execute(text(TRIGGERS[is_sqlite(engine)])).scalars())
    engine.dispose()
    return found


# SQLite keeps the words that made a table and its indexes, and nothing else: the same words, the same table
of_words: dict[tuple[Any, ...] | None, tuple[Any, ...]] = {}


def _words(connection: Connection) -> dict[str, tuple[Any, ...]]:
    query = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type <> 'trigger' ORDER BY tbl_name, name"
    rows = groupby(map(tuple, connection.execute(text(query))), key=itemgetter(0))
    return {table: tuple(lines) for table, lines in rows}


def _tables(looked: Inspector, names: list[str]) -> dict[str, tuple[Any, ...]]:
    """All at once: PostgreSQL takes as long for one of them."""
    if not names:
        return {}
    columns, indexes, keys, unique, primary = (
        {table: told for (_, table), told in ask(filter_names=names).items()}
        for ask in (
            looked.get_multi_columns,
            looked.get_multi_indexes,
            looked.get_multi_foreign_keys,
            looked.get_multi_unique_constraints,
            looked.get_multi_pk_constraint,
        )
    )
    return {
        name: (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in columns[name]),
            sorted((i["name"] or "", tuple(i["column_names"]), bool(i["unique"])) for i in indexes[name]),
            sorted((tuple(k["constrained_columns"]), k["referred_table"]) for k in keys[name]),
            sorted(tuple(u["column_names"]) for u in unique[name]),
            primary[name]["constrained_columns"],
        )
        for name in names
    }


TRIGGERS = {
    True: "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    False: "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


def test_the_tables_of_the_code_are_those_of_the_newest_migration(engine: Engine) -> None:
    tell_postgresql(SQLModel.metadata)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, SQLModel.metadata)
    if is_sqlite(engine):
        assert differences == []
    else:  # two keys that triggers watch over there: migration 0010
        assert {what for what, _ in differences} == {"add_fk"}
        keys = {element.parent for _, key in differences for element in key.elements}
        assert {(key.table.name, key.name) for key in keys} == {
            ("thing", "organisation_id"),
            ("thing", "product_id"),
        }


EMPTY = 'lot, serial, unit, lifecycle, disposition, holder, site, "to", origin, container, bond, held'
NOBODYS = f"""INSERT INTO thing (epc, level, organisation_id, minted_seq, {EMPTY})
VALUES ('hdl:88.118.1001/NOBODYS', 'serial', 999, 0, '', '', '', '', '', '', '', '', '', '', '', '')"""
NOTHINGS = f"""INSERT INTO thing (epc, level, organisation_id, product_id, minted_seq, {EMPTY})
SELECT 'hdl:88.118.1001/NOTHINGS', 'serial', id, 999, 0, '', '', '', '', '', '', '', '', '', '', '', ''
FROM organisation"""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE thing SET organisation_id = 999",
        "UPDATE thing SET product_id = 999",
        NOBODYS,
        NOTHINGS,
        "DELETE FROM product",
        "DELETE FROM organisation",
        "UPDATE product SET id = id + 1000",
    ],
)
def test_no_thing_belongs_to_what_is_not_there(engine: Engine, statement: str) -> None:
    eventful(World(engine, NOW), described=False)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text(statement))


def test_there_is_one_line_of_migrations() -> None:
    script = ScriptDirectory.from_config(config_for("sqlite://"))
    assert len(script.get_heads()) == 1
    assert sorted(REVISIONS) == REVISIONS


def test_every_migration_goes_up_down_and_up_to_the_same_schema(bare_url: str) -> None:
    schemas = {}
    for revision in REVISIONS:
        migrate(bare_url, revision)
        schemas[revision] = schema(bare_url)
        migrate(bare_url, revision)  # again: nothing happens
        assert schema(bare_url) == schemas[revision]
    for lower, revision in zip([*reversed(REVISIONS[:-1]), "base"], reversed(REVISIONS), strict=True):
        assert schema(bare_url) == schemas[revision]
        downgrade(bare_url, lower)
    assert set(schema(bare_url)) == {"alembic_version", "triggers"}
    migrate(bare_url)
    assert schema(bare_url) == schemas[REVISIONS[-1]]
    assert schema(bare_url)["triggers"]


def test_data_survives_a_way_down_to_the_first_schema_and_up_again(engine: Engine, database_url: str) -> None:
    world = World(engine, NOW)
    names = eventful(world, described=False)
    with reading(engine) as session:
        before = rows_of(session)
    engine.dispose()
    downgrade(database_url, REVISIONS[0])
    migrate(database_url)
    with reading(engine) as session:
        assert rows_of(session) == before
    verdict = world.do("inspect", names["module"], result="pass")
    with reading(engine) as session:
        assert log.size(session) == (verdict.seq or 0) + 1


def test_data_does_not_stand_in_the_way_down(engine: Engine, database_url: str) -> None:
    World(engine, NOW).piece()
    engine.dispose()
    downgrade(database_url, "base")
    assert set(schema(database_url)) == {"alembic_version", "triggers"}
    migrate(database_url)


def test_a_migration_that_fails_leaves_the_schema_as_it_was(
    bare_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic.operations import Operations

    migrate(bare_url, REVISIONS[0])
    before = schema(bare_url)
    calls = iter([None, None])
    execute = Operations.execute

    def fail_later(self: Operations, *arguments: Any, **values: Any) -> None:
        if next(calls, "over") == "over":
            raise RuntimeError("the power went")
        execute(self, *arguments, **values)

    monkeypatch.setattr(Operations, "execute", fail_later)
    with pytest.raises(RuntimeError, match="the power went"):
        migrate(bare_url, REVISIONS[1])
    monkeypatch.undo()
    assert schema(bare_url) == before
    migrate(bare_url)


def test_migrating_makes_the_folder_of_a_sqlite_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a' / 'b' / 'new.db'}"
    migrate(url)
    assert (tmp_path / "a" / "b" / "new.db").exists()


def test_a_percent_sign_in_a_password_is_no_variable() -> None:
    config = config_for("postgresql+psycopg://u:p%40ss@/x")
    assert config.get_main_option("sqlalchemy.url") == "postgresql+psycopg://u:p%40ss@/x"
