"""A registered record at its printed URL: its web address is where it leads, its public values are its page."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session

from app.domain import handles, link_rules
from app.domain.identifiers import Identifier
from app.domain.linkset import Level, Link
from app.errors import Malformed
from app.services.link_levels import HTML, OUR_PAGE, path_of
from app.store import browsing, records

ADMINISTRATIVE = "HS_"  # types of values that say who may change the record, nothing about what it stands for


@dataclass(frozen=True, slots=True)
class RecordView:
    """`values` are (type, text) of what is public; `body` answers programs as the Handle API does."""

    handle: str
    owner_zh: str
    owner_en: str
    values: tuple[tuple[str, str], ...]
    body: bytes
    level: Level


def view_of(session: Session, name: Identifier, root: str) -> RecordView | None:
    """None where nothing is registered under that name."""
    stored = records.find(session, handles.key_of(str(name)))
    if stored is None:
        return None
    owner = browsing.organisation(session, stored.organisation_id)
    told = [item for item in json.loads(stored.public) if not item["type"].startswith(ADMINISTRATIVE)]
    anchor = f"{root}/{path_of(name.epc)}"
    page = Link(OUR_PAGE, anchor, "标识登记 Registry entry", ("zh", "en"), HTML)
    link = next((link for item in told if (link := _link(item, root, stored.handle))), None)
    links = (page, link) if link else (_default(page),)
    return RecordView(
        handle=stored.handle,
        owner_zh=owner.name_zh,
        owner_en=owner.name_en,
        values=tuple((item["type"], _text(item)) for item in told),
        body=handles.found(stored.handle, stored.public).body,
        level=Level(anchor, stored.handle, links),
    )


def _default(page: Link) -> Link:
    return Link(page.relation, page.href, page.title, page.languages, page.media_type, is_default=True)


def _link(item: dict[str, Any], root: str, title: str) -> Link | None:
    """Where a value of the type URL leads, unless that is no web address or one that asks us again."""
    if item["type"] != "URL":
        return None
    try:
        href = link_rules.href(_text(item))
    except Malformed:
        return None
    target = urlsplit(href)
    ours = target.netloc.lower() == urlsplit(root).netloc.lower()
    if "{" in href or (ours and link_rules.PATH_START.fullmatch(target.path.strip("/").partition("/")[0])):
        return None
    return Link("gs1:pip", href, title, is_default=True)


def _text(item: dict[str, Any]) -> str:
    value = item["data"]["value"]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
