"""The simulated network does what the tests on it rely on."""

import threading
import time
from datetime import timedelta

import pytest

from app.domain.messages import Ask
from app.errors import PeerFailed, Refused
from tests.support import simliars
from tests.support.simnet import SimNet

SITE = "/api/handles/88.118.1001/NOBODY"


def test_each_node_has_its_own_database_its_own_key_and_its_own_clock(net: SimNet) -> None:
    one, two = net.node("one", roles=("root",)), net.node("two", zone="88", roles=("national",))
    net.clock.skews["two"] = timedelta(minutes=10)
    assert one.engine.url != two.engine.url
    assert one.seed != two.seed
    assert one.jwk != two.jwk
    assert two.now() - one.now() == timedelta(minutes=10)


def test_a_request_goes_over_the_wire_and_is_written_down(net: SimNet) -> None:
    net.node("one", roles=("root",))
    two = net.node("two", roles=("root",))
    told = two.fetch(Ask(f"https://one.test{SITE}"))
    assert told.header("content-type").startswith("application/json")
    assert [(each.by, each.to, each.path, each.end) for each in net.wire.sent] == [
        ("two", "one", SITE, told.status)
    ]


def test_a_node_that_is_down_cut_off_or_unknown_cannot_be_reached(net: SimNet) -> None:
    net.node("one", roles=("root",))
    two = net.node("two", roles=("root",))
    ask = Ask(f"https://one.test{SITE}")
    net.wire.down("one")
    assert refused(lambda: two.fetch(ask)) == "peer-unreachable"
    net.wire.up("one")
    with net.cut_off("two"):
        assert refused(lambda: two.fetch(ask)) == "peer-unreachable"
        assert net.fetch(ask).status
    net.wire.cut(["one"], ["two"])
    assert refused(lambda: two.fetch(ask)) == "peer-unreachable"
    net.wire.heal()
    assert two.fetch(ask).status
    assert refused(lambda: two.fetch(Ask("https://nobody.test/"))) == "peer-unreachable"


def test_who_takes_longer_than_the_asker_has_is_given_up(net: SimNet) -> None:
    net.node("one", roles=("root",))
    ask = Ask(f"https://one.test{SITE}", seconds=1.0)
    net.wire.latency["*", "one"] = 0.9
    assert net.fetch(ask).seconds == pytest.approx(0.9)
    net.wire.latency["*", "one"] = 1.1
    assert refused(lambda: net.fetch(ask)) == "peer-too-slow"


def test_the_pace_makes_latency_felt(net: SimNet) -> None:
    net.node("one", roles=("root",)).get(SITE)
    net.wire.pace = 1.0
    net.wire.latency["*", "one"] = 0.2
    begun = time.monotonic()
    net.fetch(Ask(f"https://one.test{SITE}"))
    assert time.monotonic() - begun >= 0.2


def test_the_same_requests_are_lost_each_time(net: SimNet) -> None:
    net.node("one", roles=("root",))
    net.wire.loss["*", "one"] = 0.5
    ends = [_end(net) for _ in range(20)]
    assert 3 < ends.count("lost") < 17
    net.wire.__post_init__()
    assert [_end(net) for _ in range(20)] == ends


def test_addresses_that_are_no_node_of_the_network_are_refused(net: SimNet) -> None:
    for url in (
        "http://127.0.0.1/",
        "http://[::1]/",
        "ftp://one.test/",
        "https://u@one.test/",
        "http://localhost/",
    ):
        with pytest.raises(Refused):
            net.fetch(Ask(url))


def test_liars_lie(net: SimNet) -> None:
    net.node("one", roles=("root",))
    ask = Ask(f"https://one.test{SITE}", seconds=1.0)
    net.wire.lie("one", simliars.redirects("http://127.0.0.1/"))
    assert net.fetch(ask).header("location") == "http://127.0.0.1/"
    net.wire.lie("one", simliars.says_too_much())
    assert refused(lambda: net.fetch(ask)) == "peer-too-large"
    net.wire.lie("one", simliars.drips())
    assert refused(lambda: net.fetch(ask)) == "peer-too-slow"
    net.wire.lie("one", None)
    honest = net.fetch(ask)
    net.wire.lie("one", simliars.replays())
    assert net.fetch(ask).body == honest.body


def test_nodes_may_be_asked_from_several_threads_at_once(net: SimNet) -> None:
    net.node("one", roles=("root",))
    told: list[int] = []
    threads = [
        threading.Thread(target=lambda: told.append(net.fetch(Ask(f"https://one.test{SITE}")).status))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 4
    assert len(set(told)) == 1


def test_a_node_that_lost_its_key_has_another_on_the_same_database(net: SimNet) -> None:
    one = net.node("one", roles=("root",))
    before, database = one.seed, one.engine.url
    one.loses_its_key()
    assert one.seed != before
    assert one.engine.url == database


def refused(call) -> str:  # noqa: ANN001
    with pytest.raises(PeerFailed) as caught:
        call()
    return caught.value.code


def _end(net: SimNet) -> str:
    try:
        net.fetch(Ask(f"https://one.test{SITE}"))
    except PeerFailed:
        return "lost"
    return "told"
