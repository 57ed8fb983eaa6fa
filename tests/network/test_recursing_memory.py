"""What the recursive node remembers and for how long; who asks together waits together; who is slow is passed by."""

import threading
import time
from datetime import timedelta

import pytest

from app.domain.delegations import time_text
from app.domain.handles import text_value
from app.errors import Refused, Unknown
from app.services.recursing import NoAnswer, TooManyLookUps
from tests.support.simnet import SimNet
from tests.support.simtree import HANDLE, MAKER, Tree


@pytest.fixture
def tree(net: SimNet) -> Tree:
    return Tree(net)


def texts(array: bytes | None) -> str:
    return (array or b"").decode()


# --- how long ---


def test_a_record_is_remembered_as_long_as_its_shortest_value_says(tree: Tree) -> None:
    values = [text_value(1, "URL", "https://a.cn", ttl=30), text_value(2, "NAME", "x", ttl=3_000)]
    handle = tree.register("SHORT", values)
    tree.recursor.resolve(handle)
    tree.net.clock.pass_by(seconds=20)
    assert tree.recursor.resolve(handle).cached
    tree.net.clock.pass_by(seconds=11)
    assert not tree.recursor.resolve(handle).cached


def test_a_value_that_may_not_be_kept_is_asked_for_each_time(tree: Tree) -> None:
    handle = tree.register("LIVE", ttl=0)
    assert [tree.recursor.resolve(handle).cached for _ in range(3)] == [False, False, False]
    assert tree.asked("maker") == 3


def test_no_record_is_remembered_for_more_than_two_days(tree: Tree) -> None:
    handle = tree.register("LONG", ttl=10_000_000)
    tree.recursor.resolve(handle)
    tree.net.clock.pass_by(days=2, seconds=1)
    assert not tree.recursor.resolve(handle).cached


def test_a_moment_until_which_a_value_holds_is_kept_to(tree: Tree) -> None:
    until = time_text(tree.net.clock() + timedelta(seconds=50))
    value = text_value(1, "URL", "https://a.cn")
    handle = tree.register("UNTIL", [type(value)(1, "URL", value.data, ttl=until)])
    tree.recursor.resolve(handle)
    tree.net.clock.pass_by(seconds=49)
    assert tree.recursor.remembered(handle) is not None
    tree.net.clock.pass_by(seconds=2)
    assert tree.recursor.remembered(handle) is None


def test_what_was_missing_is_found_a_minute_after_it_was_minted(tree: Tree) -> None:
    handle = f"{MAKER}/NEW"
    assert tree.recursor.resolve(handle).outcome == "missing"
    tree.register("NEW")
    assert tree.recursor.resolve(handle).outcome == "missing"
    tree.net.clock.pass_by(seconds=61)
    assert tree.recursor.resolve(handle).outcome == "record"


def test_what_was_deleted_is_told_until_its_time_and_then_no_more(tree: Tree) -> None:
    from app.services import registering
    from app.services.handle_rights import Who

    handle = tree.register("GONE", ttl=100)
    tree.recursor.resolve(handle)
    with tree.maker.writing() as session:
        registering.delete(session, Who(actor=tree.dee), handle, now=tree.maker.now())
    assert tree.recursor.resolve(handle).outcome == "record"
    tree.net.clock.pass_by(seconds=101)
    assert tree.recursor.resolve(handle).outcome == "missing"


# --- asked again beforehand ---


def test_a_record_that_is_asked_for_is_asked_again_before_its_time_is_over(tree: Tree) -> None:
    handle = tree.register("HOT", ttl=100)
    tree.recursor.resolve(handle)
    tree.net.clock.pass_by(seconds=92)
    assert tree.recursor.resolve(handle).cached  # and this lets it be asked for again
    wait_until(lambda: tree.asked("maker") == 2)
    tree.net.clock.pass_by(seconds=50)
    assert tree.recursor.resolve(handle).cached
    assert tree.asked("maker") == 2


def test_one_that_nobody_asks_for_is_not_asked_again(tree: Tree) -> None:
    handle = tree.register("COLD", ttl=100)
    tree.recursor.resolve(handle)
    tree.net.clock.pass_by(seconds=99)
    assert tree.asked("maker") == 1


