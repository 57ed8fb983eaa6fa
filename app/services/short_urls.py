"""What a printed URL answers: a redirect, a list of links, JSON, or that a page is wanted. Plain values in and out.

Both the Flask view and the raw path in front of it answer through `resolve()`, so that they answer alike.
"""

from dataclasses import dataclass
from urllib.parse import quote

from sqlmodel import Session

from app.domain import gs1, identifiers, link_choice, linkset, negotiation
from app.domain.gs1 import digital_link
from app.domain.identifiers import Identifier, Key
from app.domain.link_choice import HTML, JSON, Asked
from app.domain.linkset import LINKSET, Level, Link
from app.domain.people import Actor
from app.errors import N_, Malformed, Unknown
from app.services import link_levels, publishing, record_urls
from app.services.capturing import unknown_identifier
from app.services.link_levels import LOT, SERIAL, Named
from app.services.record_urls import RecordView

Headers = tuple[tuple[str, str], ...]

REDIRECT, CHOICES = 307, 300
LONGEST_PATH = 2000  # percent-decoded; the longest identifier has 255 characters
METHODS = "GET, HEAD, OPTIONS"
OPEN_TO_ALL: Headers = (  # CORS: what is here is public, and never sent with cookies to another site's script
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", METHODS),
    ("Access-Control-Allow-Headers", "Accept, Accept-Language"),
    ("Access-Control-Expose-Headers", "Link, Location"),
)
VARY = ("Vary", "Accept, Accept-Language")
_PATH_SAFE = "/:@!$&'()*+,;=~-._"
_QUERY_SAFE = "%?" + _PATH_SAFE


@dataclass(frozen=True, slots=True)
class Answer:
    """To be sent as it is; only the headers that every answer of the node carries come on top."""

    status: int
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Resolved:
    """`answer` is None where people are to be shown a page: of the thing (`links` is its default link), of several
    `links` to choose from (300), or of all of them (`asked.linkset`). `record`: what was registered, not minted; then
    `found` has no things."""

    found: Named
    levels: tuple[Level, ...]
    asked: Asked
    links: tuple[Link, ...] = ()
    answer: Answer | None = None
    record: RecordView | None = None


def name_of(path: str, query: str = "", root: str = digital_link.CANONICAL) -> Identifier | Key:
    """The name in a decoded path (`01/09506000134352/10/A`), a slash at its end tolerated.

    Raises Malformed for what is wrong with a GS1 Digital Link, the AIs in its query included (400), and Unknown for
    what is no identifier at all.
    """
    bare = path.strip("/")
    if len(path) > LONGEST_PATH:
        raise unknown_identifier(bare[:100])
    address = f"{root}/{quote(bare, safe=_PATH_SAFE)}"
    if "." not in bare.partition("/")[0]:  # no prefix of a handle: a key
        data = f"?{quote(query, safe=_QUERY_SAFE)}" if query else ""
        digital_link.parse(address + data, short_gtin=True)
    try:
        return identifiers.parse(address)
    except Malformed as error:
        raise unknown_identifier(bare[:100]) from error


def named(session: Session, path: str, query: str = "", root: str = digital_link.CANONICAL) -> Named:
    """What a decoded path names. A server decodes `%2F` too: where a lot or serial with a slash in it was issued here,
    it is that one; else a key with too many steps is no key."""
    try:
        name = name_of(path, query, root)
    except Malformed:
        if (found := _with_slash(session, path)) is None:
            raise
        return found
    return link_levels.named(session, name)


def _with_slash(session: Session, path: str) -> Named | None:
    steps = path.strip("/").split("/")
    start = max(
        (place for place, step in enumerate(steps[:-2]) if step in (LOT, SERIAL) and place > 1), default=0
    )
    if start == 0 or len(path) > LONGEST_PATH:
        return None
    value = quote("/".join(steps[start + 1 :]), safe="")
    try:
        name = identifiers.parse("/".join([digital_link.CANONICAL, *map(quote, steps[: start + 1]), value]))
        found = link_levels.named(session, name)
    except (Malformed, Unknown):
        return None
    return None if found.missing else found


