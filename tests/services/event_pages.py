"""Ways to ask for events, page after page, and events as other systems send them."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlmodel import Session

from app.domain.epcis import queries
from app.domain.people import Actor
from app.services import querying

EX = "https://ns.example.com/epcis/"
SERIALS = [f"urn:epc:id:sgtin:4012345.011111.{number}" for number in range(6)]
LOTS = [f"https://id.gs1.org/01/04012345222227/10/L{number}" for number in range(3)]
PLACES = ["urn:epc:id:sgln:4012345.00001.0", "https://id.gs1.org/414/4012345000023", "urn:example:dock"]
STEPS = ["shipping", "receiving", "https://ns.example.com/step/own"]
PARTIES = ["urn:epc:id:pgln:4012345.00225", "https://id.gs1.org/417/4012345002256", "urn:example:me"]


def told(
    session: Session, actor: Actor, parameters: dict[str, Any] | None = None, per_page: int = 1_000
) -> list[dict[str, Any]]:
    """All pages of a query, one after the other."""
    query, token, found = queries.parse(parameters or {}, {"e": EX}), "", list[dict[str, Any]]()
    while True:
        page = querying.page_of(session, actor, query, token, per_page)
        assert len(page.events) <= per_page
        found += page.events
        if not page.next_token:
            return found
        token = page.next_token


def ids(events: list[dict[str, Any]]) -> list[str]:
    return [event["eventID"] for event in events]


def sent(random: Random, now: datetime) -> dict[str, Any]:
    """An event as another system might send it; observed, so that no rule of custody stands in its way."""
    event: dict[str, Any] = {
        "@context": [{"ex": EX}],
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "eventTime": (now - timedelta(minutes=random.randrange(5_000))).isoformat(),
        "eventTimeZoneOffset": "+00:00",
        "epcList": random.sample(SERIALS, random.randrange(3)),
        "quantityList": [{"epcClass": random.choice(LOTS), "quantity": random.randrange(1, 5), "uom": "KGM"}],
    }
    parts = {
        "bizStep": random.choice(STEPS),
        "disposition": random.choice(["in_transit", "https://ns.example.com/disp/x"]),
        "readPoint": {"id": random.choice(PLACES)},
        "bizLocation": {"id": random.choice(PLACES), "ex:dock": random.choice(["7", "8"])},
        "sourceList": [{"type": "owning_party", "source": random.choice(PARTIES)}],
        "bizTransactionList": [{"type": "po", "bizTransaction": f"urn:example:po:{random.randrange(3)}"}],
        "ilmd": {"ex:grade": random.choice(["A", "B", 7]), "ex:deep": {"ex:deeper": random.randrange(3)}},
        "ex:weight": random.choice([1, 2.5, "2.5", "heavy"]),
        "ex:seen": random.choice(["2026-05-01T00:00:00Z", "2026-05-01T08:00:00+08:00", "2026-06-01T00:00:00Z"]),
        "persistentDisposition": {"set": ["completeness_verified"]},
        "sensorElementList": [
            {"sensorReport": [{"type": "Temperature", "value": random.randrange(4), "uom": "CEL", "deviceID": PARTIES[2]}]}
        ],
    }  # fmt: skip
    chosen = {name: value for name, value in parts.items() if random.random() < 0.5}
    return event | chosen | ({"action": "ADD"} if "ilmd" in chosen else {})
