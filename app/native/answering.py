"""A request of the native protocol and the reply to it: what the web process says, in the protocol's octets."""

import base64
import binascii
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

import orjson

from app.domain import handles
from app.domain.handles import sites, wire
from app.domain.handles.octets import Garbled
from app.domain.handles.value_octets import encode_value
from app.domain.handles.values import Value, load
from app.domain.handles.wire import Envelope, Request
from app.native.asking import FRESH, SIGNED, Heard

OK, MISSING = 200, 404
_WISHES = {wire.AUTHORITATIVE: FRESH, wire.CERTIFIED: SIGNED}
_SIGNATURE = "HS_SIGNATURE"  # covers each value by itself, so that it goes with any choice of them
_PREFIX_HANDLE = "0.NA/"
_CODES = {MISSING: wire.NOT_FOUND, 429: wire.BUSY, 503: wire.BUSY, 504: wire.BUSY}
_KNOWN_CODES = range(2, 600)
_ODD = (
    AttributeError,
    KeyError,
    OverflowError,
    TypeError,
    ValueError,
)  # of JSON that another node may have made


class Web(Protocol):
    """`WebProcess`, or what stands for it in a test."""

    def record(self, handle: str, wishes: Collection[str], client: str, /) -> Heard: ...

    def answer(self, handle: str) -> Heard: ...

    def site(self) -> Heard: ...


def reply(web: Web, envelope: Envelope, message: bytes, client: str = "") -> bytes:
    """The message to send back, without envelope. Blocks while the web process thinks; never raises for what a client
    or another node sent."""
    if envelope.is_hidden:
        return wire.refusal(Request(envelope), wire.NO_SESSION, "this server has no sessions")
    try:
        request = wire.read_request(envelope, message)
    except Garbled as error:
        return wire.refusal(Request(envelope), wire.PROTOCOL_ERROR, str(error))
    if request.has(wire.ENCRYPT):
        return wire.refusal(request, wire.NOT_SUPPORTED, "this server has no sessions")
    if request.opcode == wire.RESOLUTION:
        return _resolved(web, request, client)
    if request.opcode == wire.SITE_INFO:
        return _site(web, request)
    return wire.refusal(request, wire.NOT_SUPPORTED, "handles are changed over HTTPS, at /api/handles")


def _resolved(web: Web, request: Request, client: str) -> bytes:
    handle = request.handle
    if not handle or "\0" in handle:
        return wire.refusal(request, wire.INVALID_HANDLE)
    if request.recursion >= wire.MOST_RECURSION:
        return wire.refusal(request, wire.TOO_MUCH_RECURSION)
    wishes = [wish for flag, wish in _WISHES.items() if request.has(flag)]
    heard = web.record(handle, wishes, client)
    body = _object(heard.body)
    if heard.status == OK:
        return _found(request, body.get("values"))
    code = body.get("responseCode")
    if code == wire.NOT_HERE and not request.has(wire.DO_NOT_REFER):
        values = _referral(web, handle)
        if values:
            return wire.referral(request, values, prefix=_is_prefix(handle))
    if not isinstance(code, int) or code not in _KNOWN_CODES:
        code = _CODES.get(heard.status, wire.ERROR)
    return wire.refusal(request, code, _message(body))


def _found(request: Request, values: object) -> bytes:
    try:
        chosen = _chosen(request, load(orjson.dumps(values)))
        encoded = [encode_value(value) for value in chosen]
    except _ODD:
        return wire.refusal(request, wire.ERROR, "the record cannot be put into this protocol")
    return wire.found(request, encoded) if encoded else wire.refusal(request, wire.NO_VALUES)


def _chosen(request: Request, values: list[Value]) -> Iterable[Value]:
    """By the rule of `handles.found`: one of the indexes or one of the types, all where none is named."""
    if not request.indexes and not request.types:
        return values
    array = orjson.dumps([handles.json_of(value) for value in values])
    types = {*request.types, _SIGNATURE} if request.has(wire.CERTIFIED) else request.types
    answer = handles.found("", array, request.indexes, types)
    return load(orjson.dumps(orjson.loads(answer.body)["values"]))


def _referral(web: Web, handle: str) -> list[bytes]:
    """The sites of the node that the handle is delegated to; none where it is delegated to nobody."""
    told = _payload(_object(web.answer(handle).body))
    if told.get("outcome") != "referral":
        return []
    statement = _payload(told.get("delegation"))
    type_ = "HS_SITE.PREFIX" if _is_prefix(handle) else "HS_SITE"
    try:
        return [
            encode_value(Value(value.index, type_, value.data, value.ttl))
            for value in sites.prefix_values(statement)
            if value.type == "HS_SITE"
        ]
    except _ODD:
        return []


def _site(web: Web, request: Request) -> bytes:
    heard = web.site()
    if heard.status == MISSING:  # a node that only recurses is no site of any zone
        return wire.refusal(request, wire.NOT_SUPPORTED)
    try:
        return wire.site_info(request, sites.site_octets(_object(heard.body)))
    except _ODD:
        return wire.refusal(request, wire.BUSY)


def _payload(signed: object) -> dict[str, Any]:
    """What was signed. Our own web process said it, so that nothing needs verifying here."""
    if not isinstance(signed, Mapping):
        return {}
    text = str(signed.get("payload", ""))
    try:
        return _object(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return {}


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _message(body: Mapping[str, Any]) -> str:
    message = body.get("message")
    return message[:400] if isinstance(message, str) else ""


def _is_prefix(handle: str) -> bool:
    return handle.upper().startswith(_PREFIX_HANDLE)
