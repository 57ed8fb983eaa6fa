"""Values out of the JSON that clients of the Handle API send, in all the forms that they are known to send."""

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import Any

import orjson

from app.domain.handles import keys
from app.domain.handles.errors import refused
from app.domain.handles.rights import LARGEST_INDEX
from app.domain.handles.values import (
    DEFAULT_TTL,
    MOST_VALUES,
    PERMISSIONS,
    SECRET,
    Value,
    moment_text,
    unique,
)
from app.errors import N_

_FORMAT_OF = {"HS_ADMIN": ("admin",), "HS_VLIST": ("vlist",), SECRET: ("string", "base64", "hex")}
_TYPE = re.compile(r"[^\x00-\x20\x7f]{1,100}")
_DEEPEST = 32  # objects and lists in one another; what is written out has a limit, too


def parse_body(body: bytes) -> list[Value]:
    """`{"values":[…]}`, the list alone, or one value. Raises bad-handle-body, invalid-value, index-conflict."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _unreadable(N_("it is no JSON")) from None
    if isinstance(found, dict):
        found = found.get("values", [found])
    if not isinstance(found, list):
        raise _unreadable(N_("it is no object and no list"))
    if len(found) > MOST_VALUES:
        raise refused("invalid-value", index=MOST_VALUES + 1, reason=N_("a handle has at most 2048 values"))
    return unique([parse_value(item) for item in found])


def parse_value(item: object) -> Value:
    """One value from its JSON; `timestamp` is ours to give and is not read."""
    if not isinstance(item, dict):
        raise _unreadable(N_("a value is no object"))
    for name in ("index", "type", "data"):
        if item.get(name) is None:
            raise _unreadable(N_("a value has no index, no type or no data"))
    index = _index(item["index"])
    type_ = item["type"]
    if not isinstance(type_, str) or not _TYPE.fullmatch(type_):
        raise _invalid(index, N_("its type is no name of at most 100 characters"))
    if type_ != SECRET and type_.upper().startswith(SECRET):  # anybody could read what was meant to be secret
        raise _invalid(
            index, N_("the type of a secret key is HS_SECKEY, in capitals and with nothing after it")
        )
    return Value(
        index,
        type_,
        _data(index, type_, item["data"]),
        _ttl(index, item.get("ttl")),
        "",
        _permissions(index, item.get("permissions")),
        tuple(_references(index, item.get("references") or [])),
    )


def _index(found: object) -> int:
    """Some clients send indexes as text."""
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= 10:
        found = int(found)
    if not isinstance(found, int) or isinstance(found, bool):
        raise _unreadable(N_("an index is no whole number"))
    if not 1 <= found <= LARGEST_INDEX:
        raise _invalid(found, N_("an index is a number from 1 to 2147483647"))
    return found


def _data(index: int, type_: str, data: object) -> dict[str, Any]:
    if isinstance(data, str):
        data = {"format": "string", "value": data}
    if not isinstance(data, dict) or "format" not in data or data.get("value") is None:
        raise _unreadable(N_("the data of a value is neither text nor a format with a value"))
    form, value = data["format"], data["value"]
    check = _FORMATS.get(form) if isinstance(form, str) else None
    if check is None:
        raise _invalid(index, N_("its format is none of string, base64, hex, admin, key, vlist, site, hdl"))
    if form not in _FORMAT_OF.get(type_, (form,)):
        raise _invalid(index, N_("its format does not go with its type"))
    return {"format": form, "value": check(index, value)}


def _string(index: int, value: object) -> str:
    if not isinstance(value, str):
        raise _invalid(index, N_("its text is no text"))
    if "\0" in value:
        raise _invalid(index, N_("its text has a NUL character"))
    return value


def _base64(index: int, value: object) -> str:
    try:
        return base64.b64encode(base64.b64decode(_string(index, value), validate=True)).decode()
    except (ValueError, binascii.Error):
        raise _invalid(index, N_("it is no base64")) from None


def _hex(index: int, value: object) -> str:
    try:
        return bytes.fromhex(_string(index, value)).hex().upper()
    except ValueError:
        raise _invalid(index, N_("it is not hexadecimal")) from None


def _admin(index: int, value: object) -> dict[str, Any]:
    ((handle, key_index),) = _references(index, [value])
    permissions = value.get("permissions", "") if isinstance(value, dict) else ""
    if not isinstance(permissions, str) or not re.fullmatch(r"[01]{1,12}", permissions):
        raise _invalid(index, N_("the permissions of an administrator are up to twelve times 0 or 1"))
    return {"handle": handle, "index": key_index, "permissions": permissions.ljust(12, "0")}


def _vlist(index: int, value: object) -> list[dict[str, Any]]:
    return [{"handle": handle, "index": number} for handle, number in _references(index, value)]


def _references(index: int, value: object) -> list[tuple[str, int]]:
    """Objects with `handle` and `index`, or texts `300:88.118.8/ADMIN`. Index 0 means any."""
    return [_reference(index, item) for item in (value if isinstance(value, list) else [None])]


def _reference(index: int, item: object) -> tuple[str, int]:
    handle: object = None
    number: object = 0
    if isinstance(item, str):
        number, _, handle = item.partition(":")
    elif isinstance(item, dict):
        handle, number = item.get("handle"), item.get("index", 0)
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) <= 10:
        number = int(number)
    if (
        isinstance(handle, str)
        and handle
        and isinstance(number, int)
        and not isinstance(number, bool)
        and 0 <= number <= LARGEST_INDEX
    ):
        return _string(index, handle), number
    raise _invalid(index, N_("a reference is a handle and an index"))


def _key(index: int, value: object) -> dict[str, Any]:
    try:
        return keys.checked(value)
    except ValueError:
        raise _invalid(index, N_("it is no public key in JWK form (RSA, DSA, EC or Ed25519)")) from None


def _site(index: int, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(index, N_("a site is an object"))
    if _is_deep(value, _DEEPEST):
        raise _invalid(index, N_("a site is not that deep"))
    return value


def _is_deep(value: object, most: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return bool(inside) and (most == 0 or any(_is_deep(each, most - 1) for each in inside))


_FORMATS: dict[str, Any] = {
    "string": _string, "base64": _base64, "hex": _hex, "admin": _admin, "key": _key, "vlist": _vlist, "site": _site,
    "hdl": _string,
}  # fmt: skip


def _ttl(index: int, ttl: object) -> int | str:
    if ttl is None:
        return DEFAULT_TTL
    if isinstance(ttl, int) and not isinstance(ttl, bool) and 0 <= ttl <= LARGEST_INDEX:
        return ttl
    if isinstance(ttl, str):
        try:
            moment = datetime.fromisoformat(ttl)
            return moment_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            pass
    raise _invalid(index, N_("its ttl is neither a number of seconds nor a moment in ISO 8601"))


def _permissions(index: int, permissions: object) -> str:
    if permissions is None:
        return PERMISSIONS
    if not isinstance(permissions, str) or not re.fullmatch(r"[01]{4}", permissions):
        raise _invalid(index, N_("its permissions are four times 0 or 1"))
    return permissions


def _unreadable(reason: str) -> Exception:
    return refused("bad-handle-body", reason=reason)


def _invalid(index: object, reason: str) -> Exception:
    return refused("invalid-value", index=index, reason=reason)
