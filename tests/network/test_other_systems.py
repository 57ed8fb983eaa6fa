"""The roots of other systems, each by its own protocol and against a real server of it on this machine: a Handle node
and a resolver of our own as processes, a name server from PyPI."""

import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import orjson
import pytest

from app.domain.handles import Value, jws, load, public_json, text_value, trust
from app.domain.ors import LookUp, Pointers
from app.errors import Refused
from app.fetching import Fetcher
from app.name_servers import NameServers
from app.services.recursing.others import Others, Roots, keys_in
from app.services.recursing.results import FAILED, Resolution
from app.settings import Settings
from app.store import database
from app.store.migrate import migrate
from tests.support import certified, handle_desk, links_world, name_server, tenants, web_server
from tests.support.links_world import RICE
from tests.support.server import Server
from tests.support.web_server import Answer

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
HANDLE = f"{handle_desk.PREFIX}/P0000001"
OID = "2.16.156.101818.102.1"
ROOT = "oid-res.test"
ZONE = f"""
$TTL 300
{ROOT}. IN SOA ns.{ROOT}. admin.{ROOT}. 1 3600 600 86400 60
1.102.101818.156.16.2.{ROOT}. IN NAPTR 100 20 "u" "ORS+CINF" "!^.*$!https://oid.example/cinf.xml!" .
1.102.101818.156.16.2.{ROOT}. IN NAPTR 100 10 "u" "ORS+RINF" "!^.*$!https://oid.example/rinf.xml!" .
1.102.101818.156.16.2.{ROOT}. IN NAPTR 90 10 "u" "ORS+COID" "!^.*$!2.16.156.101818.102.1!" .
1.102.101818.156.16.2.{ROOT}. IN NAPTR 10 10 "u" "E2U+sip" "!^.*$!sip:a@example!" .
2.102.101818.156.16.2.{ROOT}. IN NAPTR 100 10 "" "ORS+RINF" "" 1.102.101818.156.16.2.{ROOT}.
3.102.101818.156.16.2.{ROOT}. IN NAPTR 100 10 "" "ORS+RINF" "" 3.102.101818.156.16.2.{ROOT}.
4.102.101818.156.16.2.{ROOT}. IN NAPTR 100 10 "u" "ORS+RINF" "!^(.+)+$!https://slow.example/!" .
5.102.101818.156.16.2.{ROOT}. IN TXT "no pointers here"
"""


def no_names(_name: str, _seconds: float) -> Pointers:
    raise AssertionError("nobody asks DNS here")


def others(look_up: LookUp = no_names, *, private: bool = True, **roots: str) -> Others:
    return Others(Fetcher(allow_private=private), look_up, Roots(**roots), lambda: NOW)


