"""Numbers of rows in paths and queries. One that no database could hold is nobody's number, not a mistake of ours."""

import re

from flask import request
from werkzeug.routing import IntegerConverter

NUMBER = re.compile(r"\d{1,18}", re.ASCII)
RANGE = re.compile(r"(\d{1,18})-(\d{1,18})", re.ASCII)


class RowConverter(IntegerConverter):
    """`<int:…>` in our routes."""

    regex = NUMBER.pattern


def asked(name: str) -> int | None:
    """The number under this name in the query; None where there is none."""
    text = request.args.get(name, "")
    return int(text) if NUMBER.fullmatch(text) else None


def range_of(text: str) -> tuple[int, int] | None:
    """(first, last) of '12-15'; None for anything else."""
    match = RANGE.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None
