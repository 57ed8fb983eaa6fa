"""Service sites (HS_SITE): where a zone is answered for, as JSON as the reference server writes it, and as octets.

A delegation's endpoints become one site a host, since the servers within one site would divide the handles among them.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson

from app.domain.handles import octets
from app.domain.handles.key_octets import key_octets
from app.domain.handles.values import DEFAULT_TTL, Value

MOST_SITES = 64  # of one delegation
MOST_INTERFACES = 32
NATIVE_PORT = 2_641
PROTOCOLS = {"UDP": 0, "TCP": 1, "HTTP": 2, "HTTPS": 3}
KEY_INDEX = 300
_NATIVE = {"hdl-udp": "UDP", "hdl-tcp": "TCP"}
_WEB = {"http": ("HTTP", 80), "https": ("HTTPS", 443)}
_PRIMARY, _MULTI_PRIMARY = 0x80, 0x40
_ADMIN, _QUERY = 0x01, 0x02
_BY_HANDLE = 2  # of the ways in which servers may share the handles; with one server all are the same
_VERSION = 1  # of the form of a site


def sites_of(
    endpoints: Iterable[Mapping[str, Any]], serial: int = 1, keys: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """The JSON sites of a delegation's endpoints ({"url"} or {"host", "port", "protocol"}); what is neither is left
    out. `keys` are the zone's as JWK, the current one first."""
    hosts: dict[str, list[dict[str, Any]]] = {}
    for endpoint in endpoints:
        found = _interface_of(endpoint)
        if found is None:
            continue
        host, interface = found
        if host in hosts or len(hosts) < MOST_SITES:
            interfaces = hosts.setdefault(host, [])
            if interface not in interfaces and len(interfaces) < MOST_INTERFACES:
                interfaces.append(interface)
    several = len(hosts) > 1
    return [_site(host, interfaces, serial, keys, several) for host, interfaces in hosts.items()]


def prefix_values(statement: Mapping[str, Any], timestamp: str = "", ttl: int = DEFAULT_TTL) -> list[Value]:
    """What `0.NA/<zone>` has to say by a delegation statement: its sites from index 1 on, its keys from 300 on."""
    keys = [key for key in statement.get("keys", ()) if isinstance(key, Mapping)]
    sites = sites_of(statement.get("endpoints", ()), int(statement.get("serial", 1)), keys)
    values = [
        Value(index, "HS_SITE", {"format": "site", "value": site}, ttl, timestamp)
        for index, site in enumerate(sites, 1)
    ]
    return values + [
        Value(index, "HS_PUBKEY", {"format": "key", "value": dict(key)}, ttl, timestamp)
        for index, key in enumerate(keys, KEY_INDEX)
    ]


def _interface_of(endpoint: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    try:
        if "url" in endpoint:
            address = urlsplit(str(endpoint["url"]))
            protocol, standard = _WEB[address.scheme.lower()]
            host, port = address.hostname or "", address.port or standard
        else:
            protocol = _NATIVE[str(endpoint["protocol"])]
            host, port = str(endpoint["host"]).lower(), int(endpoint.get("port", NATIVE_PORT))
    except (KeyError, TypeError, ValueError):
        return None
    if not host or not 0 < port < 65_536:
        return None
    return host, {"query": True, "admin": False, "protocol": protocol, "port": port}


def _site(
    host: str,
    interfaces: list[dict[str, Any]],
    serial: int,
    keys: Sequence[Mapping[str, Any]],
    several: bool,
) -> dict[str, Any]:
    server: dict[str, Any] = {"serverId": 1, "address": host}
    if keys:
        server["publicKey"] = {"format": "key", "value": dict(keys[0])}
    server["interfaces"] = interfaces
    return {
        "version": _VERSION,
        "protocolVersion": "2.11",
        "serialNumber": min(max(serial, 1), 65_535),  # two octets in the protocol
        "primarySite": True,
        "multiPrimary": several,
        "attributes": [] if _address(host) else [{"name": "domain", "value": host}],
        "servers": [server],
    }


def site_octets(site: Mapping[str, Any]) -> bytes:
    """RFC 3651 §3.2.2; ValueError, KeyError, TypeError or AttributeError for JSON that is no site."""
    major, _, minor = str(site.get("protocolVersion", "2.11")).partition(".")
    flags = (_PRIMARY if site.get("primarySite") else 0) | (_MULTI_PRIMARY if site.get("multiPrimary") else 0)
    attributes = [(str(each["name"]), str(each["value"])) for each in site.get("attributes") or ()]
    servers = list(site["servers"])
    return b"".join(
        (
            octets.number(int(site.get("version", _VERSION)), 2),
            bytes((int(major), int(minor or 0))),
            octets.number(int(site.get("serialNumber", 1)), 2),
            bytes((flags, _BY_HANDLE)),
            octets.string(b""),
            octets.number(len(attributes)),
            *(octets.string(text) for pair in attributes for text in pair),
            octets.number(len(servers)),
            *(_server_octets(server) for server in servers),
        )
    )


def _server_octets(server: Mapping[str, Any]) -> bytes:
    address = _address(str(server["address"]))
    interfaces = [
        bytes(((_ADMIN if each.get("admin") else 0) | (_QUERY if each.get("query") else 0),))
        + bytes((PROTOCOLS[str(each["protocol"]).upper()],))
        + octets.number(int(each["port"]))
        for each in server["interfaces"]
    ]
    return b"".join(
        (
            octets.number(int(server.get("serverId", 1))),
            # a site's clients look a name up by the attribute `domain` where the address is zero
            (address.packed if address else b"").rjust(16, b"\0"),
            octets.string(_key(server.get("publicKey"))),
            octets.number(len(interfaces)),
            *interfaces,
        )
    )


def _key(key: object) -> bytes:
    if not isinstance(key, Mapping) or not isinstance(key.get("value"), Mapping):
        return b""
    return key_octets(key["value"])


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def site_or_text(site: object) -> bytes:
    """The octets of a site; its JSON where it is none, as the reference server keeps what it cannot read."""
    if isinstance(site, Mapping):
        try:
            return site_octets(site)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
            pass
    return orjson.dumps(site)
