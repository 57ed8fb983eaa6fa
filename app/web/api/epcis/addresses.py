"""Addresses of what is here, as the client itself addresses us; a name or URI in a path is encoded whole."""

import re
from urllib.parse import quote, urlencode

from flask import request

PREFIX = "/epcis"
_VARIABLE = re.compile(r"<name:(\w+)>")


def of(*parts: str) -> str:
    """`of("events", event_id)`."""
    return _root() + PREFIX + "".join(f"/{quote(part, safe='')}" for part in parts)


def here_with(more: dict[str, str]) -> str:
    """What was asked, with these parameters instead of its own of the same names."""
    taken = request.view_args or {}
    rule = request.url_rule.rule if request.url_rule else ""
    path = _VARIABLE.sub(lambda found: quote(taken[found[1]], safe=""), rule)
    query = [pair for pair in request.args.items(multi=True) if pair[0] not in more]
    return f"{_root()}{path}?{urlencode([*query, *more.items()])}"


def _root() -> str:
    return request.host_url.rstrip("/") + request.script_root
