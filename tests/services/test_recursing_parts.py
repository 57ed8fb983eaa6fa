"""Memory, limits and root hints of the recursive node, each for itself."""

import json
import random
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.trust import public_key_of
from app.errors import Refused
from app.services.recursing import hints
from app.services.recursing.floors import Floors
from app.services.recursing.limiting import MOST_CLIENTS, SAVED_SECONDS, Limits
from app.services.recursing.memory import OVERHEAD, Bounded
from tests.support.certified import delegation

KEY = public_key_of(b"k" * 32).jwk


# --- the newest serials ---


def test_a_zone_that_delegates_without_end_makes_nobody_forget_the_serials_of_other_zones() -> None:
    floors = Floors(most_of_one=100)
    revoked = replace(delegation("88.118.1001", "88.118", b"m" * 32), serial=7)
    floors.lift(revoked, "key", {"key"})
    for number in range(1_000):
        floors.lift(delegation(f"88.666.{number}", "88.666", b"l" * 32), "key", {"key"})
    assert floors.of(replace(revoked, serial=3), {"key"}) == 7
    others = [delegation(f"88.666.{number}", "88.666", b"l" * 32) for number in (0, 999)]
    assert [floors.of(each, {"key"}) > 0 for each in others] == [
        False,
        True,
    ]


def test_an_older_statement_lowers_no_serial() -> None:
    floors = Floors()
    known = delegation("88.118", "88", b"s" * 32)
    floors.lift(replace(known, serial=4), "a", {"a", "b"})
    floors.lift(replace(known, serial=2), "b", {"a", "b"})
    assert floors.of(known, {"a", "b"}) == 4


def test_what_a_key_stated_ends_with_it() -> None:
    """Else one that fell into wrong hands could end a zone for good, by the highest serial there is."""
    floors = Floors()
    known = delegation("88.118", "88", b"s" * 32)
    floors.lift(replace(known, serial=2**53 - 1), "stolen", {"stolen", "good"})
    assert floors.of(known, {"good"}) == 0
    floors.lift(replace(known, serial=8), "good", {"good"})
    assert floors.of(known, {"good"}) == 8


# --- memory ---


def test_memory_holds_no_more_than_it_was_given() -> None:
    memory: Bounded[int] = Bounded(100_000)
    for number in range(5_000):
        memory.put(f"key {number}", number, 500)
        assert len(memory) * (500 + OVERHEAD) <= 100_000
    assert memory.get("key 4999") == 4_999
    assert memory.get("key 0") is None


def test_what_is_asked_for_outlives_a_flood_of_what_is_not() -> None:
    memory: Bounded[str] = Bounded(100_000)
    memory.put("wanted", "here", 500)
    for number in range(5_000):
        memory.put(f"flood {number}", "x", 500)
        if number % 20 == 0:
            assert memory.get("wanted") == "here"


def test_what_would_take_more_than_half_is_not_kept_nor_what_was_there_before() -> None:
    memory: Bounded[str] = Bounded(10_000)
    memory.put("a", "small", 100)
    memory.put("a", "large", 6_000)
    assert memory.get("a") is None


def test_the_newest_value_of_a_key_counts_and_a_dropped_one_is_gone() -> None:
    memory: Bounded[int] = Bounded(5_000)
    for number in range(100):
        memory.put("same", number, 100)
        memory.put(f"other {number}", 0, 100)
        assert memory.get("same") == number
    memory.drop("same")
    assert memory.get("same") is None


def test_many_threads_leave_the_count_of_bytes_right() -> None:
    memory: Bounded[int] = Bounded(50_000)

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(3_000):
            key = f"k{chance.randrange(50)}"
            match chance.randrange(3):
                case 0:
                    memory.put(key, seed, chance.randrange(900))
                case 1:
                    memory.get(key)
                case _:
                    memory.drop(key)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert memory._bytes == sum(size + len(key) + OVERHEAD for key, (_, size) in memory._young.items())


# --- limits ---


def test_a_client_has_its_rate_and_what_it_saved_up() -> None:
    limits = Limits(10)
    assert sum(limits.take("203.0.113.9", 100.0) for _ in range(100)) == 10 * SAVED_SECONDS
    assert sum(limits.take("203.0.113.9", 100.5) for _ in range(100)) == 5
    assert limits.take("203.0.113.10", 100.5)


def test_addresses_of_one_customer_count_as_one() -> None:
    limits = Limits(1)
    taken = sum(limits.take(f"2001:db8:1:2::{number:x}", 1.0) for number in range(50))
    assert taken == SAVED_SECONDS
    assert limits.take("2001:db8:1:3::1", 1.0)
    assert (
        sum(limits.take("::ffff:203.0.113.9", 1.0) + limits.take("203.0.113.9", 1.0) for _ in range(9)) == 4
    )


def test_a_clock_that_goes_back_gives_nobody_more() -> None:
    limits = Limits(1)
    assert sum(limits.take("a", 100.0 - number) for number in range(50)) == SAVED_SECONDS


def test_no_rate_is_no_limit_and_many_clients_take_no_more_memory() -> None:
    assert all(Limits(0).take("a", 0.0) for _ in range(1_000))
    limits = Limits(1)
    for number in range(MOST_CLIENTS * 3):
        limits.take(f"client {number}", 1.0)
    assert len(limits._young) + len(limits._old) <= 2 * MOST_CLIENTS


# --- hints ---


def test_root_hints_are_addresses_and_keys(tmp_path: Path) -> None:
    path = tmp_path / "hints.json"
    path.write_text(json.dumps({"endpoints": [{"url": "https://root.test"}], "keys": [KEY]}))
    found = hints.read(str(path))
    assert (found.urls, [key.jwk for key in found.keys]) == (("https://root.test",), [KEY])


@pytest.mark.parametrize(
    "told",
    [
        *([], "x", {}, {"endpoints": [], "keys": [KEY]}, {"endpoints": [{"url": "https://r.test"}]}),
        {"endpoints": [{"url": "https://r.test"}], "keys": []},
        {"endpoints": [{"url": "ftp://r.test"}], "keys": [KEY]},
        {"endpoints": [{"url": "https://r.test/path"}], "keys": [KEY]},
        {"endpoints": [{"host": "r.test", "port": 2641, "protocol": "hdl-tcp"}], "keys": [KEY]},
        {"endpoints": [{"url": "https://r.test"}], "keys": [{"kty": "RSA"}]},
        {"endpoints": [{"url": "https://r.test"}] * 100, "keys": [KEY]},
    ],
)
def test_hints_that_cannot_be_used_are_refused_in_a_sentence(tmp_path: Path, told: Any) -> None:
    path = tmp_path / "hints.json"
    path.write_text(json.dumps(told))
    with pytest.raises(Refused) as raised:
        hints.read(str(path))
    assert raised.value.code == "bad-root-hints"


def test_without_hints_nothing_is_guessed(tmp_path: Path) -> None:
    with pytest.raises(Refused) as none:
        hints.read("")
    assert none.value.code == "no-root-hints"
    with pytest.raises(Refused) as absent:
        hints.read(str(tmp_path / "absent.json"))
    assert absent.value.code == "bad-root-hints"
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(Refused):
        hints.read(str(tmp_path / "broken.json"))
