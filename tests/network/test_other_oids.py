"""OIDs by the OID resolution system: DNS, against a name server from PyPI on this machine."""

import socket
from collections.abc import Iterator

import pytest

from app.name_servers import NameServers
from app.services.recursing.results import FAILED
from tests.support import name_server
from tests.support.other_systems import NOW, others, values

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


@pytest.fixture
def names() -> Iterator[NameServers]:
    with name_server.serving(ZONE) as address:
        yield NameServers((address,))


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