def test_asking_beforehand_in_vain_takes_nothing_away(tree: Tree) -> None:
    handle = tree.register("HOT", ttl=100)
    tree.recursor.resolve(handle)
    tree.net.wire.down("maker")
    tree.net.clock.pass_by(seconds=95)
    asked = tree.asked("maker")
    assert not tree.recursor.resolve(handle).stale
    wait_until(lambda: tree.asked("maker") > asked)
    assert not tree.recursor.resolve(handle).stale


# --- while its zone is in service ---


def test_a_records_own_time_is_kept_to_while_its_zone_is_in_service(tree: Tree) -> None:
    handle = tree.register("DAY", ttl=86_400)
    tree.recursor.resolve(handle)
    for _ in range(10):
        tree.net.clock.pass_by(hours=2)
        found = tree.recursor.resolve(handle)
        assert (found.cached, found.stale) == (True, False)
    assert tree.asked("maker") == 1


def test_a_revoked_zones_records_go_with_it_whatever_their_time(tree: Tree) -> None:
    handles = [tree.register(f"DAY{number}", ttl=86_400) for number in range(3)]
    for handle in handles:
        tree.recursor.resolve(handle)
    tree.state([tree.second], [tree.maker], state="suspended")
    tree.net.clock.pass_by(seconds=301)
    assert [tree.recursor.resolve(handle).outcome for handle in handles] == ["suspended"] * 3
    tree.net.wire.down("auto", "beijing", "shanghai", "root")
    tree.net.clock.pass_by(seconds=120)
    for handle in handles:
        assert tree.recursor.explain(handle).outcome != "record"


def test_a_silent_parent_takes_no_record_away_before_its_time(tree: Tree) -> None:
    handle = tree.register("DAY", ttl=86_400)
    tree.recursor.resolve(handle)
    tree.net.wire.down("auto", "beijing", "shanghai", "root")
    tree.net.clock.pass_by(hours=20)
    found = tree.recursor.resolve(handle)
    assert (found.outcome, found.stale, tree.asked("maker")) == ("record", False, 1)


def test_one_question_is_enough_for_all_records_of_a_zone(tree: Tree) -> None:
    handles = [tree.register(f"DAY{number}", ttl=86_400) for number in range(20)]
    for handle in handles:
        tree.recursor.resolve(handle)
    asked = tree.asked("auto")
    tree.net.clock.pass_by(seconds=400)
    for handle in handles:
        assert tree.recursor.resolve(handle).cached
    assert (tree.asked("auto") - asked, tree.asked("maker")) == (1, 20)


# --- while others are down ---


def test_a_silent_node_is_told_of_from_memory_and_said_to_be(tree: Tree) -> None:
    handle = tree.register("KEPT", ttl=60)
    tree.recursor.resolve(handle)
    tree.net.wire.down("maker")
    tree.net.clock.pass_by(hours=5)
    found = tree.recursor.resolve(handle)
    assert (found.outcome, found.stale, found.state) == ("record", True, "verified")
    assert any(hop.reason == "peer-unreachable" for hop in found.hops)
    tree.net.wire.up("maker")
    tree.net.clock.pass_by(seconds=40)
    assert not tree.recursor.resolve(handle).stale


def test_while_a_node_is_silent_it_is_not_asked_for_each_look_up(tree: Tree) -> None:
    handle = tree.register("KEPT", ttl=60)
    tree.recursor.resolve(handle)
    tree.net.wire.down("maker")
    tree.net.clock.pass_by(hours=1)
    tree.recursor.resolve(handle)
    before = tree.asked("maker")
    for _ in range(50):
        tree.recursor.resolve(handle)
    assert tree.asked("maker") == before


def test_explaining_a_long_silence_does_not_grow(tree: Tree) -> None:
    handle = tree.register("KEPT", ttl=60)
    tree.recursor.resolve(handle)
    tree.net.wire.down("maker")
    lengths = []
    for _ in range(20):
        tree.net.clock.pass_by(minutes=1)
        lengths.append(len(tree.recursor.resolve(handle).hops))
    assert max(lengths) < 12


def test_nothing_is_told_from_memory_for_longer_than_two_days_of_silence(tree: Tree) -> None:
    handle = tree.register("KEPT", ttl=60)
    tree.recursor.resolve(handle)
    tree.net.wire.down("maker")
    tree.net.clock.pass_by(days=2, minutes=2)
    with pytest.raises(NoAnswer):
        tree.recursor.resolve(handle)


def test_who_asks_with_authority_is_told_nothing_old(tree: Tree) -> None:
    tree.recursor.resolve(HANDLE)
    tree.net.wire.down("maker")
    with pytest.raises(NoAnswer):
        tree.recursor.resolve(HANDLE, fresh=True)
    assert tree.recursor.resolve(HANDLE).cached


