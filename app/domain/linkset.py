"""Links from a thing to what is known about it, and the list of them (RFC 9264, GS1-Conformant resolver 1.2).

Which link answers a request is in link_choice, what owners may enter in link_rules.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

VOCABULARY = "https://ref.gs1.org/voc/"
LINKSET = "application/linkset+json"
CONTEXT_URL = "https://ref.gs1.org/standards/resolver/linkset-context"
CONTEXT_HEADER = f'<{CONTEXT_URL}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
DEFAULT, VARIANTS = "gs1:defaultLink", "gs1:defaultLinkMulti"

_NAMESPACE = re.compile(r"https?://(?:ref\.|www\.)?gs1\.org/voc/", re.IGNORECASE)
_IN_LOCATION = "%/?:@!$&'()*+,;=~-._[]"


@dataclass(frozen=True, slots=True)
class Link:
    """`relation` is 'gs1:pip', a registered name ('license') or a URI; without a wish a request goes to the default."""

    relation: str
    href: str
    title: str
    languages: tuple[str, ...] = ()
    media_type: str = ""
    contexts: tuple[str, ...] = ()
    forward_query: bool = True
    public: bool = True
    is_default: bool = False

    @property
    def attributes(self) -> tuple[frozenset[str], str, frozenset[str]]:
        """What tells links of one relation apart."""
        return frozenset(self.languages), self.media_type, frozenset(self.contexts)


@dataclass(frozen=True, slots=True)
class Level:
    """One entity that a request names: `anchor` is its full URL, `description` what people call it."""

    anchor: str
    description: str
    links: tuple[Link, ...]


def relation_of(text: str) -> str:
    """In the short spelling: `https://gs1.org/voc/pip` is `gs1:pip`."""
    return _NAMESPACE.sub("gs1:", text, count=1)


def relation_uri(relation: str) -> str:
    return VOCABULARY + relation[4:] if relation.startswith("gs1:") else relation


def variants(level: Level) -> tuple[Link, ...]:
    """The default with its siblings, where it has any: the same kind of link for other languages, media or contexts."""
    default = default_of(level)
    siblings = of(level, default.relation) if default else ()
    return siblings if len({link.attributes for link in siblings}) > 1 else ()


def default_of(level: Level) -> Link | None:
    return next((link for link in level.links if link.is_default), None)


def of(level: Level, relation: str) -> tuple[Link, ...]:
    return tuple(link for link in level.links if link.relation == relation)


def location(link: Link, query: str) -> str:
    """Where to go, the rest of the query taken along (2.12). ASCII without spaces or line ends, whatever was asked."""
    href, mark, fragment = link.href.partition("#")
    if query and link.forward_query:
        joint = "" if href.endswith(("?", "&")) else "&" if "?" in href else "?"
        href += joint + quote(query, safe=_IN_LOCATION)
    return href + mark + fragment


def linkset_header(anchor: str) -> str:
    """The Link header of all answers but a linkset; the conformance suite compares its quotes letter by letter."""
    return f'<{anchor}?linkType=linkset>; rel="linkset"; type="{LINKSET}"'


def document(levels: Iterable[Level]) -> dict[str, Any]:
    """RFC 9264 section 4.2, within GS1's schema. Of the default only address and title are told."""
    return {"linkset": [_entry(level) for level in levels]}


def choices(level: Level, links: Iterable[Link]) -> dict[str, Any]:
    """The linkset of a 300 answer: only what there is to choose from."""
    return {"linkset": [_head(level) | _grouped(links)]}


def encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _entry(level: Level) -> dict[str, Any]:
    entry = _head(level)
    if default := default_of(level):
        entry[relation_uri(DEFAULT)] = [{"href": default.href, "title": default.title}]
    if several := variants(level):
        entry[relation_uri(VARIANTS)] = [_object(link) for link in several]
    return entry | _grouped(level.links)


def _head(level: Level) -> dict[str, Any]:
    return {"anchor": level.anchor, "itemDescription": level.description}


def _grouped(links: Iterable[Link]) -> dict[str, Any]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for link in links:
        groups.setdefault(relation_uri(link.relation), []).append(_object(link))
    return groups


def _object(link: Link) -> dict[str, Any]:
    told: dict[str, Any] = {"href": link.href, "title": link.title}
    if link.languages:
        told["hreflang"] = list(link.languages)
    if link.media_type:
        told["type"] = link.media_type
    if link.contexts:
        told["context"] = list(link.contexts)
    if not link.forward_query:
        told["fwqs"] = False
    if not link.public:
        told["public"] = False
    return told
