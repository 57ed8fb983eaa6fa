"""Queries of the Handle API's reads, as Flask and the API's view understand them. Not here: what they lead to."""

import re
from typing import NamedTuple
from urllib.parse import parse_qsl

from app.domain.handles import answers

FALSE = frozenset({"false", "no", "0", "off"})
_INDEX = re.compile(r"-?[0-9]{1,10}")
_FOR_CREDENTIALS = {"auth", "publicOnly"}  # change nothing for whoever shows none
_KNOWN = frozenset({"index", "type", "pretty", "callback"} | _FOR_CREDENTIALS)


class Asked(NamedTuple):
    indexes: tuple[int, ...] = ()
    types: tuple[str, ...] = ()
    pretty: bool = False
    callback: str = ""


WHOLE = Asked()


def asked_by(query: str) -> Asked | None:
    """As Flask and the Handle API's view read a query; None for one that they had better read themselves."""
    indexes: list[int] = []
    types: list[str] = []
    first: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in _KNOWN or "\ufffd" in value:
            return None
        if name == "index":
            if not _INDEX.fullmatch(value):
                return None
            indexes.append(int(value))
        elif name == "type":
            types.append(value)
        else:
            first.setdefault(name, value)
    callback = first.get("callback", "")
    if callback and not answers.is_callback(callback):
        return None
    pretty = first.get("pretty", "false").lower() not in FALSE
    return Asked(tuple(indexes), tuple(types), pretty, callback)