def values(found: Resolution | None) -> list[tuple[str, str]]:
    assert found is not None
    assert found.state == "unsigned"
    return [(value["type"], value["data"]["value"]) for value in orjson.loads(found.array or b"[]")]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A company of ours with handles, and GS1 keys with links."""
    folder = tmp_path_factory.mktemp("node")
    server = Server(folder, {})
    settings = Settings(data_dir=folder)
    migrate(settings.sqlalchemy_url)
    engine = database.engine_for(settings.sqlalchemy_url)
    with database.writing(engine) as session:
        ana = tenants.found(session, NOW).ana
        handle_desk.furnish(session, ana, settings.keys_dir, NOW)
        links_world.found(session, ana, NOW, server.base_url)
    engine.dispose()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def names() -> Iterator[NameServers]:
    with name_server.serving(ZONE) as address:
        yield NameServers((address,))


# --- Handle ---


def test_a_handle_is_asked_of_the_registry(node: Server) -> None:
    found = others(handle=node.base_url)(HANDLE)
    assert values(found)[0] == ("URL", "https://id.example.cn/88.118.8/P1")
    assert found is not None
    assert (found.zone, found.hops[0].address) == ("Handle", "127.0.0.1")
    assert found.until == NOW.timestamp() + 86_400
    missing = others(handle=node.base_url)(f"{handle_desk.PREFIX}/none")
    assert missing is not None
    assert (missing.outcome, missing.until) == ("missing", NOW.timestamp() + 60)


def test_a_registry_of_prefixes_leads_to_the_prefixs_own_service(node: Server) -> None:
    site = {
        "version": 1, "protocolVersion": "2.11", "serialNumber": 1, "primarySite": True, "multiPrimary": False,
        "attributes": [],
        "servers": [{"serverId": 1, "address": "127.0.0.1", "interfaces": [
            {"query": True, "admin": False, "protocol": "TCP", "port": 2641},
            {"query": True, "admin": False, "protocol": "HTTP", "port": node.port},
        ]}],
    }  # fmt: skip
    value = {"index": 1, "type": "HS_SITE", "data": {"format": "site", "value": site}, "ttl": 86_400}
    prefix = orjson.dumps({"responseCode": 1, "handle": "0.NA/88.118.8", "values": [value]})

    def registry(path: str) -> Answer:
        if path == f"/api/handles/0.NA/{handle_desk.PREFIX}":
            return 200, {}, prefix
        if path.startswith("/api/handles/0.NA/"):
            return 404, {}, b'{"responseCode":100}'
        return 400, {}, b'{"responseCode":301,"message":"That prefix doesn\'t live here"}'

    with web_server.saying(registry) as address:
        found = others(handle=address)(HANDLE)
        assert values(found)[0] == ("URL", "https://id.example.cn/88.118.8/P1")
        assert found is not None
        assert found.hops[0].url == f"{node.base_url}/api/handles/{HANDLE}"
        nobody = others(handle=address)("10.9999/x")
        assert nobody is not None
        assert nobody.outcome == "missing"


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}, b"<html>"),
        (200, {}, b"[]"),
        (200, {}, b'{"responseCode":4}'),
        (500, {}, b'{"responseCode":1,"values":[]}'),
        (302, {"Location": "http://127.0.0.1:1/"}, b'{"responseCode":1,"values":[]}'),
        (200, {}, b'{"responseCode":1,"values":[' + b" " * 1_100_000 + b"]}"),
    ],
)
def test_a_registry_that_says_nonsense_is_a_failure_and_no_absence(answer: Answer) -> None:
    with web_server.saying(lambda _path: answer) as address:
        found = others(handle=address)(HANDLE)
    assert found is not None
    assert found.outcome == FAILED
    assert found.reason in {"peer-unreadable", "peer-too-large"}


def test_odd_values_of_a_registry_are_left_out() -> None:
    good = {"index": 7, "type": "URL", "data": "https://a/", "timestamp": "yesterday"}
    odd = [
        None, "text", {}, good | {"index": 2**40}, good | {"type": "A\nB"}, good | {"data": {"format": "x", "value": 1}},
        good | {"type": "HS_SECKEY", "index": 8, "data": "secret"}, good | {"index": 9, "permissions": "1100"}, good,
        good | {"data": "https://twice/"},
    ]  # fmt: skip
    body = orjson.dumps({"responseCode": 1, "values": odd})
    with web_server.saying(lambda _path: (200, {}, body)) as address:
        found = others(handle=address)(HANDLE)
    assert values(found) == [("URL", "https://a/")]
    assert found is not None
    assert orjson.loads(found.array or b"")[0]["timestamp"] == "1970-01-01T00:00:00Z"


@pytest.fixture
def national(tmp_path: Path) -> Iterator[tuple[Callable[..., Resolution], dict[str, bytes]]]:
    """Asks a registry whose root keys are known for a record; and its records by handle, for a test to change."""
    records: dict[str, list[Value]] = {certified.HANDLE: load(signed(certified.VALUES))}
    seeds = (certified.SEED_118, certified.SEED_88, b"\x01" * 32)
    for zone, each, seed in zip(
        ("88.118.1001", "88.118", "88"), certified.certificates(), seeds, strict=True
    ):
        records[f"0.NA/{zone}"] = [text_value(400, "HS_CERT", jws.sign(each.claims, seed))]
    arrays = {handle: public_json(found) for handle, found in records.items()}
    file = tmp_path / "keys.json"
    file.write_bytes(orjson.dumps(certified.ROOTS))

    def registry(path: str) -> Answer:
        array = arrays.get(path.removeprefix("/api/handles/"))
        found = b'{"responseCode":1,"values":' + array + b"}" if array else b'{"responseCode":100}'
        return (200 if array else 404), {}, found

    with web_server.saying(registry) as address:
        roots = Roots(handle=address, handle_keys=keys_in(str(file)))
        ask = Others(Fetcher(allow_private=True), no_names, roots, lambda: certified.NOW)
        yield lambda: ask(certified.HANDLE), arrays  # type: ignore[misc]


def signed(values: Sequence[Value]) -> bytes:
    handle, seed = certified.HANDLE, certified.SEED_1001
    return trust.signed_array(public_json(values), handle, "88.118.1001", seed, certified.NOW)


def test_a_record_that_is_signed_up_to_its_systems_root_is_verified(
    national: tuple[Callable[..., Resolution], dict[str, bytes]],
) -> None:
    ask, arrays = national
    assert (ask().outcome, ask().state) == ("record", "verified")
    arrays[certified.HANDLE] = public_json(certified.VALUES)
    assert (ask().outcome, ask().state) == ("record", "unsigned")
    del arrays["0.NA/88.118"]
    arrays[certified.HANDLE] = signed(certified.VALUES)
    assert (ask().outcome, ask().state) == ("record", "unsigned")  # it cannot be proven now


def test_a_record_that_was_changed_after_it_was_signed_is_not_told(
    national: tuple[Callable[..., Resolution], dict[str, bytes]],
) -> None:
    ask, arrays = national
    first, *rest = load(arrays[certified.HANDLE])
    other = replace(first, data={"format": "string", "value": "https://elsewhere.example/"})
    arrays[certified.HANDLE] = public_json([other, *rest])
    found = ask()
    assert (found.outcome, found.state, found.reason) == (FAILED, "forged", "values-changed")
    assert found.array is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"300:0.NA/0.NA":[{"kty":"none"}]}', '{"300:0.NA/0.NA":1}'])
def test_a_file_of_root_keys_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(text)
    with pytest.raises(Refused) as caught:
        keys_in(str(file))
    assert caught.value.code == "bad-root-hints"
    assert str(file) in caught.value.english()


def test_the_address_of_a_strangers_site_is_no_way_into_our_network(node: Server) -> None:
    """A record that leads to a private address is not followed, unless all peers may be private."""
    found = others(private=False, handle=node.base_url)(HANDLE)
    assert found is not None
    assert (found.outcome, found.reason) == (FAILED, "address-refused")


# --- OID ---


def test_an_oid_is_asked_of_dns(names: NameServers) -> None:
    found = others(names, oid=ROOT)(f"urn:oid:{OID}")
    assert values(found) == [
        ("URL", "https://oid.example/rinf.xml"),
        ("ORS.COID", OID),
        ("ORS.RINF", "https://oid.example/rinf.xml"),
        ("ORS.CINF", "https://oid.example/cinf.xml"),
    ]
    assert found is not None
    assert (found.zone, found.hops[0].url) == ("OID", f"dns:1.102.101818.156.16.2.{ROOT}")
    assert found.until == NOW.timestamp() + 300
    assert values(others(names, oid=ROOT)(OID)) == values(found)  # without a mark


def test_a_pointer_to_another_name_is_followed_but_not_in_a_circle(names: NameServers) -> None:
    assert values(others(names, oid=ROOT)("2.16.156.101818.102.2"))[0][1] == "https://oid.example/rinf.xml"
    circle = others(names, oid=ROOT)("2.16.156.101818.102.3")
    assert circle is not None
    assert (circle.outcome, circle.reason) == (FAILED, "peer-unreadable")


@pytest.mark.parametrize("oid", ["2.16.156.101818.102.4", "2.16.156.101818.102.5", "2.16.156.101818.102.6"])
def test_an_oid_without_a_pointer_we_follow_is_missing(names: NameServers, oid: str) -> None:
    """A pattern that would take for ever is not tried, a name without pointers leads nowhere, another is not there."""
    found = others(names, oid=ROOT)(oid)
    assert found is not None
    assert found.outcome == "missing"


def test_an_oid_too_long_for_dns_is_missing_at_once() -> None:
    found = others(oid=ROOT)("urn:oid:2.16.156." + "1." * 119 + "1")
    assert found is not None
    assert found.outcome == "missing"


def test_a_long_answer_of_dns_comes_over_tcp() -> None:
    name = f"1.102.101818.156.16.2.{ROOT}"
    long = "\n".join(
        f'{name}. IN NAPTR 100 {number} "u" "ORS+MINF" "!^.*$!https://oid.example/{"m" * 150}{number}!" .'
        for number in range(40)
    )
    with name_server.serving(f"$TTL 60\n{long}\n") as address:
        found = others(NameServers((address,)), oid=ROOT)(OID)
    assert len(values(found)) == 41


def test_a_name_server_that_is_silent_or_away_is_a_failure() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        deaf = NameServers((f"127.0.0.1:{silent.getsockname()[1]}",))
        with pytest.raises(Exception, match="too long") as caught:
            deaf("1.2.test", 0.3)
    assert getattr(caught.value, "code", "") == "peer-too-slow"


# --- GS1 ---


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


# --- which system ---


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
