"""As-of look-ups agree with what was recorded at the time; the life of an identifier as a timeline; retiring."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain import handles
from app.domain.handles import Value
from app.errors import TraceError
from app.services import aliasing, cards, history, rebuilding, registering, voiding
from app.services.handle_rights import Who
from app.services.history import AsOf, Change
from app.store import items
from app.store.database import reading, writing
from tests.support.world import World


def as_of(world: World, name: str, at: datetime, *, by: str = "ana") -> AsOf:
    with reading(world.engine) as session:
        return history.as_of(session, world.who(by), name, at, world.now + timedelta(days=1))


def timeline(world: World, name: str, *, by: str = "ana") -> list[Change]:
    with reading(world.engine) as session:
        return history.timeline(session, world.who(by), name)


def refused(act: Any, *args: Any, **values: Any) -> str:
    with pytest.raises(TraceError) as told:
        act(*args, **values)
    assert told.value.english()
    return told.value.code


class Recorder:
    """Keeps the card of each thing as each company saw it after every step."""

    def __init__(self, world: World, *epcs: str) -> None:
        self.world, self.epcs = world, epcs
        self.kept: list[tuple[datetime, str, str, Any]] = []

    def note(self) -> None:
        with reading(self.world.engine) as session:
            for who in ("ana", "dee", "cy"):
                actor = self.world.who(who)
                for epc, thing in items.of_epcs(session, self.epcs).items():
                    if cards.is_visible(session, actor, thing):
                        self.kept.append((self.world.now, who, epc, cards.card_of(session, actor, thing)))

    def do(self, step: str, code: str, **values: Any) -> None:
        self.world.do(step, code, **values)
        self.note()


def journey(world: World) -> Recorder:
    """A piece with a lot in it, packed, shipped, received and built in, with every state noted on the way."""
    piece, lot = world.piece(), world.lot("cell", "C-1", 10)
    (pallet,) = world.mint()
    recorder = Recorder(world, piece, lot, pallet)
    recorder.note()
    recorder.do("assemble", lot, quantity=4, parent=piece)
    recorder.do("move", piece, at="store")
    recorder.do("pack", piece, at="store", parent=pallet)
    recorder.do("ship", pallet, at="store", destination=world.dee.prefix)
    recorder.do("receive", pallet, by="dee", at="dock")
    recorder.do("unpack", piece, by="dee", at="dock", parent=pallet)
    (car,) = world.mint("car", by="dee", activate_at=world.at["line"])
    recorder.do("assemble", piece, by="dee", at="line", parent=car)
    recorder.do("scrap", lot, quantity=2)
    return recorder


def test_what_was_is_told_as_it_was_recorded_then(world: World) -> None:
    recorder = journey(world)
    compared = 0
    for moment, who, epc, card in recorder.kept:
        found = as_of(world, epc, moment, by=who)
        if who == "ana":
            assert found.card == card, (moment, epc)
            compared += 1
        else:
            assert found.card is not None
            assert (found.card.lifecycle, found.card.epc) == (card.lifecycle, epc)
    assert compared >= 20


def test_a_reader_learns_no_more_of_the_past_than_of_the_present(world: World) -> None:
    """Where a thing was before it came to them is for those to tell who had it; nor do strangers learn anything."""
    recorder = journey(world)
    piece = recorder.epcs[0]
    before_it_left = recorder.kept[0][0]
    with reading(world.engine) as session:
        thing = items.of_epcs(session, [piece])[piece]
        assert cards.is_visible(session, world.dee, thing)
    card = as_of(world, piece, before_it_left, by="dee").card
    assert card is not None
    assert (card.holder, card.site, card.container, card.held, card.disposition) == ("", "", "", "", "")
    for moment, _, epc, _ in recorder.kept:
        assert refused(as_of, world, epc, moment, by="cy") == "unknown-identifier"
    assert refused(timeline, world, piece, by="cy") == "unknown-identifier"


def test_before_it_was_minted_nothing_was_there(world: World) -> None:
    before = world.now
    piece = world.piece()
    assert refused(as_of, world, piece, before) == "not-yet-there"
    assert refused(as_of, world, piece, world.now + timedelta(days=2)) == "moment-to-come"
    assert refused(as_of, world, "88.118.1001/NOTHING", world.now) == "unknown-identifier"


def test_what_was_corrected_since_did_not_happen(world: World) -> None:
    piece = world.piece()
    request = world.request("move", piece, at="store")
    world.send(request)
    moment = world.now
    assert as_of(world, piece, moment).card.site == world.at["store"]  # type: ignore[union-attr]
    world.undo(request.nonce)
    assert as_of(world, piece, moment).card.site == world.at["plant"]  # type: ignore[union-attr]


def test_a_life_is_told_from_the_first_to_the_last(world: World) -> None:
    (piece,) = world.mint("module")
    world.do("commission", piece)
    world.do("move", piece, at="store")
    with writing(world.engine) as session:
        voiding.retire(session, world.ana, piece, "worn out", world.tick())
    told = timeline(world, piece)
    assert [(change.kind, change.to, change.detail) for change in told] == [
        ("lifecycle", "reserved", "mint"),
        ("lifecycle", "active", "commission"),
        ("lifecycle", "retired", "retire"),
    ]
    assert (told[-1].by, told[-1].reason) == ("Ana", "worn out")
    assert all(change.recorded for change in told)


def test_names_and_reasons_stay_in_the_house(world: World) -> None:
    piece = world.piece()
    world.do("ship", piece, destination=world.dee.prefix)
    world.do("receive", piece, by="dee", at="dock")
    world.do("scrap", piece, by="dee", at="dock", reason="crushed")
    mine, theirs = timeline(world, piece), timeline(world, piece, by="dee")
    assert (
        [change.to for change in mine]
        == [change.to for change in theirs]
        == ["reserved", "active", "retired"]
    )
    assert [change.by for change in mine] == ["Ana", "Ana", ""]
    assert [change.by for change in theirs] == ["", "", "Dee"]
    assert mine[-1].reason == ""


def test_aliases_are_part_of_the_owners_timeline(world: World) -> None:
    piece = world.piece()
    with writing(world.engine) as session:
        aliasing.add(session, world.ana, piece, "1.2.156.1", world.tick())
    assert [change.detail for change in timeline(world, "1.2.156.1") if change.kind == "alias"] == [
        "urn:oid:1.2.156.1"
    ]
    world.do("ship", piece, destination=world.dee.prefix)
    assert not [change for change in timeline(world, piece, by="dee") if change.kind == "alias"]


# --- records ---


def put(world: World, handle: str, text: str) -> datetime:
    value = Value(1, "URL", {"format": "string", "value": text})
    with writing(world.engine) as session:
        registering.put(session, Who(actor=world.ana), handle, [value], now=world.tick())
    return world.now


def texts(found: AsOf) -> list[str]:
    return [each["data"]["value"] for each in found.values.shown] if found.values else []


def test_values_are_told_as_they_were(world: World) -> None:
    handle = f"{world.ana.prefix}/DOC-1"
    before = world.tick()
    moments = {text: put(world, handle, text) for text in ("https://a.example", "https://b.example")}
    with writing(world.engine) as session:
        registering.delete(session, Who(actor=world.ana), handle, now=world.tick())
    gone = world.now
    moments["https://c.example"] = put(world, handle, "https://c.example")
    for text, moment in moments.items():
        assert texts(as_of(world, handle, moment)) == [text]
        assert texts(as_of(world, handle, moment + timedelta(seconds=59))) == [text]
    assert refused(as_of, world, handle, before) == "not-yet-there"
    assert refused(as_of, world, handle, gone) == "not-yet-there"
    told = timeline(world, handle)
    assert [(change.to, change.detail) for change in told] == [
        ("registered", "1"), ("changed", "2"), ("deleted", "2"), ("registered", "3"),
    ]  # fmt: skip
    assert told[1].by == told[2].by == "Ana"
    for by in ("dee", "cy"):  # what anyone may read, and nothing of its past
        assert texts(as_of(world, handle, world.now, by=by)) == ["https://c.example"]
        assert refused(as_of, world, handle, moments["https://a.example"], by=by) == "not-yet-there"
        assert timeline(world, handle, by=by) == []


def test_secrets_of_the_past_stay_behind_a_mask(world: World) -> None:
    handle = f"{world.ana.prefix}/USER-1"
    secret = Value(300, "HS_SECKEY", {"format": "hashed", "value": "hush hush"}, permissions="1100")
    with writing(world.engine) as session:
        registering.put(session, Who(actor=world.ana), handle, [secret], now=world.tick())
    shown = as_of(world, handle, world.now).values
    assert shown is not None
    assert "hush" not in str(shown.shown)
    assert handles.MASK in str(shown.shown)
    for by in ("dee", "cy"):  # with nothing for everybody in it, it is not there for others
        assert refused(as_of, world, handle, world.now, by=by) == "unknown-identifier"
        assert refused(timeline, world, handle, by=by) == "unknown-identifier"


# --- retiring ---


def test_what_is_retired_takes_no_more_steps(world: World) -> None:
    piece = world.piece()
    with writing(world.engine) as session:
        voiding.retire(session, world.ana, piece, "worn out", world.tick())
    assert (world.thing(piece).lifecycle, world.thing(piece).disposition) == ("retired", "inactive")
    assert world.scan("move", piece, at="store").colour == "red"
    with writing(world.engine) as session:
        rebuilding.rebuild(session)
    assert world.thing(piece).lifecycle == "retired"


def test_only_what_is_in_hand_and_in_use_is_retired(world: World) -> None:
    (reserved,) = world.mint("module")
    shipped, inner = world.piece(), world.piece()
    (pallet,) = world.mint()
    world.do("ship", shipped, destination=world.dee.prefix)
    world.do("pack", inner, parent=pallet)
    lot = world.lot("cell", "C-1", 10)
    with writing(world.engine) as session:
        for name, code in {
            reserved: "not-commissioned", shipped: "in-transit-elsewhere", pallet: "not-empty", lot: "lot-in-stock",
        }.items():  # fmt: skip
            told = refused(voiding.retire, session, world.ana, name, "why", world.now)
            assert told == code or (name == shipped and told)
        assert refused(voiding.retire, session, world.bo, lot, "why", world.now) == "not-your-right"
        assert refused(voiding.retire, session, world.ana, lot, " ", world.now) == "reason-missing"
        assert (
            refused(voiding.retire, session, world.ana, world.at["cell"], "why", world.now) == "not-a-piece"
        )
    world.do("scrap", lot, quantity=10)
    with writing(world.engine) as session:
        voiding.retire(session, world.ana, lot, "used up", world.tick())
    assert world.thing(lot).lifecycle == "retired"
