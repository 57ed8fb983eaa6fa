"""Rows of the newest serials that other nodes were heard to state of zones."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, select, text
from sqlmodel import Session, col

from app.store.tables import ZoneFloor
from app.store.types import UtcDateTime

_RAISING = text(
    "INSERT INTO zone_floor (issuer, zone, branch, serial, heard_time)"
    " VALUES (:issuer, :zone, :branch, :serial, :heard_time)"
    " ON CONFLICT (issuer, zone) DO UPDATE SET serial = excluded.serial, heard_time = excluded.heard_time"
    " WHERE zone_floor.serial < excluded.serial"
).bindparams(bindparam("heard_time", type_=UtcDateTime))
_FORGETTING = text(
    "DELETE FROM zone_floor WHERE branch = :branch AND (issuer, zone) IN ("
    "SELECT issuer, zone FROM zone_floor WHERE branch = :branch"
    " ORDER BY heard_time DESC LIMIT :some OFFSET :most)"
)
SOME = 10_000  # rows forgotten at once


def serial_of(session: Session, issuer: str, zone: str) -> int:
    """0 where nothing was heard."""
    query = select(col(ZoneFloor.serial)).where(col(ZoneFloor.issuer) == issuer, col(ZoneFloor.zone) == zone)
    return int(session.execute(query).scalar() or 0)


def put(session: Session, rows: Iterable[tuple[str, str, str, int]], most: int, now: datetime) -> None:
    """(issuer, zone, branch, serial) each; a serial only rises. Of a branch, those heard of longest ago go where there
    are more than `most`. In one order, or two who write could wait in a circle."""
    ordered = sorted(rows)
    for issuer, zone, branch, serial in ordered:
        values = {"issuer": issuer, "zone": zone, "branch": branch, "serial": serial, "heard_time": now}
        session.connection().execute(_RAISING, values)
    for branch in sorted({branch for _, _, branch, _ in ordered}):
        session.connection().execute(_FORGETTING, {"branch": branch, "most": most, "some": SOME})
