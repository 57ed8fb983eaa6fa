"""A flood of names that nobody knows: it pushes nothing true out of memory and makes nobody believe anything."""

import random
from contextlib import suppress

from app.domain import trust
from app.errors import TraceError
from app.services.recursing import FAILED, Recursor, TooManyLookUps, hints
from tests.support import simliars
from tests.support.simcountry import CAR, CELL, Country

KILOBYTE = 1024


def recursor(country: Country, **settings: object) -> Recursor:
    node = country.net["recursive"]
    return Recursor(node.fetch, hints.read(str(country.hints)), node.now, **settings)  # type: ignore[arg-type]


def test_unknown_suffixes_push_no_known_name_out_of_memory(country: Country) -> None:
    small = recursor(country, most_bytes=200 * KILOBYTE)
    assert small.resolve(CELL).outcome == "record"
    chance = random.Random(7)
    for _ in range(300):
        small.resolve(f"88.118.2002/{chance.getrandbits(80):X}")
    country.net.wire.sent.clear()
    assert small.resolve(CELL).outcome == "record"
    assert not country.net.wire.sent
    small.close()


def test_unknown_prefixes_are_answered_once_for_all_their_names(country: Country) -> None:
    for number in range(50):
        assert country.resolve(f"88.999.1/{number}").outcome == "missing"
    assert len(country.net.wire.asked("root")) == 1
    assert len(country.net.wire.asked("beijing")) == 1


def test_what_is_missing_is_looked_for_again_after_a_minute(country: Country) -> None:
    assert country.resolve("88.118.2002/LATER").outcome == "missing"
    country.register("cells", "88.118.2002/LATER")
    country.net.clock.pass_by(seconds=61)
    assert country.resolve("88.118.2002/LATER").outcome == "record"


def test_a_node_cannot_say_of_others_names_that_they_are_missing(country: Country) -> None:
    """Not even of a whole prefix: what it says there is no answer."""
    seed = country.net["cells"].seed
    for zone in ("88.118", "88.118.5005"):
        words = {"outcome": "missing", "scope": "prefix", "zone": zone, "handle": CAR}
        lie = simliars.signs_anew(
            lambda payload, words=words: trust.sign("answer", payload | words, seed).wire
        )
        country.net.wire.lie("cells", lie)
        country.resolve("88.118.2002/ANY")
        assert country.resolve(CAR).outcome == "record"
        country.forget()


def test_one_client_that_asks_for_ever_new_names_is_slowed_down_and_others_are_not(country: Country) -> None:
    limited = recursor(country, rate=5.0)
    limited.resolve(CELL)
    country.net.clock.pass_by(seconds=10)
    refused = 0
    for number in range(100):
        try:
            limited.resolve(f"88.118.2002/F-{number}", client="192.0.2.1")
        except TooManyLookUps:
            refused += 1
    assert 70 <= refused <= 90
    assert limited.resolve("88.118.2002/OTHER", client="192.0.2.2").outcome == "missing"
    assert limited.resolve(CELL, client="192.0.2.1").outcome == "record"  # what is in memory costs nothing
    country.net.clock.pass_by(seconds=5)
    assert limited.resolve("88.118.2002/AGAIN", client="192.0.2.1").outcome == "missing"
    limited.close()


def test_names_that_no_identifier_can_have_reach_no_other_node(country: Country) -> None:
    country.resolve(CELL)
    country.net.wire.sent.clear()
    for name in (
        "",
        "/",
        "88.118.2002",
        "../../etc/passwd",
        "88..118/X",
        ".88/X",
        "88./X",
        "é/X",
        "88.118.2002/" + "x" * 5000,
    ):
        with suppress(TraceError):
            assert country.resolve(name).outcome in {"missing", FAILED}
    assert len(country.net.wire.sent) <= 2
