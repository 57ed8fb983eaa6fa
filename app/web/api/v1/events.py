"""The organisation's own events as they stand in the log, for programs that follow it."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from flask import Response
from pydantic import Field

from app.errors import N_
from app.services import listing
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import page
from app.web.api.v1.models import LARGEST_ID, AskedPage, Page, Told

blueprint = blueprint_of("events", "Events")


class AskedEvents(AskedPage):
    after: Annotated[int, Field(ge=0, le=LARGEST_ID)] | None = Field(
        None, description=N_("The `seq` of the last event you have; none from the beginning.")
    )


class LoggedEvent(Told):
    __doc__ = N_("One entry of the log.")

    seq: int = Field(description=N_("Its place in the log."))
    event_id: str
    step: str = Field(examples=["ship"])
    record_time: datetime
    leaf: str = Field(
        description=N_("RFC 6962 leaf hash of the event's canonical JSON text, in hexadecimal.")
    )
    event: dict[str, Any] = Field(description=N_("The event, EPCIS 2.0 JSON-LD."))


class EventPage(Page[LoggedEvent]):
    pass


@blueprint.get("/events")
@edge.require("browse")
@blueprint.doc(
    summary=N_("What my organisation recorded, oldest first"),
    description=N_("Entries are never changed, so asking again after the last `seq` gives all that is new."),
)
@blueprint.input(AskedEvents, location="query", arg_name="asked")
@blueprint.output(EventPage)
def index(asked: AskedEvents) -> Response:
    after = -1 if asked.after is None else asked.after
    with edge.reading() as session:
        entries, following = listing.events(session, edge.actor(), after=after, limit=asked.limit)
        rows = [
            LoggedEvent(
                seq=entry.seq,
                event_id=entry.event_id,
                step=entry.step,
                record_time=entry.record_time,
                leaf=entry.leaf.hex(),
                event=orjson.loads(entry.body),
            )
            for entry in entries
        ]
    return page(EventPage, rows, following)
