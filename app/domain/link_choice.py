"""Which link answers a request: by type, then by media, language and context (GS1-Conformant resolver 1.2, 2.6)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus, urlencode

from app.domain import negotiation
from app.domain.linkset import DEFAULT, LINKSET, VARIANTS, Level, Link, default_of, of, relation_of, variants
from app.domain.negotiation import Ranges

CONTROLS = frozenset({"linktype", "context"})  # words of the standard for the resolver, not for the target
HTML, JSON = "text/html", "application/json"
_UNTYPED = 0.0005  # a link of unknown kind: behind any that is wanted, before any that is not


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, read. `query` is what is passed on to the target; `linkset`: the whole list is wanted."""

    relation: str = ""
    contexts: tuple[str, ...] = ()
    languages: Ranges = ()
    media: Ranges = ()
    query: str = ""
    linkset: bool = False

    @property
    def says_something(self) -> bool:
        nothing = negotiation.asks_nothing
        return bool(self.contexts) or not (nothing(self.languages) and nothing(self.media))


def read(query: str, accept: str = "", accept_language: str = "") -> Asked:
    """From the raw query string and two headers. `linkType=all` is the old word for linkset."""
    relation, contexts, rest = "", [], []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        word = unquote_plus(name).lower()
        if word == "linktype":
            relation = relation or unquote_plus(value).strip()
        elif word == "context":
            contexts += [text.strip() for text in unquote_plus(value).split(",") if text.strip()]
        if word not in CONTROLS and pair:
            rest.append(pair)
    media = negotiation.media(accept)
    whole = relation.lower() in ("linkset", "all")
    return Asked(
        relation="" if whole else relation_of(relation),
        contexts=tuple(contexts),
        languages=negotiation.languages(accept_language),
        media=media,
        query="&".join(rest),
        linkset=whole or negotiation.names(media, LINKSET) > negotiation.names(media, HTML),
    )


def wanting(relation: str = "", context: str = "", accept: str = "", accept_language: str = "") -> Asked:
    """A request made up by hand, to try out what it would get."""
    pairs = {"linkType": relation, "context": context}
    return read(urlencode({name: text for name, text in pairs.items() if text}), accept, accept_language)


def for_people(levels: Sequence[Level], language: str) -> list[Link]:
    """What a page lists: of each type what is in the reader's language, whatever its media; else what is in any."""
    asked = Asked(languages=((language, 1.0),))
    found: dict[str, Link] = {}
    for relation in dict.fromkeys(link.relation for level in levels for link in level.links):
        links = next(links for level in levels if (links := of(level, relation)))
        for score in (_by_language(asked), _by_context(asked)):
            links = _best(links, score, plain_first=True)
        found |= {link.href: link for link in links if link.href not in found}
    return list(found.values())


def choose(levels: Sequence[Level], asked: Asked) -> tuple[Link, ...]:
    """The link to go to; several where the request cannot tell them apart (300); none where no such link is (404).

    `levels` begin with the most granular. A type that one level has is never looked for higher up.
    """
    if asked.relation in ("", DEFAULT):
        return _default(levels, asked)
    for level in levels:
        fitting = variants(level) if asked.relation == VARIANTS else of(level, asked.relation)
        if fitting:
            return _decide(fitting, asked, plain_first=True)
    return ()


def _default(levels: Sequence[Level], asked: Asked) -> tuple[Link, ...]:
    for level in levels:
        default = default_of(level)
        if default is None:
            continue
        if not asked.relation and asked.says_something and (siblings := variants(level)):
            found = _decide(siblings, asked, plain_first=False)
            return found if len(found) == 1 else (default,)
        return (default,)
    return ()


Score = Callable[[Link, bool], tuple[float, int]]


def _best(links: tuple[Link, ...], score: Score, *, plain_first: bool) -> tuple[Link, ...]:
    marks = [score(link, plain_first) for link in links]
    return tuple(link for link, mark in zip(links, marks, strict=True) if mark == max(marks))


def _decide(links: tuple[Link, ...], asked: Asked, *, plain_first: bool) -> tuple[Link, ...]:
    """By media type, then language, then context (resolver standard 2.6.3). `plain_first`: what was not asked about is
    better left open, so that each link of a list can be reached by asking for what the list says of it."""
    for score in (_by_media(asked), _by_language(asked), _by_context(asked)):
        links = _best(links, score, plain_first=plain_first)
    default = next((link for link in links if link.is_default), None)
    if default and not any(link.attributes == default.attributes for link in links if link is not default):
        return (default,)
    return links


def _by_media(asked: Asked) -> Score:
    def score(link: Link, plain_first: bool) -> tuple[float, int]:
        if negotiation.asks_nothing(asked.media):
            return (float(plain_first and not link.media_type), 0)
        if not link.media_type:
            return (_UNTYPED, 0)
        return (negotiation.quality(asked.media, link.media_type), 0)

    return score


def _by_language(asked: Asked) -> Score:
    def score(link: Link, plain_first: bool) -> tuple[float, int]:
        if negotiation.asks_nothing(asked.languages):
            return (float(plain_first and not link.languages), 0)
        if not link.languages:
            return (0.0, 1)
        return negotiation.closeness(asked.languages, link.languages)

    return score


def _by_context(asked: Asked) -> Score:
    wanted = {text.lower() for text in asked.contexts}

    def score(link: Link, plain_first: bool) -> tuple[float, int]:
        if wanted & {text.lower() for text in link.contexts}:
            return (2.0, 0)
        return (float((plain_first or bool(wanted)) and not link.contexts), 0)

    return score
