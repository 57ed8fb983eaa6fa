"""Whether the node that applies is there: asked under each of its addresses, and its answer verified with its key.

Knows the network and no database. Who answers rightly holds the private key, so that nobody brings another's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson

from app.domain.chains import open_answer
from app.domain.delegations import endpoint_of
from app.domain.messages import Ask, Fetch
from app.domain.trust import PublicKey, Signed
from app.errors import N_, Malformed, Refused, TraceError

MOST_BYTES = 100_000
SECONDS = 4.0
MOST_ASKED = 4


@dataclass(frozen=True, slots=True)
class Checked:
    """`code` is '' where the answer is the node's own, else what was wrong with it."""

    url: str
    code: str = ""


def check(
    fetch: Fetch,
    zone: str,
    endpoints: Sequence[Mapping[str, Any]],
    keys: Sequence[PublicKey],
    nonce: str,
    now: datetime,
) -> list[Checked]:
    """One line for each address that speaks HTTP. Refused `nothing-to-check` for an application without zone, key or
    such an address."""
    urls = [found.url for each in endpoints if (found := endpoint_of(dict(each))).url][:MOST_ASKED]
    if not zone or not urls or not keys:
        raise Refused(
            "nothing-to-check",
            N_("The application does not name prefix, key and address, so that no node can be asked."),
            N_("Send it back for that, or verify it in another way."),
        )
    return [_one(fetch, url, zone, keys, nonce, now) for url in urls]


def _one(fetch: Fetch, url: str, zone: str, keys: Sequence[PublicKey], nonce: str, now: datetime) -> Checked:
    handle = f"0.NA/{zone}"
    ask = Ask(
        f"{url}/api/network/answers/{quote(handle)}?nonce={nonce}", seconds=SECONDS, most_bytes=MOST_BYTES
    )
    try:
        told = fetch(ask)
        open_answer(_signed(told.body), zone, keys, now, handle=handle, nonce=nonce)
    except TraceError as error:
        return Checked(url, error.code)
    return Checked(url)


def _signed(body: bytes) -> Signed:
    try:
        return Signed.from_wire(orjson.loads(body))
    except orjson.JSONDecodeError:
        raise Malformed("bad-statement", N_("This is not a signed statement of a node.")) from None
