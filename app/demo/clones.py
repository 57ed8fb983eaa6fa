"""Copied and invented labels turn up in the worked chain: scans that are refused, and what the watch makes of them."""

from datetime import UTC, datetime, timedelta

from app.demo.chain import Goods
from app.demo.floor import Floor
from app.domain.trouble import Point
from app.rounds_of_watching import through_once
from app.services import alerting, watching, watching_refused
from app.store import database

PLACES = {  # company: latitude, longitude of its places, all in China
    "powder": Point(27.80, 114.39),
    "cells": Point(31.78, 119.95),
    "packs": Point(31.76, 117.20),
    "carrier": Point(31.73, 118.87),
    "vehicles": Point(31.29, 121.16),
}
INVENTED = "HTTPS://SUYUAN.EXAMPLE/88.118.3003/P80-26-0999"


def turn_up(floor: Floor, goods: Goods) -> int:
    """How many alerts the maker of the packs has in the end."""
    _locate(floor)
    at_the_gate, scrapped = goods.packs[14], goods.packs[-1]
    floor.wait(hours=1)
    floor.scan("vehicles", "inspect", at_the_gate, "vehicle-receiving", result="pass")
    floor.wait(minutes=5)
    floor.scan("powder", "receive", at_the_gate, "powder-store", refused="unknown-identifier")
    floor.scan("carrier", "receive", scrapped, "hub", refused="unknown-identifier")
    floor.codes["invented"] = INVENTED
    floor.scan("carrier", "receive", "invented", "hub", refused="unknown-identifier")
    moment = max(floor.now + timedelta(minutes=5), datetime.now(UTC))
    for look in (watching.look_at_events, watching_refused.look_at_scans):
        while through_once(floor.engine, look, moment):
            pass
    with database.reading(floor.engine) as session:
        return alerting.open_count(session, floor.people["packs"])


def _locate(floor: Floor) -> None:
    for company, where in PLACES.items():
        who = floor.people[company]
        with database.writing(floor.engine) as session:
            for site, _ in alerting.places(session, who):
                alerting.set_place(session, who, site.epc, where, "CN", floor.now)
