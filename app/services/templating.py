"""Metadata templates of an organisation: made, given new versions, retired, chosen for products."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain import industries, masterdata
from app.domain import templates as rules
from app.domain.identifiers import Identifier
from app.domain.people import Actor
from app.errors import N_, Conflict, Malformed, Refused, Unknown
from app.services import allotting, auditing
from app.services.template_views import MARK, Version, row_of, view_of
from app.store import database
from app.store import templates as rows
from app.store.tables import Product, Template, TemplateVersion

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def create(
    session: Session,
    actor: Actor,
    *,
    key: str,
    name_zh: str,
    name_en: str,
    fields: Sequence[Mapping[str, Any]],
    now: datetime,
    industry: str = "",
) -> Version:
    """Version 1 of `prefix/META_key`. Raises Malformed for what cannot be, Conflict where the name is taken."""
    actor.require("master")
    key = key.strip().lower()
    if not _NAME.fullmatch(key):
        raise Malformed(
            "bad-template-name",
            N_("'{name}' cannot be the name of a template."),
            N_("Use a to z, digits and underscores, beginning with a letter; at most 40."),
            name=key[:60],
            field="key",
        )
    first = _version(actor, 1, name_zh, name_en, industry, fields, now)
    epc = Identifier(actor.prefix, f"{MARK}{key}").epc
    database.lock_log(session)
    if rows.by_epc(session, epc) or rows.is_minted(session, epc):
        raise Conflict(
            "template-taken",
            N_("There is a template {name} already."),
            N_("Choose another name, or make a new version of that one."),
            name=key,
            field="key",
        )
    allotting.require_room(session, actor.prefix, epc.removeprefix("hdl:"), actor.organisation_id)
    made = Template(organisation_id=actor.organisation_id, epc=epc, record_time=now)
    rows.add(session, made, first)
    auditing.record(
        session, actor, "template-created", now, subject=epc, detail=first.name_en or first.name_zh
    )
    return view_of(made, first)


def revise(
    session: Session,
    actor: Actor,
    template_id: int,
    *,
    based_on: int,
    name_zh: str,
    name_en: str,
    fields: Sequence[Mapping[str, Any]],
    now: datetime,
    industry: str = "",
) -> tuple[Version, tuple[rules.Change, ...]]:
    """A new version on top of version `based_on`, and what it changes; what was minted keeps the version it has.

    Raises Conflict where somebody else made one meanwhile, Refused where nothing would be different.
    """
    actor.require("master")
    database.lock_log(session)
    template = template_of(session, actor, template_id)
    old = row_of(session, template, template.latest)
    if based_on != template.latest:
        raise Conflict(
            "template-changed",
            N_("Version {latest} was made meanwhile, yours is based on version {based_on}."),
            N_("Open the template again and make your changes there."),
            latest=str(template.latest),
            based_on=str(based_on),
        )
    new = _version(actor, template.latest + 1, name_zh, name_en, industry, fields, now)
    same = all(
        getattr(new, name) == getattr(old, name) for name in ("name_zh", "name_en", "industry", "fields")
    )
    if same:
        raise Refused(
            "nothing-changed",
            N_("Nothing differs from version {latest}."),
            N_("Change something, or leave the version as it is."),
            latest=str(template.latest),
        )
    new.template_id = template_id
    session.add(new)
    template.latest = new.version
    session.flush()
    found = rules.changes(rules.stored(old.fields), rules.stored(new.fields))
    told = ", ".join(f"{change.name} {change.kind}" for change in found)
    auditing.record(
        session, actor, "template-changed", now, subject=template.epc, detail=f"{new.version}: {told}"
    )
    return view_of(template, new), found


def set_active(session: Session, actor: Actor, template_id: int, now: datetime, *, active: bool) -> None:
    """A retired template is chosen for no more products; those that have it keep it, and what was minted, too."""
    actor.require("master")
    template = template_of(session, actor, template_id)
    template.active = active
    session.flush()
    action = "template-restored" if active else "template-retired"
    auditing.record(session, actor, action, now, subject=template.epc)


def template_of(session: Session, actor: Actor, template_id: int) -> Template:
    """One of the actor's own organisation."""
    template = session.get(Template, template_id)
    if template is None or template.organisation_id != actor.organisation_id:
        raise Unknown(
            "unknown-template",
            N_("There is no such template in your organisation."),
            N_("Choose one from the list of templates."),
            field="template_id",
        )
    return template


def version_of(session: Session, actor: Actor, template_id: int, number: int = 0) -> Version:
    """Of the actor's own organisation; without `number` the latest."""
    template = template_of(session, actor, template_id)
    return view_of(template, row_of(session, template, number or template.latest))


def history(
    session: Session, actor: Actor, template_id: int
) -> list[tuple[Version, tuple[rules.Change, ...]]]:
    """All versions, the newest first, each with what it changed in the one before."""
    template = template_of(session, actor, template_id)
    views = [view_of(template, row) for row in rows.history(session, template_id)]
    older = [*[view.fields for view in views[1:]], ()]
    return [
        (view, rules.changes(before, view.fields) if view.number > 1 else ())
        for view, before in zip(views, older, strict=True)
    ]


def listed(session: Session, actor: Actor, *, active_only: bool = False) -> list[Version]:
    """The latest version of each template of the organisation, those in use first."""
    found = rows.of_organisation(session, actor.organisation_id, active_only=active_only)
    return [view_of(template, version) for template, version in found]


def products_of(session: Session, actor: Actor, template_id: int) -> Sequence[Product]:
    return rows.products_of(session, template_of(session, actor, template_id).id or 0)


def product_counts(session: Session, versions: Sequence[Version]) -> dict[int, int]:
    """How many products use each template."""
    return rows.count_of_products(session, [version.template_id for version in versions])


def assign(session: Session, actor: Actor, product: Product, template_id: int | None, now: datetime) -> None:
    """What is minted of the product from now on is described by this template; None for by none."""
    actor.require("master")
    if template_id == product.template_id:
        return
    template = template_of(session, actor, template_id) if template_id is not None else None
    if template is not None and not template.active:
        raise Refused(
            "template-retired",
            N_("The template {name} is retired."),
            N_("Choose another one, or bring it back first."),
            name=template.epc.removeprefix("hdl:"),
            field="template_id",
        )
    product.template_id = template_id
    session.flush()
    detail = template.epc if template else "no template"
    auditing.record(session, actor, "product-changed", now, subject=product.part_number, detail=detail)


def _version(
    actor: Actor,
    number: int,
    name_zh: str,
    name_en: str,
    industry: str,
    fields: Sequence[Mapping[str, Any]],
    now: datetime,
) -> TemplateVersion:
    zh, en = masterdata.names(name_zh, name_en)
    checked = rules.checked(fields)
    return TemplateVersion(
        template_id=0,
        version=number,
        name_zh=zh,
        name_en=en,
        industry=industries.industry(industry),
        fields=[rules.as_json(field) for field in checked],
        operator_id=actor.operator_id,
        record_time=now,
    )
