"""Rows of how nodes below answered when they were asked."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from app.domain.delegations import ACTIVE
from app.store.tables import Delegation, Probe

KEPT = 20  # attempts of an endpoint


def due(session: Session, limit: int) -> list[tuple[str, str]]:
    """(zone, address) of nodes below that speak HTTP, those not asked for longest in front."""
    query = select(col(Delegation.zone), col(Delegation.endpoints)).where(col(Delegation.state) == ACTIVE)
    every = [
        (zone, str(endpoint["url"]))
        for zone, endpoints in session.execute(query.order_by(col(Delegation.zone)))
        for endpoint in endpoints
        if endpoint.get("url")
    ]
    asked = {(row.zone, row.endpoint): row.time for row in session.execute(select(Probe)).scalars()}
    return sorted(every, key=lambda place: (place in asked, asked.get(place)))[:limit]


def note(session: Session, zone: str, endpoint: str, now: datetime, *, well: bool) -> None:
    row = session.get(Probe, (zone, endpoint)) or Probe(zone=zone, endpoint=endpoint, time=now)
    row.recent = (row.recent + ("+" if well else "-"))[-KEPT:]
    row.time = now
    if well:
        row.well_time = now
    session.add(row)
    session.flush()


def keep_only(session: Session, places: Iterable[tuple[str, str]]) -> None:
    """Forgets addresses that are no node's any more."""
    kept = set(places)
    for row in session.execute(select(Probe)).scalars():
        if (row.zone, row.endpoint) not in kept:
            session.delete(row)
    session.flush()


def of_zone(session: Session, zone: str) -> Sequence[Probe]:
    return (
        session.execute(select(Probe).where(col(Probe.zone) == zone).order_by(col(Probe.endpoint)))
        .scalars()
        .all()
    )