def resolve(
    session: Session,
    path: str,
    query: str,
    accept: str,
    accept_language: str,
    root: str,
    reader: Actor | None = None,
) -> Resolved:
    """`path` decoded, `query` raw, `root` the node's public address without a slash at its end.

    Raises Malformed (400) and Unknown (404): for what was never issued, and for a type of link that there is not.
    """
    found, record = _known(session, path, query, root)
    levels = (record.level,) if record else link_levels.levels_of(session, found, root, reader)
    asked = link_choice.read(query, accept, accept_language)
    if asked.linkset:
        answer = None if _for_people(asked) else _linkset(levels, asked)
        return Resolved(found, levels, asked, (), answer, record)
    if not asked.relation and wants_json(asked):
        body = record.body if record else publishing.as_json(publishing.view_of(session, found, reader))
        return Resolved(found, levels, asked, (), Answer(200, _headers(levels, JSON), body), record)
    links = link_choice.choose(levels, asked)
    if not links:
        raise _no_such_link(asked.relation)
    if len(links) > 1:
        answer = None if _for_people(asked) else _choices(levels, links)
        return Resolved(found, levels, asked, links, answer, record)
    # a handle's own page is at the printed URL itself: one round trip less for every phone
    shown_here = _is_ours(links[0]) and (record is not None or not (found.is_key or asked.relation))
    answer = None if shown_here else _redirect(levels, asked, links[0])
    return Resolved(found, levels, asked, links, answer, record)


def _known(session: Session, path: str, query: str, root: str) -> tuple[Named, RecordView | None]:
    """What was minted, else what was registered under that name."""
    try:
        return named(session, path, query, root), None
    except Unknown:
        name = name_of(path, query, root)
        record = record_urls.view_of(session, name, root) if isinstance(name, Identifier) else None
        if record is None:
            raise
        return Named(link_levels.path_of(name.epc), (), None, {}), record


def _is_ours(link: Link) -> bool:
    return link.relation == link_levels.OUR_PAGE


def _for_people(asked: Asked) -> bool:
    named = negotiation.names
    return named(asked.media, HTML) > max(named(asked.media, LINKSET), named(asked.media, JSON))


def wants_json(asked: Asked) -> bool:
    """Rather than a page; a wildcard is not enough."""
    return negotiation.names(asked.media, JSON) > negotiation.quality(asked.media, HTML)


def _linkset(levels: tuple[Level, ...], asked: Asked) -> Answer:
    return Answer(200, _list_headers(asked), linkset.encoded(linkset.document(levels)))


def _choices(levels: tuple[Level, ...], links: tuple[Link, ...]) -> Answer:
    level = next(level for level in levels if links[0] in level.links)
    headers = (*_headers(levels, LINKSET), ("Link", linkset.CONTEXT_HEADER))
    return Answer(CHOICES, headers, linkset.encoded(linkset.choices(level, links)))


def _list_headers(asked: Asked) -> Headers:
    plain = negotiation.names(asked.media, JSON) > negotiation.quality(asked.media, LINKSET)
    kind = JSON if plain else LINKSET
    return (("Content-Type", kind), ("Link", linkset.CONTEXT_HEADER), VARY, *OPEN_TO_ALL)


def _redirect(levels: tuple[Level, ...], asked: Asked, link: Link) -> Answer:
    headers = (
        ("Location", linkset.location(link, asked.query)),
        *_headers(levels, "text/plain; charset=utf-8"),
    )
    return Answer(REDIRECT, headers)


def _headers(levels: tuple[Level, ...], kind: str) -> Headers:
    return (("Content-Type", kind), link_header(levels), VARY, *OPEN_TO_ALL)


def link_header(levels: tuple[Level, ...]) -> tuple[str, str]:
    """To the linkset, on every answer that is none."""
    return ("Link", linkset.linkset_header(levels[0].anchor))


def description(root: str, name: str) -> dict[str, object]:
    """The resolver description file (GS1-Conformant resolver 1.2, section 3)."""
    return {
        "name": f"{name} (Suyuan 溯源)" if name else "Suyuan 溯源",
        "resolverRoot": root,
        "supportedPrimaryKeys": list(gs1.QUALIFIERS),
        "supportedLinkType": [{"namespace": linkset.VOCABULARY, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
        "contact": {"fn": name or "Suyuan 溯源"},
        "jsonLdContextLocation": linkset.CONTEXT_URL,
    }


def _no_such_link(relation: str) -> Unknown:
    return Unknown(
        "no-such-link",
        N_("There is no link of the type “{relation}” here."),
        N_("Ask with linkType=linkset for the list of all links."),
        relation=relation[:60],
    )