def test_a_node_that_fails_again_and_again_is_left_alone_for_a_while(tree: Tree) -> None:
    tree.net.wire.down("maker")
    for number in range(20):
        with pytest.raises(NoAnswer):
            tree.recursor.resolve(f"{MAKER}/X{number}")
    assert tree.asked("maker") < 6
    tree.net.wire.up("maker")
    tree.net.clock.pass_by(seconds=31)
    assert tree.recursor.resolve(HANDLE).outcome == "record"


# --- together ---


def test_equal_questions_at_the_same_time_walk_once(tree: Tree) -> None:
    tree.net.wire.pace = 1.0
    tree.net.wire.latency["*", "root"] = 0.3
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(tree.recursor.resolve(HANDLE).outcome)) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, tree.asked("root"), tree.asked("maker")) == (["record"] * 5, 1, 1)


def test_some_threads_are_left_when_many_wait_for_slow_nodes(tree: Tree) -> None:
    recursor = tree.new_recursor(most_walks=2)
    recursor.resolve(HANDLE)
    tree.net.wire.pace = 1.0
    tree.net.wire.latency["*", "maker"] = 1.5
    ends: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: ends.append(recursor.explain(f"{MAKER}/S{n}").reason))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    assert recursor.resolve(HANDLE).cached
    assert sum(thread.is_alive() for thread in threads) >= 2  # which wait still
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["", "", *["node-busy"] * 4]


# --- several addresses ---


def test_a_silent_address_is_passed_by_without_waiting_for_it_to_the_end(tree: Tree) -> None:
    tree.new_recursor().resolve(HANDLE)  # what a node loads for its first question is not what is measured
    tree.net.wire.pace = 1.0
    tree.net.wire.latency["*", "beijing"] = 1.8
    found = tree.recursor.resolve(HANDLE)
    assert found.outcome == "record"
    # Who had waited for the silent one would have heard from it in the end, and asked nobody else.
    assert "https://shanghai.test" in [hop.url for hop in found.hops]


def test_an_address_that_failed_is_asked_last_the_next_time(tree: Tree) -> None:
    tree.net.wire.down("beijing")
    tree.recursor.resolve(HANDLE)
    before = tree.asked("beijing")
    tree.net.clock.pass_by(seconds=400)
    tree.recursor.resolve(f"{MAKER}/N1")
    assert tree.asked("beijing") == before


def test_a_zone_that_moved_is_found_at_its_new_address_at_once(tree: Tree) -> None:
    tree.recursor.resolve(HANDLE)
    tree.net.wire.down("maker")
    moved = tree.net.node("moved", zone=MAKER, roles=("enterprise",))
    moved.settings.keys_dir.mkdir(parents=True, exist_ok=True)
    (moved.settings.keys_dir / "node.key").write_bytes(tree.maker.seed)
    tree.state([tree.second], [moved])
    found = tree.recursor.resolve(f"{MAKER}/NOPE")
    assert (found.outcome, found.state, found.hops[-1].url) == ("missing", "verified", "https://moved.test")


# --- zones ---


def test_the_keys_of_a_zone_are_asked_for_once(tree: Tree) -> None:
    keys = tree.recursor.keys_of(MAKER)
    assert [key.jwk for key in keys] == [tree.maker.jwk]
    before = len(tree.net.wire.sent)
    tree.recursor.keys_of(MAKER)
    assert len(tree.net.wire.sent) == before


def test_a_zone_that_nobody_was_given_is_unknown_and_a_suspended_one_refused(tree: Tree) -> None:
    with pytest.raises(Unknown) as unknown:
        tree.recursor.delegation("88.118.77")
    assert unknown.value.code == "no-such-zone"
    tree.state([tree.second], [tree.maker], state="suspended")
    with pytest.raises(Refused) as refused:
        tree.recursor.delegation(MAKER)
    assert refused.value.code == "zone-suspended"


def test_strangers_cannot_make_us_look_for_ever_new_zones(tree: Tree) -> None:
    recursor = tree.new_recursor(rate=1)
    for number in range(4):
        with pytest.raises(Unknown):
            recursor.delegation(f"88.118.7{number}", client="203.0.113.9")
    with pytest.raises(TooManyLookUps):
        recursor.delegation("88.118.79", client="203.0.113.9")


def wait_until(holds: object, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.005)
