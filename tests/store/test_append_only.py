"""What was written into the log, its checkpoints and the audit trail stays: the database itself refuses to change it."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from app.domain.epcis import Event
from app.store import log
from app.store.database import is_sqlite, reading, writing
from app.store.tables import Audit, Checkpoint, Cosignature, Organisation, PartnerCheckpoint

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
TABLES = ("entry", "checkpoint", "audit", "partner_checkpoint", "cosignature")


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with writing(engine) as session:
        company = Organisation(prefix="88.118.1001", name_zh="安娜", name_en="Ana", record_time=NOW)
        session.add(company)
        session.flush()
        event = Event("ObjectEvent", NOW, "urn:uuid:1", action="OBSERVE")
        log.append(session, event, company.id or 0, "inspect", NOW)
        log.add_checkpoint(session, Checkpoint(size=1, root=log.root(session, 1), note="n", record_time=NOW))
        told = {"zone": "88.1", "size": 1, "record_time": NOW}
        session.add(PartnerCheckpoint(origin="p/log", root=bytes(32), note="n", fits=True, **told))
        session.add(Cosignature(signed="n", line="l", key="k", stated=NOW, **told))
        session.add(Audit(organisation_id=company.id, action="sign-in", record_time=NOW))
    return engine


def run(engine: Engine, statement: str) -> None:
    with writing(engine) as session:
        session.connection().execute(text(statement))


def rows(engine: Engine) -> list[list[object]]:
    with reading(engine) as session:
        return [
            list(map(tuple, session.connection().execute(text(f"SELECT * FROM {table}")))) for table in TABLES
        ]


def statements(engine: Engine) -> Iterable[str]:
    for table in TABLES:
        yield f"UPDATE {table} SET record_time = '2020-01-01T00:00:00.000000Z'"
        yield f"DELETE FROM {table}"
        if not is_sqlite(engine):
            yield f"UPDATE {table} SET record_time = 'x' WHERE false"
            yield f"TRUNCATE {table} CASCADE"
    if is_sqlite(engine):
        yield "INSERT OR REPLACE INTO checkpoint (id, size, root, note, record_time) SELECT id, size, root, 'x', record_time FROM checkpoint"
    else:
        yield "TRUNCATE organisation CASCADE"


def test_the_database_refuses_to_change_or_remove_what_was_recorded(filled: Engine) -> None:
    before = rows(filled)
    assert all(before)
    for statement in statements(filled):
        with pytest.raises(DBAPIError, match="append-only"):
            run(filled, statement)
        assert rows(filled) == before, statement


def test_an_organisation_with_events_cannot_be_deleted(filled: Engine) -> None:
    with pytest.raises(DBAPIError):
        run(filled, "DELETE FROM organisation")


def test_adding_goes_on(filled: Engine) -> None:
    with writing(filled) as session:
        company = session.get(Organisation, 1)
        assert company
        assert log.append(session, Event("ObjectEvent", NOW, "urn:uuid:2"), company.id or 0, "", NOW) == 1


def test_a_bug_of_ours_that_changes_an_entry_is_stopped_as_well(filled: Engine) -> None:
    def meddle(session: Session) -> None:
        entry = log.entry_of(session, 0)
        assert entry
        entry.body = "{}"
        session.add(entry)
        session.flush()

    with pytest.raises(DBAPIError, match="append-only"), writing(filled) as session:
        meddle(session)
