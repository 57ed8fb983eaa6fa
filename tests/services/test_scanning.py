"""Scanning: one nonce is one event, every refusal a sentence, and undo a correction that deletes nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlmodel import select

from app.domain import epcis
from app.errors import Conflict, TraceError
from app.services import scanning
from app.store import log
from app.store.database import reading
from app.store.tables import Scan
from tests.support.world import World, sentence

# --- one scan, one event ---


def test_a_scan_is_recorded_with_who_where_and_when(world: World) -> None:
    piece = world.piece()
    verdict = world.do("inspect", piece, result="pass", order="po-1")
    assert (verdict.colour, verdict.code, verdict.repeated) == ("green", "recorded", False)
    assert verdict.seq is not None
    with reading(world.engine) as session:
        entry = log.entry_of(session, verdict.seq)
        assert entry
        event = epcis.parse(entry.body)
    assert (event.event_id, event.event_time) == (verdict.event_id, world.now)
    assert (event.epc_list, event.read_point, event.biz_step) == ((piece,), world.at["plant"], "inspecting")
    told = {
        name: event.extension(name)
        for name in ("organisation", "operator", "step", "result", "nonce", "visit", "recorded")
    }
    assert told == {
        "organisation": "88.118.1001",
        "operator": "Bo",
        "step": "inspect",
        "result": "pass",
        "nonce": "nonce-000001",
        "visit": "visit-1",
        "recorded": epcis.time_text(world.now),
    }


def test_a_scan_sent_twice_is_one_event(world: World) -> None:
    request = world.request("inspect", world.piece(), result="hold", reason="scratch")
    first, again = world.send(request), world.send(request)
    assert not first.repeated
    assert again == replace(first, repeated=True)
    with reading(world.engine) as session:
        assert len(session.exec(select(Scan)).all()) == 1
        assert log.size(session) == (first.seq or 0) + 1


def test_a_refused_scan_sent_again_says_the_same_though_it_would_go_now(world: World) -> None:
    (piece,) = world.mint("module")
    request = world.request("inspect", piece, result="pass")
    first = world.send(request)
    assert first.colour == "red"
    world.do("commission", piece)
    before = world.size()
    assert world.send(request) == replace(first, repeated=True)
    assert world.size() == before


def test_the_same_scan_from_many_threads_at_once_is_one_event(world: World) -> None:
    request = world.request("inspect", world.piece(), result="pass")
    before = world.size()
    with ThreadPoolExecutor(6) as pool:
        verdicts = list(pool.map(lambda _: world.send(request), range(12)))
    assert world.size() == before + 1
    assert [verdict.repeated for verdict in verdicts].count(False) == 1
    assert {replace(verdict, repeated=False).seq for verdict in verdicts} == {before}


def test_a_piece_scanned_by_many_at_once_is_shipped_once(world: World) -> None:
    piece = world.piece()
    before = world.size()
    requests = [world.request("ship", piece, destination=world.dee.prefix) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(world.send, requests))
    assert sorted(verdict.colour for verdict in verdicts) == ["green", *["red"] * 7]
    assert {verdict.code for verdict in verdicts if verdict.colour == "red"} == {"already-shipped"}
    assert world.size() == before + 1


def test_a_lot_drawn_by_many_at_once_never_goes_below_nothing(world: World) -> None:
    lot = world.lot("cell", "C-1", 10)
    moment = (
        world.tick()
    )  # the same for all: drawn out of order, a later one would make an earlier one late, and amber
    requests = [world.request("scrap", lot, quantity=3, event_time=moment) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(world.send, requests))
    assert [verdict.colour for verdict in verdicts].count("green") == 3
    assert list(world.stock(lot).values()) == [Decimal(1)]


@pytest.mark.parametrize("other", [{"step": "scrap"}, {"at": "store"}, {"piece": "another"}])
def test_another_scan_under_the_same_number_is_no_repetition(world: World, other: dict[str, str]) -> None:
    pieces = {"one": world.piece(), "another": world.piece()}
    world.scan("inspect", pieces["one"], result="pass", nonce="4711-0815")
    before = world.size()
    step, piece, at = (
        other.get("step", "inspect"),
        pieces[other.get("piece", "one")],
        other.get("at", "plant"),
    )
    with pytest.raises(Conflict) as told:
        world.scan(step, piece, at=at, result="pass", nonce="4711-0815")
    assert told.value.code == "nonce-reused"
    assert world.size() == before


def test_what_people_send_is_never_taken_for_the_name_of_a_thing(world: World) -> None:
    """A step that is called like the dock of another company would else be answered with that dock's name."""
    for text in (world.at["dock"], world.dee.prefix, world.lot("powder", "L-1", 1)):
        refused = world.scan(text, world.piece())
        assert refused.code == "unknown-step"
        assert text in sentence(refused)


