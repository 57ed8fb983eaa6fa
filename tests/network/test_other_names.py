"""Names of other systems at a recursive node, as its clients ask: by the Handle API, natively, on the page that explains."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.support import links_world, name_server, tenants
from tests.support.links_world import RICE
from tests.support.native_client import NativeClient
from tests.support.native_server import NodeWeb, listening
from tests.support.simnet import SimNet, SimNode

OID = "urn:oid:2.16.156.101818.102.1"
ROOT = "oid-res.test"
ZONE = f"""
$TTL 300
1.102.101818.156.16.2.{ROOT}. IN NAPTR 100 10 "u" "ORS+RINF" "!^.*$!https://oid.example/<b>rinf</b>.xml!" .
"""


@pytest.fixture
def recursive(net: SimNet) -> Iterator[SimNode]:
    """Knows our root, OIDs by DNS, and a GS1 resolver, which is a node of ours under none of its zones."""
    net.node("root", roles=("root",))
    links = net.node("links", roles=("enterprise",))
    with links.writing() as session:
        links_world.found(session, tenants.found(session, links.now()).ana, links.now(), links.url)
    with name_server.serving(ZONE) as address:
        yield net.node(
            "recursive",
            roles=("recursive",),
            root_hints=str(net.root_hints("root")),
            oid_root=ROOT,
            oid_servers=(address,),
            gs1_root=links.url,
        )


def test_an_oid_is_resolved_like_a_handle(recursive: SimNode) -> None:
    told = recursive.get(f"/api/handles/{OID}")
    assert told.status == 200
    assert b'"ORS.RINF"' in told.body
    again = recursive.get(f"/api/network/explanations/{OID}")
    assert b'"state":"unsigned"' in again.body
    assert b'"cached":true' in again.body
    assert recursive.get("/api/handles/urn:oid:2.16.156.9").status == 404
    with listening(NodeWeb(recursive)) as port:
        (url, service) = NativeClient(port).resolve(OID).values
        assert (url["type"], service["type"]) == ("URL", "ORS.RINF")


@pytest.mark.parametrize("name", [f"01/{RICE}", f"https://id.gs1.org/01/{RICE}", f"(01){RICE}"])
def test_a_gs1_key_is_resolved_like_a_handle(recursive: SimNode, name: str) -> None:
    told = recursive.get(f"/api/handles/{quote(name, safe='')}")
    assert told.status == 200, told.body
    assert b"gs1:instructions" in told.body


def test_a_link_that_nobody_signed_is_shown_and_not_followed(recursive: SimNode) -> None:
    """Whoever scans a stranger's label is not sent on by our node's name."""
    told = recursive.get(f"/01/{RICE}", Accept="text/html")
    assert told.status == 200, told.header("Location")
    assert b"shop.example" in told.body
    page = recursive.get(f"/explain?handle={OID}", Accept="text/html")
    assert page.status in {200, 302, 303}
    assert b"<b>rinf</b>" not in page.body
