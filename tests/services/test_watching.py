"""The watch over a small world: each signal with its evidence, none for an ordinary day, nothing told to others."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine

from app.domain import trouble
from app.domain.people import Actor
from app.domain.trouble import Point
from app.errors import Conflict, Malformed, Refused, Unknown
from app.rounds_of_watching import through_once
from app.services import (
    alerting,
    capture_jobs,
    networks,
    preparing,
    sampling,
    watching,
    watching_look_ups,
    watching_refused,
    webhooks,
)
from app.services.alerting import Setting
from app.services.networks import Networks
from app.store.database import reading, writing
from app.store.tables import Alert
from tests.support.world import World

PLACES = {
    "plant": ("ana", 31.2, 121.5, "CN"),
    "store": ("ana", 52.5, 13.4, "DE"),
    "dock": ("dee", 23.1, 113.3, "CN"),
}


class Guarded(World):
    """With positions of its places, and the watch over it."""

    def locate(self) -> None:
        with writing(self.engine) as session:
            for name, (owner, north, east, country) in PLACES.items():
                who = self.ana if owner == "ana" else self.dee
                alerting.set_place(session, who, self.at[name], Point(north, east), country, self.now)

    def watch(self, table: Networks | None = None) -> list[Alert]:
        self.tick(2)
        for look in (
            watching.look_at_events,
            watching_refused.look_at_scans,
            watching_refused.look_at_captures,
        ):
            while self._once(look):
                pass
        while self._once(
            lambda session, now: watching_look_ups.look_at_look_ups(session, now, table or Networks())
        ):
            pass
        return self.alerts(self.ana)

    def _once(self, look: Callable[..., watching.Watch]) -> bool:
        return through_once(self.engine, look, self.now)

    def alerts(self, who: Actor, **more: Any) -> list[Alert]:
        with reading(self.engine) as session:
            return list(alerting.alerts(session, who, **more)[0])

    def told(self) -> list[tuple[str, str]]:
        return [(row.rule, row.subject) for row in self.watch()][::-1]

    def look_up(self, *paths: str, address: str, found: bool = False) -> None:
        taken = {(path, address, found): 1 for path in paths}
        with writing(self.engine) as session:
            sampling.keep(session, taken, self.now)


@pytest.fixture
def world(engine: Engine, now: datetime) -> Guarded:
    world = Guarded(engine, now)
    world.locate()
    return world


def test_an_ordinary_day_raises_nothing(world: Guarded) -> None:
    module = world.piece()
    world.do("inspect", module, result="pass")
    world.do("inspect", module, result="pass")
    world.do("ship", module, destination="88.118.3003")
    world.tick(24 * 60)
    world.do("receive", module, by="dee", at="dock")
    world.scan("commission", module, by="dee", at="dock")
    world.scan("inspect", "nonsense")
    assert world.told() == []


def test_a_piece_in_two_places_faster_than_anything_travels(world: Guarded) -> None:
    module = world.piece()
    world.do("inspect", module, result="pass")
    world.do("move", module, at="store")
    (row,) = world.watch()
    assert (row.rule, row.subject, row.count) == ("two-places", module, 1)
    evidence = orjson.loads(row.evidence)
    assert evidence["kilometres"] == pytest.approx(8400, abs=100)
    assert [sighting["country"] for sighting in evidence["sightings"]] == ["CN", "DE"]
    assert [sighting["place"] for sighting in evidence["sightings"]] == [world.at["plant"], world.at["store"]]
    world.do("move", module)
    (row,) = world.watch()
    assert row.count == 2  # the way back is the same pair of places


def test_a_station_that_delivers_late_is_compared_with_what_came_after_it(world: Guarded) -> None:
    module = world.piece()
    world.tick(48 * 60)
    world.do("move", module, at="store")
    assert world.told() == []
    world.do("inspect", module, result="pass", event_time=world.now - timedelta(minutes=30))
    assert world.told() == [("two-places", module)]


def test_what_was_undone_was_never_seen(world: Guarded) -> None:
    module = world.piece()
    request = world.request("move", module, at="store")
    assert world.send(request).colour != "red"
    world.undo(request.nonce)
    assert world.told() == []


def test_a_clone_at_another_company_is_told_of_without_its_place(world: Guarded) -> None:
    module = world.piece()
    world.do("inspect", module, result="pass")
    label = "HTTPS://TRACE.TEST/" + world.at["dock"].removeprefix("hdl:")  # as the gun reads it off the wall
    verdict = world.scan("receive", module, by="dee", at=label)
    assert verdict.colour == "red"
    rows = world.watch()
    assert [row.rule for row in rows] == ["two-places"]
    seen = orjson.loads(rows[0].evidence)["sightings"][1]
    assert seen == {"time": seen["time"], "country": "CN", "by": "scan", "step": "receive"}
    assert world.at["dock"] not in rows[0].evidence
    assert world.alerts(world.dee) == world.alerts(world.cy) == []


def test_a_piece_is_seen_after_its_end(world: Guarded) -> None:
    module = world.piece()
    world.do("scrap", module)
    world.scan("inspect", module, result="pass")
    assert world.told() == []  # scanned again while it lies in the bin
    world.tick(120)
    world.scan("inspect", module, result="pass")
    assert world.told() == [("after-end", module)]


def test_a_first_scan_again_and_elsewhere(world: Guarded) -> None:
    module = world.piece()
    world.do("ship", module, destination="88.118.3003")
    world.tick(24 * 60)
    world.do("receive", module, by="dee", at="dock")
    world.tick(60)
    world.scan("receive", module, by="dee", at="dock")
    assert world.told() == []
    world.scan("receive", module, by="dee", at="line")
    assert world.told() == []  # who has it took the wrong step
    world.scan("receive", module, by="cy", at="yard")
    assert world.told() == [("first-again", module)]


def test_an_unknown_serial_under_our_prefix(world: Guarded) -> None:
    world.scan("inspect", "88.118.1001/TYPED0000000000X", result="pass")
    world.scan("inspect", "HTTPS://TRACE.TEST/88.118.9999/7Q2K9XW4M3ABCDEF", result="pass")
    assert world.told() == []
    world.scan("receive", "HTTPS://TRACE.TEST/88.118.1001/7Q2K9XW4M3ABCDEF", by="dee", at="dock")
    assert world.told() == [("unknown-serial", "hdl:88.118.1001/7Q2K9XW4M3ABCDEF")]
    world.look_up("/88.118.1001/LOOKEDUP00000001", address="203.0.113.7")
    assert len(world.told()) == 1
    world.look_up("/88.118.1001/LOOKEDUP00000001", address="198.51.100.9")
    assert ("unknown-serial", "hdl:88.118.1001/LOOKEDUP00000001") in world.told()


def test_what_another_system_sends_of_an_unknown_serial_is_told(world: Guarded) -> None:
    event = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "ObjectEvent",
        "eventTime": "2026-05-20T08:00:00.000Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "epcList": ["hdl:88.118.1001/NEVERMINTED00001"],
    }
    with writing(world.engine) as session:
        capture = capture_jobs.begin(
            session, world.dee, preparing.prepare([event], world.now), "proceed", world.now
        )
        assert capture.failed == 1
    assert world.told() == [("unknown-serial", "hdl:88.118.1001/NEVERMINTED00001")]
    evidence = orjson.loads(world.alerts(world.ana)[0].evidence)
    assert evidence["sightings"] == [
        {"time": evidence["sightings"][0]["time"], "by_machine": True, "by": "capture"}
    ]


def test_guessing_of_serials_is_one_alert_and_not_one_a_name(world: Guarded) -> None:
    names = [f"/api/handles/88.118.1001/GUESS{number:05d}" for number in range(30)]
    world.look_up(*names[:15], address="203.0.113.7")
    assert world.told() == []
    world.look_up(*names[15:], address="203.0.113.99")
    assert world.told() == [("enumeration", "88.118.1001")]
    evidence = orjson.loads(world.alerts(world.ana)[0].evidence)
    assert (evidence["names"], evidence["network"]) == (30, "203.0.113.0/24")


def test_an_unusual_country_by_event_and_by_look_up(world: Guarded) -> None:
    with writing(world.engine) as session:
        alerting.set_rules(session, world.ana, {"country": Setting(True, 20)}, world.now)
    modules = [world.piece() for _ in range(40)]
    assert world.told() == []
    table = Networks([(4, 0xCB007100, 0xCB0071FF, "XK")])  # 203.0.113.0/24
    for _ in range(2):  # once is a traveller
        world.look_up("/" + modules[0].removeprefix("hdl:"), address="203.0.113.7", found=True)
        assert world.watch(table) == []
    world.tick(60 * 24)
    world.look_up("/" + modules[0].removeprefix("hdl:"), address="203.0.113.7", found=True)
    world.watch(table)
    assert [(row.rule, orjson.loads(row.evidence)["country"]) for row in world.alerts(world.ana)] == [
        ("country", "XK")
    ]
    world.tick(60 * 48)
    world.do("move", modules[1], at="store")
    assert ("country", modules[1]) in world.told()


def test_a_rule_can_be_switched_off_and_its_threshold_moved(world: Guarded) -> None:
    with writing(world.engine) as session:
        alerting.set_rules(
            session, world.ana, {"two-places": Setting(False, 1000), "after-end": Setting(True, 0)}, world.now
        )
    module = world.piece()
    world.do("move", module, at="store")
    world.do("scrap", module, at="store")
    world.scan("inspect", module, at="store", result="pass")
    assert world.told() == [("after-end", module)]
    for rule, value in (("two-places", 1.0), ("nonsense", 1.0), ("country", float("nan"))):
        with pytest.raises(Malformed), writing(world.engine) as session:
            alerting.set_rules(session, world.ana, {rule: Setting(True, value)}, world.now)
    with pytest.raises(Refused), writing(world.engine) as session:
        alerting.set_rules(session, world.bo, {}, world.now)


def test_an_alert_is_looked_into_and_closed_and_a_false_one_stays_closed(world: Guarded) -> None:
    module = world.piece()
    world.do("move", module, at="store")
    (row,) = world.watch()
    alert = row.id or 0

    def judge(state: str, ending: str = "", who: Actor = world.ana) -> None:
        with writing(world.engine) as session:
            alerting.judge(session, who, alert, state, ending, "a note", world.now)

    judge("seen")
    for state, ending in (("closed", ""), ("seen", "true"), ("open", ""), ("closed", "perhaps")):
        with pytest.raises(Malformed):
            judge(state, ending)
    with pytest.raises(Unknown):
        judge("closed", "false", world.cy)
    judge("closed", "true")
    with pytest.raises(Conflict):
        judge("closed", "false")
    assert world.alerts(world.ana) == []
    world.do("move", module)
    (row,) = world.watch()
    assert (row.state, row.count) == ("open", 2)
    judge("closed", "false")
    world.do("move", module, at="store")
    assert world.watch() == []
    assert world.alerts(world.ana, closed=True)[0].count == 3


def test_new_alerts_are_sent_on_signed(world: Guarded, tmp_path: Path) -> None:
    with writing(world.engine) as session:
        alerting.set_target(
            session, world.ana, "https://siem.example.com/in", "a secret", tmp_path, world.now
        )
    module = world.piece()
    world.do("move", module, at="store")
    world.watch()
    world.do("move", module)
    world.watch()
    with reading(world.engine) as session:
        (message,) = webhooks.messages(session, world.ana)[0]
        ask = webhooks.request_of(session, message.id or 0, tmp_path)
    assert ask is not None
    told = orjson.loads(ask.body)
    assert (told["type"], told["rule"], told["subject"]) == ("suyuan-alert", "two-places", module)
    assert dict(ask.headers)["GS1-Signature"] == webhooks.signature("a secret", ask.body)
    with writing(world.engine) as session:
        alerting.set_target(session, world.ana, "", "", tmp_path, world.now)
        assert webhooks.messages(session, world.ana)[0] == []


def test_the_watch_goes_on_where_it_was_and_looks_at_nothing_twice(
    world: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "ENTRIES", 3)
    module = world.piece()
    world.do("move", module, at="store")
    for _ in range(4):
        world.piece()
    (row,) = world.watch()
    assert row.count == 1
    (row,) = world.watch()
    assert row.count == 1


def test_two_rounds_that_looked_at_the_same_count_it_once(world: Guarded) -> None:
    module = world.piece()
    world.do("move", module, at="store")
    with reading(world.engine) as session:
        seen = [watching.look_at_events(session, world.now) for _ in range(2)]
    for each, new in zip(seen, (1, 0), strict=True):
        with writing(world.engine) as session:
            assert watching.keep(session, each, world.now) == new
    assert [row.count for row in world.alerts(world.ana)] == [1]


def test_a_flood_of_signals_is_cut_short(world: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_NEW", 2)
    for number in range(5):
        world.scan("inspect", f"HTTPS://T.TEST/88.118.1001/UNKNOWN{number}", result="pass")
    assert len(world.watch()) == 2


def test_the_table_of_networks_is_read_or_told_where_it_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "networks.csv"
    file.write_text("# free\n203.0.113.0/24,cn\n2001:db8::,2001:db8::ffff,DE\n")
    table = networks.read(str(file))
    found = [
        table.country(each) for each in ("203.0.113.7", "203.0.114.0", "2001:db8::1", "2001:db9::", "x", "")
    ]
    assert found == ["CN", "", "DE", "", "", ""]
    file.write_text("203.0.113.0/24,CN\n1.2.3,XX\n")
    with pytest.raises(Refused, match="line 2"):
        networks.read(str(file))
    with pytest.raises(Refused):
        networks.read(str(tmp_path / "nowhere.csv"))
    assert networks.read("").country("1.2.3.4") == ""


def test_distances_and_places_on_earth() -> None:
    assert trouble.distance(Point(31.23, 121.47), Point(52.52, 13.40)) == pytest.approx(8400, rel=0.01)
    assert trouble.distance(Point(0, 179.9), Point(0, -179.9)) == pytest.approx(22, rel=0.02)
    assert trouble.point_of("geo:52.5,13.4;u=10") == Point(52.5, 13.4)
    for text in ("geo:91,0", "geo:1", "52,13", "geo:1e3,0"):
        assert trouble.point_of(text) is None
    assert trouble.point("x", "1") is trouble.point("nan", "1") is None
