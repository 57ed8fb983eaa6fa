"""How much strangers may send to a node that takes applications: by address and day, and in all."""

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlmodel import Session

from app.domain.applications import OPEN
from app.errors import N_, Refused
from app.store import applications as rows
from app.store import people
from app.store.tables import Attempt

MOST_OPEN = 5_000  # applications that wait; more is somebody's machine


def take(session: Session, what: str, address: str, most: int, now: datetime) -> None:
    """An address may send `most` a day; past MOST_OPEN applications nobody may, until some were reviewed."""
    counted = rows.counts(session)
    key = f"{what}:{_network(address)}"
    many = address and people.attempts(session, key, now - timedelta(days=1)) >= most
    if many or sum(counted.get(state, 0) for state in OPEN) >= MOST_OPEN:
        raise too_many()
    if address:
        session.add(Attempt(key=key, record_time=now))


def _network(address: str) -> str:
    """An IPv4 address, or the first half of an IPv6 one: who has one of these has all that begin alike."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:140]
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def too_many() -> Refused:
    return Refused(
        "too-many-applications",
        N_("Too many applications came in."),
        N_("Wait for a day, or ask the operator of this node."),
    )