def test_two_companies_may_draw_the_same_nonce(world: World) -> None:
    mine, theirs = world.piece(), world.piece("car", at="line", by="dee")
    request = world.request("inspect", mine, result="pass")
    other = replace(request, code=theirs, place=world.at["line"])
    assert world.send(request).seq != world.send(other, by="dee").seq


@pytest.mark.parametrize(
    "nonce", ["", "short", "x" * 65, "with space1", "ünïcode-1", "semi;colon", "null\x00null"]
)
def test_what_has_no_proper_nonce_is_no_scan(sqlite_world: World, nonce: str) -> None:
    request = sqlite_world.request("inspect", sqlite_world.piece(), result="pass", nonce=nonce)
    with pytest.raises(TraceError) as told:
        sqlite_world.send(request)
    assert told.value.code == "bad-nonce"


# --- late, early and impossible times ---


def test_a_scan_of_a_station_that_was_offline_counts_from_when_it_happened(world: World) -> None:
    piece = world.piece()
    offline = world.tick(1)
    world.tick(120)
    world.do("move", piece, at="store")
    late = world.scan("inspect", piece, result="pass", event_time=offline)
    assert (late.colour, late.code) == ("amber", "late")
    assert "before the last recorded step" in sentence(late)
    state = world.thing(piece)
    assert state.site == world.at["store"]
    assert state.last_time is not None
    assert state.last_time > offline


def test_a_late_scan_is_judged_by_the_state_of_then(world: World) -> None:
    piece = world.piece()
    before_shipping = world.tick(1)
    world.tick(60)
    world.do("ship", piece, destination=world.dee.prefix)
    world.do("receive", piece, by="dee", at="dock")
    assert world.scan("inspect", piece, result="pass").code == "not-yours"
    assert world.scan("inspect", piece, result="pass", event_time=before_shipping).colour == "amber"
    assert world.thing(piece).holder == world.dee.prefix
    refused = world.scan("receive", piece, by="dee", at="dock", event_time=before_shipping)
    assert (refused.colour, refused.code) == ("red", "not-shipped-to-you")


def test_a_late_scan_that_makes_what_followed_impossible_is_refused(world: World) -> None:
    piece, lot = world.piece(), world.lot("cell", "C-1", 10)
    early = world.tick(1)
    world.tick(60)
    world.do("ship", piece, destination=world.dee.prefix)
    world.do("scrap", lot, quantity=8)
    before = world.size()
    twice = world.scan("ship", piece, destination=world.dee.prefix, event_time=early)
    assert (twice.colour, twice.code) == ("red", "already-shipped")
    assert "would make steps impossible" in twice.hint.format(**twice.values_in("en"))
    assert world.scan("scrap", piece, event_time=early).code == "already-scrapped"
    too_much = world.scan("scrap", lot, quantity=3, event_time=early)
    assert (too_much.colour, too_much.code) == ("red", "not-enough")
    assert world.size() == before
    assert world.scan("scrap", lot, quantity=2, event_time=early).colour == "amber"
    assert world.stock(lot) == {}


def test_a_late_inspection_that_failed_is_taken_though_the_piece_has_left(world: World) -> None:
    piece = world.piece()
    early = world.tick(1)
    world.do("ship", piece, destination=world.dee.prefix)
    failed = world.scan("inspect", piece, result="fail", reason="crack", event_time=early)
    assert (failed.colour, failed.code) == ("amber", "late")
    assert (world.thing(piece).held, world.thing(piece).to) == ("crack", world.dee.prefix)


