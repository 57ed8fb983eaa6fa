"""What speaks against taking an event, and what is merely odd about it: the schema's verdict, then sense."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.epcis import schema, sense
from app.domain.epcis.faults import Fault


def faults_of(event: Any, now: datetime | None = None, *, bare: bool = False) -> list[Fault]:
    """Why the event cannot be taken, at most 20 reasons; [] when it can.

    The schema first (`bare`: the event came alone and needs its own @context); only what it lets through is judged
    for sense, and for its time only where `now` is given.
    """
    return schema.schema_faults(event, bare=bare) or list(sense.faults(event, now))


def oddities_of(event: Mapping[str, Any]) -> list[Fault]:
    """What is missing or odd in an event that can be taken: told, never a reason to refuse it."""
    return sense.oddities(event)
