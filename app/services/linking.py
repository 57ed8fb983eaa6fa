"""What owners do with links: make, change and remove them, and see beforehand what a phone or a program would get."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlmodel import Session

from app.domain import identifiers, link_choice, link_rules
from app.domain.link_choice import Asked
from app.domain.linkset import Level
from app.domain.linkset import Link as Ready
from app.domain.people import Actor
from app.errors import N_, Refused, Unknown
from app.services import auditing, link_levels, short_urls
from app.services.capturing import unknown_identifier
from app.services.link_levels import Named
from app.store import items
from app.store import links as rows
from app.store.tables import Link, Thing

LEVELS = frozenset({"product", "lot", "serial", "logistic", "location"})
MOST = 100  # links of one thing; each is looked at whenever it is scanned


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person fills in; lists as text, separated by commas or spaces."""

    relation: str
    href: str
    title: str
    languages: str = ""
    media_type: str = ""
    contexts: str = ""
    forward_query: bool = True
    public: bool = True
    is_default: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Tried:
    """What a request would get: 307 with one link, 300 with several, 404 with none; 200 with `content`, which is our
    'page', the public facts as 'json' or the 'linkset'."""

    status: int
    links: tuple[Ready, ...] = ()
    content: str = ""


def create(session: Session, actor: Actor, text: str, draft: Draft, root: str, now: datetime) -> Link:
    """A link of the product, lot or piece that `text` names; the actor's own, else Unknown."""
    actor.require("master")
    thing = own(session, actor, text).thing
    if rows.count(session, thing.epc) >= MOST:
        raise Refused(
            "too-many-links",
            N_("This has {most} links already."),
            N_("Remove one that nobody needs any more."),
            most=MOST,
        )
    row = Link(
        organisation_id=actor.organisation_id,
        anchor=thing.epc,
        scope=thing.level,
        relation="",
        href="",
        title="",
        record_time=now,
    )
    _write(session, row, draft, root)
    session.add(row)
    session.flush()
    auditing.record(session, actor, "link-created", now, subject=thing.epc, detail=_told(row))
    return row


def change(session: Session, actor: Actor, link_id: int, draft: Draft, root: str, now: datetime) -> Link:
    actor.require("master")
    row = link_of(session, actor, link_id)
    _write(session, row, draft, root)
    session.flush()
    auditing.record(session, actor, "link-changed", now, subject=row.anchor, detail=_told(row))
    return row


def remove(session: Session, actor: Actor, link_id: int, now: datetime) -> None:
    actor.require("master")
    row = link_of(session, actor, link_id)
    auditing.record(session, actor, "link-removed", now, subject=row.anchor, detail=_told(row))
    session.delete(row)
    session.flush()


def link_of(session: Session, actor: Actor, link_id: int) -> Link:
    row = session.get(Link, link_id)
    if row is None or row.organisation_id != actor.organisation_id:
        raise Unknown(
            "unknown-link",
            N_("There is no such link in your organisation."),
            N_("Choose one from the list of links."),
        )
    return row


def links(
    session: Session, actor: Actor, *, after: int | None = None, limit: int = 50
) -> tuple[Sequence[Link], int | None]:
    """All of the organisation's, newest first, and the key of the next page."""
    found = rows.of_organisation(session, actor.organisation_id, after, limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def links_of(session: Session, actor: Actor, text: str) -> Sequence[Link]:
    """Those made for this very thing."""
    return rows.of_anchor(session, actor.organisation_id, own(session, actor, text).thing.epc)


def own(session: Session, actor: Actor, text: str) -> Named:
    """The actor's own product, lot or piece; Unknown in the same words for what is another's or nobody's."""
    name = identifiers.parse(text)
    found = link_levels.named(session, name)
    if (
        found.missing
        or found.thing.organisation_id != actor.organisation_id
        or found.thing.level not in LEVELS
    ):
        raise unknown_identifier(str(name))
    return found


def levels(session: Session, found: Named, root: str) -> tuple[Level, ...]:
    """What anyone gets, level by level."""
    return link_levels.levels_of(session, found, root, None)


def tried(found: Named, levels: Sequence[Level], asked: Asked) -> Tried:
    """What a request would get that asks for this."""
    if asked.linkset or (not asked.relation and short_urls.wants_json(asked)):
        return Tried(200, content="linkset" if asked.linkset else "json")
    chosen = link_choice.choose(levels, asked)
    if len(chosen) > 1:
        return Tried(300, chosen)
    if not chosen:
        return Tried(404)
    ours = chosen[0].relation == link_levels.OUR_PAGE and not asked.relation and not found.is_key
    return Tried(200, chosen, "page") if ours else Tried(307, chosen)


def _write(session: Session, row: Link, draft: Draft, root: str) -> None:
    row.relation = link_rules.relation(draft.relation)
    row.href = _elsewhere(link_rules.href(draft.href), root)
    row.title = link_rules.title(draft.title)
    row.languages = " ".join(link_rules.languages(draft.languages))
    row.media_type = link_rules.media_type(draft.media_type)
    row.contexts = " ".join(link_rules.contexts(draft.contexts))
    row.forward_query, row.public, row.active = draft.forward_query, draft.public, draft.active
    row.is_default = draft.is_default and draft.active
    if row.is_default:
        _lock(session, row.anchor)
        rows.leave_default(session, row.anchor, row.id)


def _lock(session: Session, epc: str) -> None:
    """One at a time says which link is the default, so that there is never more than one."""
    thing = items.find(session, epc)
    if thing is not None:
        session.get(Thing, thing.id, with_for_update=True)


def _elsewhere(href: str, root: str) -> str:
    """A link to an address that answers with links again could lead in a circle."""
    target, here = urlsplit(href), urlsplit(root)
    first = target.path.strip("/").partition("/")[0]
    if target.netloc.lower() == here.netloc.lower() and (
        link_rules.PATH_START.fullmatch(first) or "{" in first
    ):
        raise Refused(
            "link-in-a-circle",
            N_("“{value}” is the address of a label, which would answer with this link again."),
            N_("Link to the page itself: it is at {page}."),
            value=href[:60],
            page=f"{root}{link_levels.THINGS}…",
            field="href",
        )
    return href


def _told(row: Link) -> str:
    return f"{row.relation} {row.href}"
