"""A list of links (RFC 9264) as another resolver sends it: what can be used of it, as values of a handle."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from app.domain.handles.values import Value, text_value
from app.domain.linkset import DEFAULT, VARIANTS, relation_of

MOST_LINKS = 200
MOST_HREF = 2_000  # characters
MOST_RELATION = 100
_NO_RELATIONS = frozenset({"anchor", "itemDescription"})


def values_of(document: object, ttl: int) -> list[Value]:
    """The default link as `URL`, then each link under its relation (`gs1:pip`). [] for what is no list of links."""
    links = list(_links(document))
    default = next((href for relation, href in links if relation == DEFAULT), links[0][1] if links else "")
    others = dict.fromkeys(link for link in links if link[0] not in {DEFAULT, VARIANTS})
    told = ([("URL", default)] if default else []) + list(others)[:MOST_LINKS]
    return [text_value(index, relation, href, ttl=ttl) for index, (relation, href) in enumerate(told, 1)]


def usable(href: object) -> bool:
    """Whether it is an address of the web; no other scheme is handed on to a reader."""
    if not isinstance(href, str) or len(href) > MOST_HREF or not href.isprintable() or " " in href:
        return False
    try:
        parts = urlsplit(href)
        return parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def _links(document: object) -> Iterator[tuple[str, str]]:
    for context in _list(document.get("linkset") if isinstance(document, dict) else None):
        if not isinstance(context, dict):
            continue
        for name, targets in context.items():
            relation = relation_of(name)
            if name in _NO_RELATIONS or not (relation.isprintable() and 0 < len(relation) <= MOST_RELATION):
                continue
            for each in _list(targets):
                href = each.get("href") if isinstance(each, dict) else None
                if " " not in relation and usable(href):
                    yield relation, str(href)


def _list(found: object) -> list[Any]:
    return found[: 2 * MOST_LINKS] if isinstance(found, list) else []
