"""What a parent states of a child zone: keys, endpoints, state, validity. Read strictly; signatures are in chains."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

from app.domain import zones
from app.domain.trust import MOST_KEYS, PublicKey, keys_of
from app.errors import N_, Malformed, TraceError

KIND = "delegation"
ACTIVE, SUSPENDED, LEFT = "active", "suspended", "left"
STATES = (ACTIVE, SUSPENDED, LEFT)
NATIVE = ("hdl-tcp", "hdl-udp")
SUBJECT = ("name_zh", "name_en", "industry", "region")
MOST_ENDPOINTS = 32
MOST_SERIAL = 2**53 - 1  # the largest that every JSON reader takes for itself
LONGEST_URL = 300
LONGEST_NAME = 200
LONGEST_CERTIFICATE = 8_192


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`url` of a node that speaks HTTP (scheme, host, port; no path), or host, port and one of NATIVE."""

    url: str = ""
    host: str = ""
    port: int = 0
    protocol: str = ""

    @property
    def wire(self) -> dict[str, Any]:
        if self.url:
            return {"url": self.url}
        return {"host": self.host, "port": self.port, "protocol": self.protocol}


@dataclass(frozen=True, slots=True)
class Delegation:
    """`issuer` is the zone of the parent. No `keys`: a node that cannot sign its answers. The present key comes first,
    then those it is just leaving, or those of other nodes of the same zone. `retiring` says of keys that are being left
    (by key id) until when they count; `certificate` is the same statement as an HS_CERT value, where there is one."""

    zone: str
    issuer: str
    serial: int
    keys: tuple[PublicKey, ...]
    endpoints: tuple[Endpoint, ...]
    state: str
    not_before: datetime
    not_after: datetime
    subject: Mapping[str, str]
    retiring: Mapping[str, datetime] = field(default_factory=dict)
    certificate: str = ""

    def keys_at(self, now: datetime) -> tuple[PublicKey, ...]:
        """The keys that count at this moment; a replaced one no longer does when its overlap has passed."""
        return tuple(key for key in self.keys if now <= self.retiring.get(key.key_id, now))

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(each.url for each in self.endpoints if each.url)

    @property
    def body(self) -> dict[str, Any]:
        """What the parent signs, with the kind KIND."""
        told = {
            "zone": self.zone,
            "issuer": self.issuer,
            "serial": self.serial,
            "keys": [key.jwk for key in self.keys],
            "endpoints": [each.wire for each in self.endpoints],
            "state": self.state,
            "not_before": time_text(self.not_before),
            "not_after": time_text(self.not_after),
            "subject": dict(self.subject),
            "retiring": {key: time_text(moment) for key, moment in self.retiring.items()},
        }
        return told | {"certificate": self.certificate} if self.certificate else told


def delegation_of(body: Mapping[str, Any]) -> Delegation:
    """The inverse of `body`. Malformed `bad-delegation` for whatever is not spelt as it should be."""
    zone, issuer, state = body.get("zone"), body.get("issuer"), body.get("state")
    serial, keys, endpoints = body.get("serial"), body.get("keys"), body.get("endpoints")
    subject = body.get("subject", {})
    if not _is_zone(zone) or not zone or not _is_zone(issuer) or state not in STATES:
        _bad("zone")
    if type(serial) is not int or not 1 <= serial <= MOST_SERIAL:
        _bad("serial")
    if not isinstance(endpoints, list) or len(endpoints) > MOST_ENDPOINTS:
        _bad("endpoints")
    if not isinstance(subject, dict):
        _bad("subject")
    try:
        known = () if keys == [] else keys_of(keys)
    except Malformed:
        _bad("keys")
    return Delegation(
        zone=str(zone),
        issuer=str(issuer),
        serial=serial,
        keys=known,
        endpoints=tuple(endpoint_of(each) for each in endpoints),
        state=str(state),
        not_before=_time(body, "not_before"),
        not_after=_time(body, "not_after"),
        subject={name: _name(subject.get(name, "")) for name in SUBJECT},
        retiring=_retiring(body.get("retiring", {})),
        certificate=_certificate(body.get("certificate", "")),
    )


def endpoint_of(told: object) -> Endpoint:
    """Malformed `bad-delegation`. Says nothing about where the host leads: who asks it has to look at that."""
    if not isinstance(told, dict):
        _bad("endpoints")
    if "url" in told:
        url = told["url"]
        if not isinstance(url, str) or not _is_origin(url):
            _bad("url")
        return Endpoint(url=url)
    host, port, protocol = told.get("host"), told.get("port"), told.get("protocol")
    if not isinstance(host, str) or not _is_host(host) or protocol not in NATIVE:
        _bad("host")
    if type(port) is not int or not 1 <= port <= 65_535:
        _bad("port")
    return Endpoint(host=host, port=port, protocol=str(protocol))


def time_text(moment: datetime) -> str:
    """UTC to the second, as all statements between nodes write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_of(text: object) -> datetime | None:
    """The inverse of `time_text`; None for any other spelling."""
    if not isinstance(text, str) or len(text) != 20 or not text.isascii():
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _retiring(told: object) -> dict[str, datetime]:
    if not isinstance(told, dict) or len(told) > MOST_KEYS or not all(len(key) == 43 for key in told):
        _bad("retiring")
    return {key: _time(told, key) for key in told}


def _certificate(text: object) -> str:
    if (
        not isinstance(text, str)
        or len(text) > LONGEST_CERTIFICATE
        or not (text.isascii() and text.isprintable())
    ):
        _bad("certificate")
    return text


def _time(body: Mapping[str, Any], name: str) -> datetime:
    return time_of(body.get(name)) or _bad(name)


def _is_zone(text: object) -> bool:
    try:
        return isinstance(text, str) and zones.zone(text) == text
    except TraceError:
        return False


def _is_origin(url: str) -> bool:
    """Scheme, host and port alone, so that what is asked there is our path and nobody else's."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    bare = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    plain = url == f"{parts.scheme}://{parts.netloc}" and port != 0
    return parts.scheme in {"http", "https"} and bare and plain and bool(parts.hostname)


def _is_host(text: str) -> bool:
    return 0 < len(text) <= 253 and text.isascii() and all(c.isalnum() or c in ".-:" for c in text)


def _name(text: object) -> str:
    if not isinstance(text, str) or len(text) > LONGEST_NAME or not text.isprintable():
        _bad("subject")
    return text


def _bad(part: str) -> NoReturn:
    raise Malformed(
        "bad-delegation",
        N_("This is not a statement about a zone: its part “{part}” cannot be used."),
        N_("Fetch it again from the parent node; if it stays, tell its operator."),
        part=part,
    )
