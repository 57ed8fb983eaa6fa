"""The bodies of answers, byte for byte: one rule set for every path that answers."""

import re
from collections.abc import Collection
from typing import Any, NamedTuple

import orjson

from app.domain.handles.errors import HandleError

JSON_TYPE = "application/json;charset=utf-8"
SCRIPT_TYPE = "application/javascript;charset=utf-8"
_SILENT = {100, 101, 200, 400, 402}  # response codes that say it all
_CALLBACK = re.compile(r"[A-Za-z_$][A-Za-z0-9_$.]{0,127}")


class Answer(NamedTuple):
    status: int
    body: bytes
    content_type: str = JSON_TYPE


def found(handle: str, array: bytes, indexes: Collection[int] = (), types: Collection[str] = ()) -> Answer:
    """200 with the values of `array` (JSON, as `Record.public`) that have one of these indexes or types; all of them
    when neither is named. A type that ends in a dot means all types that begin so."""
    if indexes or types:
        array = orjson.dumps([item for item in orjson.loads(array) if _chosen(item, indexes, types)])
    return Answer(200, whole(handle, array))


def whole(handle: str, array: bytes) -> bytes:
    """The body alone, with all values of `array`."""
    name = orjson.dumps(handle)
    if array == b"[]":
        return b'{"responseCode":200,"values":[],"handle":' + name + b"}"
    return b"".join((b'{"responseCode":1,"handle":', name, b',"values":', array, b"}"))


def _chosen(item: dict[str, Any], indexes: Collection[int], types: Collection[str]) -> bool:
    type_: str = item["type"]
    return (
        item["index"] in indexes
        or type_ in types
        or any(type_.startswith(each) for each in types if each.endswith("."))
    )


def missing(handle: str) -> Answer:
    return Answer(404, b'{"responseCode":100,"handle":' + orjson.dumps(handle) + b"}")


def elsewhere(handle: str) -> Answer:
    return failure(400, 301, handle, "That prefix doesn't live here")


def failure(status: int, response_code: int, handle: str = "", message: str = "") -> Answer:
    body: dict[str, Any] = {"responseCode": response_code}
    if message:
        body["message"] = message
    if handle:
        body["handle"] = handle
    return Answer(status, orjson.dumps(body))


def refusal(error: HandleError, handle: str = "") -> Answer:
    """The API speaks English, as the reference server does; only what a code alone cannot say is put into words."""
    silent = error.response_code in _SILENT
    message = "" if silent else error.message.format(**error.values)
    named = handle if error.response_code != 4 else ""
    return failure(error.http_status, error.response_code, named, message)


def unreadable(reason: str) -> Answer:
    return failure(400, 4, message=reason)


def is_callback(name: str) -> bool:
    """Whether it is a plain name of JavaScript: whatever else could be run where it is put."""
    return _CALLBACK.fullmatch(name) is not None


def dressed(answer: Answer, *, pretty: bool = False, callback: str = "") -> Answer:
    """Indented for people, or as a call of `callback` (checked before)."""
    body = answer.body
    if pretty and body:
        body = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2)
    if callback and body:
        return Answer(answer.status, b"%s(%s);" % (callback.encode(), body), SCRIPT_TYPE)
    return Answer(answer.status, body, answer.content_type)
