"""Handle: the HTTP API of a registry or proxy; where it holds prefixes alone, that of the prefix's own service."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from app.domain import handles
from app.domain.handles import HandleError, Value
from app.domain.handles.values import moment_text
from app.domain.messages import Fetch, Told
from app.errors import N_, PeerFailed, Unknown
from app.services import handle_trust
from app.services.handle_trust import Roots
from app.services.recursing.others.saying import Said, document, got, got_from_root, no_answer

MOST_SITES = 3  # of a prefix that are tried
NAMING = "0.NA"
_SITES = frozenset({"HS_SITE", "HS_SITE.PREFIX"})


def ask(fetch: Fetch, root: str, handle: str, until: float) -> Said:
    """Raises PeerFailed and Refused where nobody who is responsible answers."""
    said = _asked(fetch, root, handle, until, got_from_root)
    if said is not None:
        return said
    prefix = _asked(fetch, root, f"{NAMING}/{handles.split(handle)[0]}", until)
    if prefix is None or prefix.values is None:
        return Said(None, root)
    failed: Exception | None = None
    for site in _urls(prefix.values):
        try:
            said = _asked(fetch, site, handle, until)
        except PeerFailed as error:
            failed = error
            continue
        if said is not None:
            return said
    raise failed or no_answer(root)


def judged(fetch: Fetch, root: str, handle: str, until: float, keys: Roots, now: datetime) -> Said:
    """The same, and what the signatures in the record prove by the keys of the system's own roots."""
    said = ask(fetch, root, handle, until)
    if said.values is None:
        return said

    def look_up(issuer: str) -> list[Value]:
        found = ask(fetch, root, issuer, until).values
        if found is None:
            raise Unknown("handle-not-found", N_("There is no handle {handle} here."), handle=issuer)
        return found

    verdict = handle_trust.judge(handle, said.values, keys, now, look_up)
    return replace(said, state=verdict.state, reason=verdict.reason)


def _asked(
    fetch: Fetch, base: str, handle: str, until: float, get: Callable[[Fetch, str, float], Told] = got
) -> Said | None:
    """None where the prefix is another's."""
    url = f"{base.rstrip('/')}/api/handles/{quote(handle, safe='/')}"
    told = get(fetch, url, until)
    body = _body(told, url)
    match body.get("responseCode"):
        case 1 | 200:
            return Said(list(_values(body.get("values"))), url, told.address)
        case 100:
            return Said(None, url, told.address)
        case 301:
            return None
    raise no_answer(url)


def _body(told: Told, url: str) -> Mapping[str, Any]:
    body = document(told)
    if told.status not in {200, 400, 404} or not isinstance(body, dict):
        raise no_answer(url)
    return body


def _values(items: object) -> Iterator[Value]:
    """Those that are values; a stranger's odd one is left out."""
    seen: set[int] = set()
    for item in items[: handles.MOST_VALUES] if isinstance(items, list) else ():
        try:
            value = handles.parse_value(item)
        except HandleError:
            continue
        if value.index not in seen and value.public:
            seen.add(value.index)
            yield replace(value, timestamp=_stamp(item.get("timestamp")))


def _stamp(text: object) -> str:
    """Every client of the Handle API takes a moment for granted."""
    try:
        return moment_text(datetime.fromisoformat(str(text)))
    except (ValueError, OverflowError):
        return "1970-01-01T00:00:00Z"


def _urls(values: list[Value]) -> list[str]:
    """The addresses of the prefix's sites that answer over the web, the secure ones first."""
    found: list[tuple[str, str]] = []
    for value in values:
        site = value.data["value"]
        if value.type in _SITES and isinstance(site, dict):
            found += _of_site(site)
    ordered = sorted(dict.fromkeys(found), key=lambda each: each[0] != "https")
    return [f"{scheme}://{place}" for scheme, place in ordered][:MOST_SITES]


def _of_site(site: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    domains = [
        str(each.get("value"))
        for each in site.get("attributes") or ()
        if isinstance(each, dict) and each.get("name") == "domain"
    ]
    for server in site.get("servers") or ():
        if not isinstance(server, dict):
            continue
        host = domains[0] if domains else str(server.get("address", ""))
        for each in server.get("interfaces") or ():
            scheme = str(each.get("protocol", "")).lower() if isinstance(each, dict) else ""
            port = each.get("port") if scheme in {"http", "https"} and each.get("query") else None
            if isinstance(port, int) and 0 < port < 65_536 and host:
                yield scheme, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
