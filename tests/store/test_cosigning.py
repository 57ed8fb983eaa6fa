"""Rows of co-signing on both databases: what was kept once stays as it is, and what is newest is found."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from app.store import cosigning
from app.store.database import reading, writing
from app.store.tables import Cosignature, PartnerCheckpoint

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
ZONE, OTHER = "88.118.3003", "88.118.4004"


def shown(size: int, *, zone: str = ZONE, fits: bool = True, root: bytes = bytes(32)) -> PartnerCheckpoint:
    return PartnerCheckpoint(
        zone=zone, origin="p/log", size=size, root=root, note=f"{size}", fits=fits, record_time=NOW
    )


def signed(size: int, *, zone: str = ZONE, line: str = "— a b\n") -> Cosignature:
    return Cosignature(
        zone=zone,
        size=size,
        signed="x",
        line=line,
        key="",
        stated=NOW,
        record_time=NOW + timedelta(seconds=size),
    )


def test_a_partner_is_named_once_and_found_by_its_zone(engine: Engine) -> None:
    with writing(engine) as session:
        assert cosigning.add(session, ZONE, NOW)
        assert not cosigning.add(session, ZONE, NOW + timedelta(days=1))
        assert cosigning.add(session, OTHER, NOW)
    with writing(engine) as session:
        row = cosigning.find(session, ZONE)
        assert row is not None
        assert row.since == NOW
        assert [each.zone for each in cosigning.partners(session)] == [ZONE, OTHER]
        cosigning.remove(session, row)
    with reading(engine) as session:
        assert [each.zone for each in cosigning.partners(session)] == [OTHER]


def test_a_partner_is_found_where_nothing_may_be_written_and_locked_where_it_may(engine: Engine) -> None:
    with writing(engine) as session:
        cosigning.add(session, ZONE, NOW)
    with reading(engine) as session:
        assert cosigning.find(session, ZONE) is not None
        assert cosigning.find(session, OTHER) is None
    with writing(engine) as session:
        cosigning.lock(session, ZONE)
        cosigning.lock(session, OTHER)


def keep(session: Session, *rows: PartnerCheckpoint) -> None:
    for row in rows:
        cosigning.keep_checkpoint(session, row)


def test_the_newest_checkpoint_that_fits_is_told_from_those_that_do_not(engine: Engine) -> None:
    with writing(engine) as session:
        keep(session, shown(3), shown(9), shown(40, fits=False), shown(5), shown(99, zone=OTHER))
        keep(session, shown(9), shown(40, fits=False))
    with reading(engine) as session:
        newest = cosigning.newest_fitting(session, ZONE)
        assert newest is not None
        assert newest.size == 9
        assert [row.size for row in cosigning.unfit(session, ZONE)] == [40]


def test_of_what_does_not_fit_only_so_much_is_kept(engine: Engine) -> None:
    with writing(engine) as session:
        for size in range(50):
            keep(session, shown(size + 1, fits=False))
    with reading(engine) as session:
        assert len(cosigning.unfit(session, ZONE)) == cosigning.MOST_UNFIT


def test_the_first_signature_under_a_checkpoint_stays(engine: Engine) -> None:
    with writing(engine) as session:
        for row in (signed(3), signed(3, line="— other c\n"), signed(7), signed(7, zone=OTHER)):
            cosigning.keep_cosignature(session, row)
    with reading(engine) as session:
        assert [row.line for row in cosigning.cosignatures(session, 3)] == ["— a b\n"]
        assert cosigning.newest_signed(session, ZONE) == 7
        assert cosigning.newest_signed(session, "88.1") == 0
        assert {zone: row.size for zone, row in cosigning.confirmed(session).items()} == {ZONE: 7, OTHER: 7}
