"""Which name servers are asked for OIDs. What they say: tests/network/test_other_oids.py."""

import pytest

from app.name_servers import NameServers


@pytest.mark.parametrize(
    "server", ["192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:5353"]
)
def test_an_address_with_or_without_a_port_names_a_server(server: str) -> None:
    NameServers((server,))


@pytest.mark.parametrize("server", ["ns.example.com", "192.0.2.1:x", "2001:db8::1:x", "", "192.0.2"])
def test_anything_else_is_told_in_a_sentence(server: str) -> None:
    with pytest.raises(ValueError, match=r"OID_SERVERS names '.*'; it must be an address"):
        NameServers((server,))
