"""Handles of another root: asked of a registry over its HTTP API, our own node as a process among them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from app.domain.handles import Value, jws, load, public_json, text_value, trust
from app.errors import Refused
from app.fetching import Fetcher
from app.services.recursing.others import Others, Roots, keys_in
from app.services.recursing.results import FAILED, Resolution
from tests.support import certified, handle_desk, web_server
from tests.support.other_systems import NOW, furnished, no_names, others, values
from tests.support.server import Server
from tests.support.web_server import Answer

HANDLE = f"{handle_desk.PREFIX}/P0000001"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = furnished(tmp_path_factory.mktemp("node"))
    server.start()
    yield server
    server.stop()


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
