"""Whatever cannot be a scan, or cannot have happened, is told in one sentence, kept, and recorded nowhere else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlmodel import select

from app.services import scanning
from app.services.scanning import Verdict
from app.store.database import engine_for, reading, writing
from app.store.tables import Entry, Scan
from tests.support.world import World, sentence


def cells(world: World) -> str:
    """Five cells of a new lot."""
    return world.lot("cell", f"C-{next(world.nonces)}", 5)


def _into_itself(world: World) -> Verdict:
    (crate,) = world.mint()
    return world.scan("pack", crate, parent=crate)


Make = Callable[[World], Verdict]
REFUSED: dict[str, tuple[Make, str]] = {
    "an unknown identifier": (lambda w: w.scan("inspect", "88.118.1001/NOSUCH", result="pass"), "unknown-identifier"),
    "another company's piece": (lambda w: w.scan("inspect", w.piece("car", at="line", by="dee"), result="pass"), "unknown-identifier"),
    "no identifier at all": (lambda w: w.scan("inspect", "hello world"), "not-an-identifier"),
    "nothing": (lambda w: w.scan("inspect", ""), "empty-scan"),
    "a web address of others": (lambda w: w.scan("inspect", "https://example.com/buy"), "not-an-identifier"),
    "the label of a place": (lambda w: w.scan("inspect", w.at["plant"], result="pass"), "not-a-piece"),
    "the label of a product": (lambda w: w.scan("inspect", w.at["pack"], result="pass"), "not-a-piece"),
    "no step": (lambda w: w.scan("", w.piece()), "unknown-step"),
    "a step that is not scanned": (lambda w: w.scan("mint", w.piece()), "unknown-step"),
    "a step that is none": (lambda w: w.scan("explode", w.piece()), "unknown-step"),
    "another company's place": (lambda w: w.scan("inspect", w.piece(), at="dock", result="pass"), "not-your-site"),
    "a place that is a piece": (lambda w: w.scan("inspect", w.piece(), at=w.piece(), result="pass"), "not-your-site"),
    "a place that is no identifier": (lambda w: w.scan("inspect", w.piece(), at="over there", result="pass"), "not-an-identifier"),
    "an inspection without result": (lambda w: w.scan("inspect", w.piece()), "result-missing"),
    "an inspection of odd result": (lambda w: w.scan("inspect", w.piece(), result="good"), "result-missing"),
    "packing into nothing": (lambda w: w.scan("pack", w.piece()), "parent-missing"),
    "packing into the unknown": (lambda w: w.scan("pack", w.piece(), parent="88.118.1001/NOSUCH"), "unknown-identifier"),
    "packing into itself": (_into_itself, "container-loop"),
    "consuming in no run": (lambda w: w.scan("consume", w.piece()), "run-missing"),
    "consuming in a made-up run": (lambda w: w.scan("consume", w.piece(), transformation="run 7"), "run-missing"),
    "shipping to nobody": (lambda w: w.scan("ship", w.piece()), "destination-missing"),
    "shipping to strangers": (lambda w: w.scan("ship", w.piece(), destination="88.1.1"), "unknown-destination"),
    "shipping to oneself": (lambda w: w.scan("ship", w.piece(), destination=w.ana.prefix), "ship-to-self"),
    "three of one piece": (lambda w: w.scan("scrap", w.piece(), quantity=3), "quantity-of-one"),
    "none of a lot": (lambda w: w.scan("scrap", cells(w), quantity=0), "bad-quantity"),
    "less than none": (lambda w: w.scan("scrap", cells(w), quantity=-1), "bad-quantity"),
    "not a number": (lambda w: w.scan("scrap", cells(w), quantity="NaN"), "bad-quantity"),
    "without end": (lambda w: w.scan("scrap", cells(w), quantity="Infinity"), "bad-quantity"),
    "more than the world has": (lambda w: w.scan("scrap", cells(w), quantity="1e30"), "bad-quantity"),
    "finer than can be kept": (lambda w: w.scan("scrap", w.lot("powder", f"P-{next(w.nonces)}", 5), quantity="0.0000001"), "quantity-too-fine"),
    "more than there is": (lambda w: w.scan("scrap", cells(w), quantity=6), "not-enough"),
    "a lot without saying how much": (lambda w: w.scan("consume", cells(w), transformation=RUN), "quantity-missing"),
    "a reason with control characters": (lambda w: w.scan("inspect", w.piece(), result="hold", reason="a\x00b"), "bad-text"),
    "a reason of half a character": (lambda w: w.scan("inspect", w.piece(), result="hold", reason="\ud83d"), "bad-text"),
    "a reason as long as a book": (lambda w: w.scan("inspect", w.piece(), result="hold", reason="x" * 501), "bad-text"),
    "a code with a NUL in it": (lambda w: w.scan("inspect", "88.118.1001/A\x00B"), ""),
    "a code of half a character": (lambda w: w.scan("inspect", "88.118.1001/\ud83d"), ""),
    "a code as long as a book": (lambda w: w.scan("inspect", "x" * 100_000), ""),
}  # fmt: skip
RUN = "urn:uuid:00000000-0000-4000-8000-000000000009"


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_scan_is_a_sentence_and_no_event(name: str, sqlite_world: World) -> None:
    check_refused(sqlite_world, *REFUSED[name])


@pytest.mark.postgresql
def test_what_sqlite_refuses_postgresql_refuses(postgres_url: str, now: datetime) -> None:
    engine = engine_for(postgres_url)
    world = World(engine, now)
    for make, code in REFUSED.values():
        check_refused(world, make, code)
    engine.dispose()


def check_refused(world: World, make: Make, code: str) -> None:
    verdict = make(world)
    assert verdict.colour == "red"
    assert verdict.code == code or not code
    assert (verdict.seq, verdict.event_id, verdict.item) == (None, "", {})
    for language in ("en", "zh"):
        assert "{" not in verdict.message.format(**verdict.values_in(language))
        verdict.hint.format(**verdict.values_in(language)).encode()
    with reading(world.engine) as session:
        newest = session.exec(select(Entry).order_by(Entry.seq.desc()).limit(1)).one()  # type: ignore[attr-defined]
        assert newest.record_time < world.now
        kept = session.exec(select(Scan).order_by(Scan.record_time.desc()).limit(1)).one()  # type: ignore[attr-defined]
        assert (kept.verdict, kept.seq) == ("red", None)


def test_a_place_somebody_is_not_bound_to_is_refused(world: World) -> None:
    bound = replace(world.bo, places=frozenset({world.at["store"]}))
    request = world.request("inspect", world.piece(), result="pass")
    with writing(world.engine) as session:
        verdict = scanning.scan(session, bound, request, world.now)
    assert verdict.code == "not-your-place"
    assert "Bo may not record at Plant" in sentence(verdict)
