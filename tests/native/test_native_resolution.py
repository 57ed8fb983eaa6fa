"""The native protocol as a client sees it, over TCP and UDP; the client is tests.support.native_client."""

import base64
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from app.domain.handles import sites
from tests.support.native_client import NativeClient, question, request
from tests.support.native_server import VALUES, FakeWeb, listening

HANDLE = "88.118.8/P1"


@pytest.fixture
def web() -> FakeWeb:
    return FakeWeb(records={HANDLE: VALUES})


@pytest.fixture
def port(web: FakeWeb) -> Iterator[int]:
    with listening(web) as port:
        yield port


@pytest.fixture(params=["tcp", "udp"])
def client(request: pytest.FixtureRequest, port: int) -> NativeClient:
    return NativeClient(port, request.param)


def signed(body: dict[str, Any]) -> dict[str, str]:
    payload = base64.urlsafe_b64encode(orjson.dumps(body)).decode().rstrip("=")
    return {"payload": payload, "key": "k", "alg": "EdDSA", "signature": "s"}


def delegated(*endpoints: dict[str, Any]) -> dict[str, str]:
    statement = {"zone": "88.118.9", "serial": 7, "keys": [], "endpoints": list(endpoints)}
    return signed({"outcome": "referral", "delegation": signed(statement)})


def test_a_record_comes_with_all_its_values(client: NativeClient) -> None:
    reply = client.resolve(HANDLE)
    assert (reply.code, reply.opcode, reply.handle) == (1, 1, HANDLE)
    url, chinese = reply.values
    del url["octets"]
    assert url == {
        "index": 1, "type": "URL", "data": b"https://a/", "ttl": 86_400, "absolute": False,
        "timestamp": 1_767_323_045, "permissions": "1110", "references": [],
    }  # fmt: skip
    assert (chinese["data"].decode(), chinese["permissions"]) == ("值", "1111")


def test_values_are_chosen_by_index_and_by_type(client: NativeClient) -> None:
    assert [value["index"] for value in client.resolve(HANDLE, (2,)).values] == [2]
    assert [value["index"] for value in client.resolve(HANDLE, types=("URL",)).values] == [1]
    assert [value["index"] for value in client.resolve(HANDLE, types=("URL.",)).values] == [2]
    assert [value["index"] for value in client.resolve(HANDLE, (1,), ("URL.",)).values] == [1, 2]
    assert client.resolve(HANDLE, (77,)).code == 200


def test_what_is_not_here_is_told_apart(client: NativeClient, web: FakeWeb) -> None:
    web.elsewhere = ("10.5/",)
    assert client.resolve("88.118.8/none").code == 100
    assert client.resolve("10.5/x").code == 301
    assert client.resolve(b"88.118.8/\xff\xfe").code == 102
    assert client.resolve("").code == 102


def test_a_delegated_handle_is_referred_to_the_sites_of_its_node(client: NativeClient, web: FakeWeb) -> None:
    web.elsewhere = ("88.118.9/", "0.NA/")
    native = {"host": "127.0.0.9", "port": 2641, "protocol": "hdl-tcp"}
    web.answers = {
        "88.118.9/x": delegated(
            {"url": "https://node.example:8443"}, native, native | {"protocol": "hdl-udp"}
        ),
        "0.NA/88.118.9.1": delegated(native),
    }
    reply = client.resolve("88.118.9/x")
    assert (reply.code, reply.handle) == (302, "")
    named, numbered = [value["site"] for value in reply.values]
    assert {value["type"] for value in reply.values} == {"HS_SITE"}
    assert named["attributes"] == {"domain": "node.example"}
    assert named["servers"][0]["address"] == "0.0.0.0"  # clients look the domain up
    assert named["servers"][0]["interfaces"] == [("HTTPS", 8443, True, False)]
    assert numbered["servers"][0]["address"] == "127.0.0.9"
    assert numbered["servers"][0]["interfaces"] == [("TCP", 2641, True, False), ("UDP", 2641, True, False)]
    assert (numbered["serial"], numbered["primary"], numbered["multi"]) == (7, True, True)
    assert client.resolve("88.118.9/x", (), (), "no_referral").code == 301
    prefix = client.resolve("0.NA/88.118.9.1")
    assert (prefix.code, prefix.values[0]["type"]) == (303, "HS_SITE.PREFIX")


