"""An application that always says the same, for comparison: what the server alone takes."""

from collections.abc import Iterable
from typing import Any

BODY = b'{"responseCode":1,"handle":"88.118.1001/R000000001","values":[' + b" " * 1_000 + b"]}"
HEADERS = [
    ("Content-Type", "application/json;charset=utf-8"),
    ("Content-Length", str(len(BODY))),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
]


def app(_environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("200 OK", HEADERS)
    return [BODY]
