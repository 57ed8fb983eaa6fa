"""Rows of the newest serials that other nodes were heard to state of zones."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select, text
from sqlmodel import Session, col

from app.store.tables import ZoneFloor
from app.store.types import UtcDateTime

_PUTTING = text(
    "INSERT INTO zone_floor (issuer, zone, branch, serial, key_id, heard_time)"
    " VALUES (:issuer, :zone, :branch, :serial, :key_id, :heard_time)"
    " ON CONFLICT (issuer, zone) DO UPDATE"
    " SET serial = excluded.serial, key_id = excluded.key_id, heard_time = excluded.heard_time"
    " WHERE zone_floor.serial < excluded.serial OR zone_floor.key_id = :ended"
).bindparams(bindparam("heard_time", type_=UtcDateTime))
_FORGETTING = text(
    "DELETE FROM zone_floor WHERE branch = :branch AND (issuer, zone) IN ("
    "SELECT issuer, zone FROM zone_floor WHERE branch = :branch"
    " ORDER BY heard_time DESC LIMIT :some OFFSET :most)"
)
SOME = 10_000  # rows forgotten at once


class Heard(NamedTuple):
    """`key_ids` are the issuer's keys by now, the one it was stated with (`key_id`) among them."""

    issuer: str
    zone: str
    branch: str
    serial: int
    key_id: str
    key_ids: tuple[str, ...]


def newest(session: Session, issuer: str, zone: str) -> tuple[int, str]:
    """(serial, the key it was stated with); (0, '') where nothing was heard."""
    query = select(col(ZoneFloor.serial), col(ZoneFloor.key_id)).where(
        col(ZoneFloor.issuer) == issuer, col(ZoneFloor.zone) == zone
    )
    found = session.execute(query).first()
    return (int(found[0]), str(found[1])) if found else (0, "")


def put(session: Session, rows: Iterable[Heard], most: int, now: datetime) -> None:
    """A serial only rises, but for one that was stated with a key that has ended since. Of a branch, those heard of
    longest ago go where there are more than `most`. In one order, or two who write could wait in a circle."""
    ordered = sorted(rows)
    for each in ordered:
        _, key_id = newest(session, each.issuer, each.zone)
        ended = "" if key_id in each.key_ids else key_id
        values = {name: getattr(each, name) for name in ("issuer", "zone", "branch", "serial", "key_id")}
        session.connection().execute(_PUTTING, values | {"ended": ended, "heard_time": now})
    for branch in sorted({each.branch for each in ordered}):
        session.connection().execute(_FORGETTING, {"branch": branch, "most": most, "some": SOME})