def test_a_long_record_comes_in_several_packets(client: NativeClient, web: FakeWeb) -> None:
    long = [{"index": 1, "type": "DESC", "data": {"format": "string", "value": "字" * 2_000}, "ttl": 1}]
    web.records["88.118.8/LONG"] = long
    reply = client.resolve("88.118.8/LONG")
    assert reply.values[0]["data"].decode() == "字" * 2_000
    assert reply.packets == (13 if client.transport == "udp" else 1)


def test_a_question_may_come_in_several_packets(client: NativeClient, web: FakeWeb) -> None:
    reply = client.resolve(HANDLE, tuple(range(2, 400)))
    assert [value["index"] for value in reply.values] == [2]


def test_the_reply_shows_which_request_it_answers(client: NativeClient) -> None:
    reply = client.resolve(HANDLE, (), (), "digest")
    assert reply.digest[0] == 3  # SHA-256; the client has compared the rest
    older = NativeClient(client.port, client.transport, suggested=(2, 5))
    assert older.resolve(HANDLE, (), (), "digest").digest[0] == 2


@pytest.mark.parametrize(
    ("version", "suggested", "spoken"),
    [
        ((2, 1), (2, 11), (2, 11)),
        ((2, 0), (0, 0), (2, 0)),
        ((2, 10), (2, 10), (2, 10)),
        ((3, 0), (0, 0), (3, 0)),
        ((3, 0), (3, 0), (3, 0)),
        ((2, 1), (2, 14), (2, 11)),
    ],
)
def test_a_reply_has_the_newest_version_that_both_speak(
    port: int, version: tuple[int, int], suggested: tuple[int, int], spoken: tuple[int, int]
) -> None:
    assert NativeClient(port, version=version, suggested=suggested).resolve(HANDLE).version == spoken


def test_an_authoritative_question_is_asked_past_the_caches(client: NativeClient, web: FakeWeb) -> None:
    client.resolve(HANDLE, (), (), "auth")
    client.resolve(HANDLE)
    assert web.asked == [(HANDLE, "auth"), (HANDLE,)]
    assert web.clients == {"127.0.0.1"}


def test_who_has_been_referred_too_often_is_told(client: NativeClient) -> None:
    assert client.resolve(HANDLE, recursion=10).code == 6


def test_secrecy_and_changes_are_refused_in_the_protocols_words(client: NativeClient) -> None:
    assert client.resolve(HANDLE, (), (), "encrypt").code == 5
    for opcode in (100, 101, 105, 200, 300, 400, 2001):
        assert client.exchange(request(opcode, question(HANDLE))).code == 5


@pytest.mark.parametrize(("status", "code"), [(503, 3), (429, 3), (500, 2), (404, 100)])
def test_trouble_of_the_node_has_a_code(client: NativeClient, web: FakeWeb, status: int, code: int) -> None:
    web.status = status
    assert client.resolve(HANDLE).code == code


def test_a_record_that_no_client_could_read_is_an_error(client: NativeClient, web: FakeWeb) -> None:
    for odd in ("text", [{"index": 1}], [VALUES[0] | {"permissions": "9"}], [VALUES[0] | {"data": {}}]):
        web.records["88.118.8/ODD"] = odd  # type: ignore[assignment]
        assert client.resolve("88.118.8/ODD").code == 2


def test_the_node_tells_its_site(client: NativeClient, web: FakeWeb) -> None:
    assert client.site().code == 3  # as long as the web process does not answer
    key = {"kty": "OKP", "crv": "Ed25519", "x": "AA"}
    endpoints = [{"url": "http://127.0.0.1:8000"}, {"host": "127.0.0.1", "port": 2641, "protocol": "hdl-udp"}]
    (web.described,) = sites.sites_of(endpoints, 1, [key])
    reply = client.site("digest")
    assert (reply.code, reply.opcode) == (1, 2)
    (server,) = reply.site["servers"]
    assert orjson.loads(server["key"]) == key
    web.status = 404
    assert client.site().code == 5
    assert server["interfaces"] == [("HTTP", 8000, True, False), ("UDP", 2641, True, False)]