def test_a_clock_that_is_a_little_fast_is_taken_and_one_that_is_wrong_is_not(world: World) -> None:
    piece = world.piece()
    assert (
        world.scan("inspect", piece, result="pass", event_time=world.now + timedelta(minutes=5)).colour
        == "green"
    )
    wrong = world.scan("inspect", piece, result="pass", event_time=world.now + timedelta(minutes=10))
    assert (wrong.colour, wrong.code) == ("red", "time-in-future")
    assert "is still to come" in sentence(wrong)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1999, 12, 31, tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=8))),
        datetime.max.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-8))),
    ],
)
def test_an_impossible_date_is_refused_in_a_sentence(world: World, moment: datetime) -> None:
    verdict = world.scan("inspect", world.piece(), result="pass", event_time=moment)
    assert verdict.colour == "red"
    assert verdict.code in {"time-impossible", "time-in-future"}
    assert sentence(verdict)


def test_a_time_in_another_zone_is_the_same_moment(world: World) -> None:
    shanghai = timezone(timedelta(hours=8))
    verdict = world.do("inspect", world.piece(), result="pass", event_time=world.now.astimezone(shanghai))
    assert verdict.colour == "green"
    with reading(world.engine) as session:
        entry = log.entry_of(session, verdict.seq or 0)
        assert entry
        assert entry.event_time == world.now - timedelta(minutes=1)


def test_what_expired_is_recorded_and_told(world: World) -> None:
    (lot,) = world.mint(
        "cell",
        lot="C-1",
        expires_on=datetime(2026, 5, 1, tzinfo=UTC).date(),
        activate_at=world.at["plant"],
        quantity=Decimal(5),
    )
    verdict = world.scan("inspect", lot, result="pass")
    assert (verdict.colour, verdict.code) == ("amber", "expired")
    assert "C-1 expired on 2026-05-01" in sentence(verdict)
    assert verdict.seq is not None


def test_any_spelling_of_an_identifier_is_the_same_piece(world: World) -> None:
    piece = world.piece()
    suffix = piece.rpartition("/")[2]
    for spelling in (
        f"88.118.1001/{suffix}",
        f"88.118.1001/{suffix.lower()}",
        f"HTTPS://TRACE.EXAMPLE/88.118.1001/{suffix}",
        f"　８８.118.1001／{suffix} ",
        f"hdl:88.118.1001/{suffix}\r\n",
    ):
        assert world.do("inspect", spelling, result="pass").item["epc"] == piece


def test_a_lot_without_a_quantity_means_all_that_is_there(world: World) -> None:
    lot = world.lot("cell", "C-1", 10)
    first, second = world.mint(amount=2)
    world.do("pack", lot, parent=first, quantity=4)
    world.do("pack", lot, parent=second, quantity=5)
    world.do("unpack", lot, parent=first)
    assert world.stock(lot) == {
        (world.ana.prefix, world.at["plant"], "", ""): Decimal(5),
        (world.ana.prefix, world.at["plant"], "", second): Decimal(5),
    }
    world.do("ship", lot, destination=world.dee.prefix)
    world.do("ship", second, destination=world.dee.prefix)
    world.do("receive", lot, by="dee", at="dock")
    assert world.stock(lot)[world.dee.prefix, world.at["dock"], "", ""] == Decimal(5)


# --- looking ---


def test_looking_records_nothing_and_shows_strangers_nothing(world: World) -> None:
    piece = world.piece()
    before = world.size()
    with reading(world.engine) as session:
        assert scanning.look(session, world.bo, piece).epc == piece
        for stranger in (world.cy, world.dee):
            with pytest.raises(TraceError) as told:
                scanning.look(session, stranger, piece)
            assert told.value.code == "unknown-identifier"
    assert world.size() == before


def test_a_late_scan_takes_nothing_twice_though_the_history_has_a_flaw_already(world: World) -> None:
    """A late hold makes the shipment look wrong; that must not open the door to whatever comes late as well."""
    lot = world.lot("powder", "L-1", 100)
    early, later = world.tick(1), world.tick(30)
    world.tick(60)
    world.do("ship", lot, destination=world.dee.prefix)
    assert world.scan("inspect", lot, result="hold", event_time=later).colour == "amber"
    twice = world.scan("scrap", lot, quantity=100, event_time=early)
    assert (twice.colour, twice.code) == ("red", "not-enough")
    assert world.stock(lot) == {(world.ana.prefix, "", world.dee.prefix, ""): 100}
