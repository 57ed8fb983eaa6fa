"""The index rows of events: written with their entries, filled in by the upgrade, and only what is new of the words."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text
from sqlmodel import Session

from app.store import database, events
from app.store.migrate import downgrade, migrate
from tests.support.history import eventful
from tests.support.world import World

TABLES = {"event_fact": "seq", "event_term": "term, seq", "event_word": "organisation_id, kind, value"}


def rows(engine: Engine) -> dict[str, list[Any]]:
    with Session(engine) as session:
        return {
            table: [
                tuple(row)
                for row in session.connection().execute(text(f"SELECT * FROM {table} ORDER BY {key}"))
            ]
            for table, key in TABLES.items()
        }


def test_an_upgrade_gives_the_events_that_are_there_their_rows(
    engine: Engine, database_url: str, now: datetime
) -> None:
    eventful(World(engine, now), described=False)
    before = rows(engine)
    assert len(before["event_fact"]) > 10
    assert before["event_term"]
    engine.dispose()
    downgrade(database_url, "0010")
    migrate(database_url)
    assert rows(engine) == before


def test_words_that_a_rolled_back_transaction_wrote_are_written_again(
    sqlite_engine: Engine, now: datetime
) -> None:
    world = World(sqlite_engine, now)
    event = {"type": "ObjectEvent", "eventTime": "2026-05-01T00:00:00Z", "bizStep": "picking"}
    who = world.ana.organisation_id

    with Session(sqlite_engine) as session:
        events.index_many(session, [events.IndexedEvent(900_000, who, "urn:uuid:1", event)])
        session.rollback()
    for seq in (900_001, 900_002):
        with database.writing(sqlite_engine) as session:
            events.index_many(session, [events.IndexedEvent(seq, who, f"urn:uuid:{seq}", event)])
    with Session(sqlite_engine) as session:
        found = session.connection().execute(
            text("SELECT value FROM event_word WHERE kind = 'bizStep' AND value = 'picking'")
        )
        assert len(found.all()) == 1
