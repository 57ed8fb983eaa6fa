"""The native protocol in a network: referred from level to level by the sites of the delegations, recursed by a node that
does, and other systems' names through it. Client, sockets and nodes are the real ones; the web between them is simulated."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import orjson
import pytest

from app.domain.handles import text_value
from app.fetching import Fetcher
from app.services import joining
from app.services.joining import Own
from app.services.recursing.others import Others, Roots
from tests.support import web_server
from tests.support.native_client import NativeClient, Reply
from tests.support.native_server import NodeWeb, listening
from tests.support.simnet import Clock, SimNet, SimNode
from tests.support.simtree import HANDLE, MAKER, Tree


@pytest.fixture
def tree(net: SimNet) -> Tree:
    return Tree(net)


@pytest.fixture
def ports(tree: Tree) -> Iterator[dict[str, int]]:
    """Each node's native port, stated by the level above."""
    with ExitStack() as ends:
        found = {
            node.name: ends.enter_context(listening(NodeWeb(node)))
            for node in (tree.root, *tree.nationals, tree.second, tree.maker)
        }

        def endpoints(*nodes: SimNode) -> list[dict[str, Any]]:
            return [
                {"host": "127.0.0.1", "port": found[each.name], "protocol": protocol}
                for each in nodes
                for protocol in ("hdl-tcp", "hdl-udp")
            ] + [{"url": each.url} for each in nodes]

        tree.state([tree.root], tree.nationals, endpoints=endpoints(*tree.nationals))
        tree.state(tree.nationals, [tree.second], endpoints=endpoints(tree.second))
        tree.state([tree.second], [tree.maker], endpoints=endpoints(tree.maker))
        yield found


def followed(port: int, handle: str, transport: str, most: int = 6) -> tuple[Reply, list[int]]:
    """As existing clients do: from site to site until somebody has the record; the ports that were asked."""
    asked = [port]
    while len(asked) <= most:
        reply = NativeClient(asked[-1], transport).resolve(handle)
        if reply.code not in {302, 303}:
            return reply, asked
        interfaces = [
            each
            for value in reply.values
            for server in value["site"]["servers"]
            for each in server["interfaces"]
            if each[0] == transport.upper() and server["address"] == "127.0.0.1"
        ]
        asked.append(interfaces[0][1])
    raise AssertionError(f"referred {most} times")


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_client_is_referred_from_the_root_to_the_record(
    tree: Tree, ports: dict[str, int], transport: str
) -> None:
    reply, asked = followed(ports["root"], HANDLE, transport)
    assert (reply.code, reply.values[0]["data"]) == (1, b"https://id.example.cn/88.118.8/P1")
    assert asked == [ports[name] for name in ("root", "beijing", "auto", "maker")]
    missing, asked = followed(ports["root"], f"{MAKER}/NONE", transport)
    assert (missing.code, len(asked)) == (100, 4)


def test_a_prefix_is_told_of_by_the_node_above_it(tree: Tree, ports: dict[str, int]) -> None:
    """What existing clients ask first: where is 0.NA/88.118.8?"""
    reply, asked = followed(ports["root"], f"0.NA/{MAKER}", "tcp")
    assert reply.code == 1
    assert asked == [ports[name] for name in ("root", "beijing", "auto")]
    sites = [value["site"] for value in reply.values if value["type"] == "HS_SITE"]
    named = {site["attributes"].get("domain", site["servers"][0]["address"]) for site in sites}
    assert named == {"127.0.0.1", "maker.test"}
    assert [value["index"] for value in reply.values if value["type"] == "HS_PUBKEY"] == [300]


def test_a_suspended_zone_is_referred_to_no_more(tree: Tree, ports: dict[str, int]) -> None:
    tree.state([tree.second], [tree.maker], state="suspended")
    reply, asked = followed(ports["root"], HANDLE, "tcp")
    assert reply.code not in {1, 302, 303}
    assert len(asked) == 3


def test_the_level_above_tells_its_site_natively(tree: Tree, ports: dict[str, int]) -> None:
    (server,) = NativeClient(ports["auto"]).site().site["servers"]
    assert ("HTTPS", 443, True, True) in server["interfaces"]


def test_who_asks_for_a_signature_gets_one_that_covers_the_very_octets(
    tree: Tree, ports: dict[str, int]
) -> None:
    """HS_SIGNATURE: the digest of each value as it came over the wire, from its ninth octet on."""
    client = NativeClient(ports["maker"], "udp")
    for chosen in ((), (1,)):
        reply = client.resolve(HANDLE, chosen, (), "certify")
        *values, signature = reply.values
        assert (len(values), signature["type"]) == (1 if chosen else 2, "HS_SIGNATURE")
        _, claims, _ = signature["data"].decode().split(".")
        told = orjson.loads(base64.urlsafe_b64decode(claims + "=="))
        stated = {each["index"]: each["digest"] for each in told["digests"]["digests"]}
        for value in values:
            made = base64.b64encode(hashlib.sha256(value["octets"][8:]).digest()).decode()
            assert stated[value["index"]].rstrip("=") == made.rstrip("=")
        assert told["sub"] == HANDLE
    assert all(value["type"] != "HS_SIGNATURE" for value in client.resolve(HANDLE).values)


def test_a_recursive_node_walks_for_native_clients(net: SimNet, tree: Tree) -> None:
    recursive = net.node("recursive", roles=("recursive",), root_hints=str(net.root_hints("root")))
    with listening(NodeWeb(recursive)) as port:
        for transport in ("tcp", "udp"):
            client = NativeClient(port, transport)
            reply = client.resolve(HANDLE, (), (), "recurse")
            assert (reply.code, reply.values[0]["data"]) == (1, b"https://id.example.cn/88.118.8/P1")
            assert client.resolve(f"{MAKER}/NONE").code == 100
            assert client.site().code == 5


def test_a_handle_of_another_root_comes_through_the_recursor(tree: Tree) -> None:
    body = b'{"responseCode":1,"values":[{"index":1,"type":"URL","data":"https://doi.example/","ttl":600}]}'

    def registry(path: str) -> web_server.Answer:
        found = path == "/api/handles/10.1000/182"
        return (200, {}, body) if found else (404, {}, b'{"responseCode":100}')

    with web_server.saying(registry) as address:
        fetch = Fetcher(allow_private=True)
        ask = Others(
            fetch, lambda _name, _seconds: pytest.fail("no OID"), Roots(handle=address), tree.net.clock
        )
        recursor = tree.new_recursor(others=ask)
        found = recursor.resolve("10.1000/182")
        assert (found.outcome, found.state, found.zone) == ("record", "unsigned", "Handle")
        assert [hop.zone for hop in found.hops] == ["", "Handle"]
        assert recursor.resolve("10.1000/nothing").outcome == "missing"
        ours = tree.register("OURS", [text_value(1, "URL", "https://maker.test/ours")])
        assert recursor.resolve(ours).state == "verified"  # the other root is not asked for what is ours
        fetch.close()
    assert recursor.resolve("10.1000/182").cached


def test_a_node_with_a_native_port_has_it_stated() -> None:
    own = Own("88.118.8", bytes(32), "https://maker.test:8443", 2_641)
    told = joining.application(own, {}, "n" * 24, Clock()()).peek()["endpoints"]
    assert told == [
        {"url": "https://maker.test:8443"},
        {"host": "maker.test", "port": 2_641, "protocol": "hdl-tcp"},
        {"host": "maker.test", "port": 2_641, "protocol": "hdl-udp"},
    ]
    silent = Own("88.118.8", bytes(32), "https://maker.test:8443")
    assert silent.endpoints == told[:1]
