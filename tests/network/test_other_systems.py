"""GS1 keys asked of a resolver of our own as a process, and which name goes to which of the other systems."""

import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice

import orjson
import pytest

from app.services.recursing.results import FAILED
from tests.support import handle_desk, web_server
from tests.support.links_world import RICE
from tests.support.other_systems import furnished, others, values
from tests.support.server import Server
from tests.support.web_server import Answer

HANDLE = f"{handle_desk.PREFIX}/P0000001"
OID = "2.16.156.101818.102.1"
ROOT = "oid-res.test"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = furnished(tmp_path_factory.mktemp("node"))
    server.start()
    yield server
    server.stop()


def test_a_gs1_key_is_asked_of_a_resolver(node: Server) -> None:
    ask = others(gs1=node.base_url)
    for name in (f"https://id.gs1.org/01/{RICE}", f"01/{RICE}", f"(01){RICE}"):
        found = ask(name)
        told = values(found)
        assert told[0] == ("URL", f"https://shop.example/zh/{RICE}")
        assert ("gs1:instructions", "https://shop.example/manual.pdf") in told
        assert ("gs1:certificationInfo", "https://shop.example/certificate/2") in told
        assert found is not None
        assert found.zone == "GS1"
    missing = ask("https://id.gs1.org/01/00012345678905")
    assert missing is not None
    assert missing.outcome == "missing"


def test_a_resolver_that_redirects_gives_one_link() -> None:
    with web_server.saying(lambda _path: (307, {"Location": "/rice?a=1"}, b"")) as address:
        assert values(others(gs1=address)(f"01/{RICE}")) == [("URL", f"{address}/rice?a=1")]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((404, {}, b""), "missing"),
        ((410, {}, b""), "missing"),
        ((200, {}, b"<html>"), FAILED),
        ((200, {}, b'{"linkset":[{"anchor":"x","gs1:pip":[{"href":"javascript:alert(1)"}]}]}'), FAILED),
        ((307, {"Location": "file:///etc/passwd"}, b""), FAILED),
        ((307, {"Location": "http://[::1"}, b""), FAILED),
        ((307, {}, b""), FAILED),
        ((500, {}, b""), FAILED),
    ],
)
def test_what_a_resolver_says_is_checked(answer: Answer, outcome: str) -> None:
    with web_server.saying(lambda _path: answer) as address:
        found = others(gs1=address)(f"01/{RICE}")
    assert found is not None
    assert found.outcome == outcome


def test_names_of_systems_that_are_not_asked_are_nobodys(node: Server) -> None:
    only_handles, only_oids = others(handle=node.base_url), others(oid=ROOT)
    for name in (f"urn:oid:{OID}", f"01/{RICE}", "did:bid:ef2AATqnCqEgrqmDwxWmUqYFqDMyfQCRz", "no name", ""):
        assert only_handles(name) is None, name
    for name in (HANDLE, f"01/{RICE}"):
        assert only_oids(name) is None, name


def test_a_resolver_that_is_away_fails_within_the_time() -> None:
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        ask = others(gs1=f"http://127.0.0.1:{taken.getsockname()[1]}")
        reasons = [found.reason for _ in range(3) if (found := ask(f"01/{RICE}"))]
    assert reasons == ["peer-unreachable", "peer-unreachable", "zone-rests"]


def test_a_slow_root_takes_two_threads_at_most() -> None:
    go_on = threading.Event()

    def slow(_path: str) -> Answer:
        go_on.wait(10)
        return 404, {}, b""

    with web_server.saying(slow) as address, ThreadPoolExecutor(6) as pool:
        ask = others(gs1=address)
        asked = [pool.submit(ask, f"01/{RICE}") for _ in range(6)]
        list(islice(as_completed(asked, 5), 4))  # those who get no turn
        go_on.set()
        outcomes = Counter((found.outcome, found.reason) for each in asked if (found := each.result()))
    assert outcomes == {("missing", ""): 2, (FAILED, "zone-busy"): 4}


def test_a_site_that_is_away_is_no_reason_to_leave_the_registry_alone() -> None:
    """Anybody may register a prefix whose site is away; that shall not be the end for the others."""
    server = {"serverId": 1, "address": "127.0.0.1"}
    site = {"servers": [server | {"interfaces": [{"query": True, "protocol": "HTTP", "port": 1}]}]}
    value = {"index": 1, "type": "HS_SITE", "data": {"format": "site", "value": site}}
    prefix = orjson.dumps({"responseCode": 1, "values": [value]})

    def registry(path: str) -> Answer:
        if path == "/api/handles/10.1000/182":
            return (
                200,
                {},
                b'{"responseCode":1,"values":[{"index":1,"type":"URL","data":"https://doi.example/"}]}',
            )
        return (200, {}, prefix) if "0.NA" in path else (400, {}, b'{"responseCode":301}')

    with web_server.saying(registry) as address:
        ask = others(handle=address)
        for _ in range(5):
            failed = ask("20.500.1/x")
            assert failed is not None
            assert (failed.outcome, failed.reason) == (FAILED, "peer-unreachable")
        assert values(ask("10.1000/182")) == [("URL", "https://doi.example/")]
