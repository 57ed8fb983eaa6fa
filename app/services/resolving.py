"""What a handle resolves to: its record, else what is known of the minted thing of that name, else what another
scheme's name for it leads to, else a plain "not here"."""

import json
from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from app.domain import handles, identifiers, resolution
from app.domain.delegations import LEFT, delegation_of
from app.domain.handles import Answer, Value, text_value
from app.domain.handles.values import moment_text
from app.domain.identifiers import Identifier
from app.domain.trust import Signed
from app.domain.zones import asked_for
from app.errors import Malformed, Unknown
from app.services import describing, handle_rights, publishing
from app.services.handle_rights import PREFIX_HANDLE, Who
from app.services.template_views import Version
from app.store import browsing, items, log, records, zones
from app.store.tables import Thing

ADMIN_INDEX = 100
GROUP_INDEX = 200
FIELDS_INDEX = 2_001  # where the values of a template begin, as other enterprise nodes have it
FACTS_TTL = 3_600  # a thing's life goes on
PASSING = frozenset({"LIFECYCLE"})  # types of facts that no record may keep
ADMIN_RIGHTS = "011111110011"


def answer_of(
    session: Session,
    handle: str,
    *,
    base_url: str,
    indexes: Collection[int] = (),
    types: Collection[str] = (),
    who: Who | None = None,
) -> Answer:
    """The whole answer to a GET, as bytes. With `who`, what they may read as an administrator is in it as well.

    One SELECT where there is a record and nobody asks for more than anyone may see.
    """
    key = handles.key_of(handle)
    array = (
        array_of(session, handle, base_url)
        if who is None
        else _private_array(session, key, who) or _other_array(session, handle, base_url)
    )
    if array is not None:
        return handles.found(handle, array, indexes, types)
    if handle_rights.serving(session, handles.prefix_of(key)) is None:
        return handles.elsewhere(handle)
    return handles.missing(handle)


def serves(session: Session, handle: str) -> bool:
    """Whether the prefix is allotted to a company of this node, so that nobody else is to be asked."""
    return handle_rights.serving(session, asked_for(handles.key_of(handle))) is not None


def array_of(session: Session, handle: str, base_url: str) -> bytes | None:
    """The values that anyone may see, as a JSON array; None where there is nothing of that name."""
    return records.public_of(session, handles.key_of(handle)) or _other_array(session, handle, base_url)


def _private_array(session: Session, key: str, who: Who) -> bytes | None:
    stored = records.find(session, key)
    if stored is None:
        return None
    values = handles.load(stored.values)
    allotment = handle_rights.serving(session, handles.prefix_of(key))
    rights = (
        handle_rights.rights_on(session, who, allotment, values, stored.organisation_id)
        if allotment
        else frozenset()
    )
    return handles.shown_json(values) if handles.Right.READ in rights else stored.public


def _other_array(session: Session, handle: str, base_url: str) -> bytes | None:
    """For what has no record of its own."""
    if resolution.names_prefix(handle):
        return _of_prefix(session, handle)
    thing = thing_of(session, handle)
    if thing is not None:
        return handles.public_json(values_of_thing(session, thing, base_url))
    try:
        name = identifiers.parse(handle)
    except Malformed:
        return None
    if isinstance(name, Identifier) and (version := describing.template_at(session, name)):
        return handles.public_json(values_of_template(version, base_url))
    epc = name.epc
    declared = records.declared(session, epc)
    if declared is None:
        return None
    if (array := records.public_of(session, handles.key_of(_name_of(declared)))) is not None:
        return array
    thing = items.find(session, declared)
    return handles.public_json(values_of_thing(session, thing, base_url)) if thing else None


def _of_prefix(session: Session, handle: str) -> bytes | None:
    """Of `0.NA/88.118`, where this node has handed the prefix out."""
    row = zones.find_delegation(session, asked_for(handle))
    if row is None or row.state == LEFT:
        return None
    return handles.public_json(resolution.values_of(delegation_of(Signed.from_wire(row.statement).peek())))


def thing_of(session: Session, handle: str) -> Thing | None:
    """The minted thing that a handle names, by its identifier or by another of its names. Not one of a partner's: its
    own node says what it is."""
    try:
        found = items.find(session, identifiers.parse(handle))
    except Malformed:
        return None
    if (
        found is None
        or found.level == "process"
        or browsing.organisation(session, found.organisation_id).elsewhere
    ):
        return None
    return found


def values_of_thing(session: Session, thing: Thing, base_url: str) -> list[Value]:
    """A minted thing as values: where its label leads, its public facts, and who administers it."""
    name = identifiers.from_epc(thing.epc)
    stamp = _stamp(session, thing)
    view = _view(session, name)
    values = [text_value(1, "URL", identifiers.short_url(base_url, name), stamp)]
    for type_, text in _facts(view) if view else ():
        values.append(text_value(len(values) + 1, type_, text, stamp, FACTS_TTL))
    if isinstance(name, Identifier):
        values.append(_admin(name, stamp))
    fields = describing.pairs(view.values) if view else ()
    return values + [
        text_value(index, type_, text, stamp, FACTS_TTL)
        for index, (type_, text) in enumerate(fields, FIELDS_INDEX)
    ]


def values_of_template(version: Version, base_url: str) -> list[Value]:
    """A metadata template as values: its page, its names, and its JSON Schema for whoever checks values by it."""
    name = Identifier.from_epc(version.epc)
    stamp = moment_text(version.record_time)
    schema = json.dumps(describing.schema(version, base_url, whole=False), ensure_ascii=False)
    told = {
        "NAME_ZH": version.name_zh,
        "NAME_EN": version.name_en,
        "VERSION": str(version.number),
        "INDUSTRY": version.industry,
        "JSON_SCHEMA": schema,
    }
    values = [text_value(1, "URL", identifiers.short_url(base_url, name), stamp)]
    for type_, text in told.items():
        if text:
            values.append(text_value(len(values) + 1, type_, text, stamp, FACTS_TTL))
    return [*values, _admin(name, stamp)]


def _admin(name: Identifier, stamp: str) -> Value:
    admin = {"handle": f"{PREFIX_HANDLE}/{name.prefix}", "index": GROUP_INDEX, "permissions": ADMIN_RIGHTS}
    return Value(ADMIN_INDEX, "HS_ADMIN", {"format": "admin", "value": admin}, timestamp=stamp)


def _view(session: Session, name: identifiers.Identifier | identifiers.Key) -> publishing.PublicView | None:
    try:
        return publishing.public_view(session, name, None)
    except Unknown:
        return None


def _facts(view: publishing.PublicView) -> list[tuple[str, str]]:
    facts = {
        "LEVEL": view.level,
        "LIFECYCLE": view.lifecycle,
        "OWNER_ZH": view.owner_zh,
        "OWNER_EN": view.owner_en,
        "NAME_ZH": view.title_zh,
        "NAME_EN": view.title_en,
        "PART_NUMBER": view.part_number,
        "LOT": view.lot,
        "SERIAL": view.serial,
        "PRODUCED_ON": view.produced_on.isoformat() if view.produced_on else "",
        "EXPIRES_ON": view.expires_on.isoformat() if view.expires_on else "",
    }
    return [(type_, text) for type_, text in facts.items() if text]


def _stamp(session: Session, thing: Thing) -> str:
    entry = log.entry_of(session, thing.minted_seq if thing.last_seq is None else thing.last_seq)
    moment: datetime | None = entry.record_time if entry else thing.last_time
    return moment_text(moment) if moment else ""


def _name_of(epc: str) -> str:
    return str(identifiers.from_epc(epc))
