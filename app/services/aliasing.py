"""Aliases: other names that an owner declares for its things; each leads to the thing wherever a name is taken.

A name of one of the six systems stands for one thing on the whole node; a customer's part number for one thing of each
organisation, which alone sees it and finds the thing by it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain import handles, identifiers
from app.domain.identifiers import Identifier, Key
from app.domain.people import Actor
from app.errors import N_, Conflict, Malformed, Refused, Unknown
from app.services import auditing
from app.services.capturing import unknown_identifier
from app.services.cards import is_visible
from app.store import aliases as rows
from app.store import allotments, items, masterdata
from app.store.tables import DeclaredAlias, Thing

KINDS = {
    "vaa": N_("VAA (ISO/IEC 15459)"),
    "oid": N_("OID"),
    "ecode": N_("Ecode"),
    "gs1": N_("GS1 key"),
    "did": N_("DID"),
    "handle": N_("Handle"),
    "part": N_("Customer's part number"),
}
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Told:
    """An alias as people see it: `shown` is the name itself, `identifier` what it stands for."""

    name: str
    shown: str
    kind: str
    epc: str
    identifier: str
    record_time: datetime | None
    removable: bool = True


def add(session: Session, actor: Actor, thing: str, alias: str, now: datetime, *, kind: str = "") -> Told:
    """Gives one of the organisation's own things another name. `kind` 'part' for a customer's part number; else the
    name says itself of which system it is."""
    actor.require("master")
    owned = _own(session, actor, thing)
    if kind == "part":
        name, found = rows.part_name(_number(alias), actor.prefix), "part"
        key = ""
    else:
        parsed = _parsed(alias)
        found = "vaa" if _is_vaa(alias) else identifiers.kind_of(parsed)
        if kind and kind != found:
            raise Malformed(
                "other-kind-of-name",
                N_("“{alias}” is of another kind: {found}."),
                N_("Choose that kind, or check the name."),
                alias=alias[:100],
                found=found,
                field="alias",
            )
        _check_givable(session, actor, parsed)
        name = parsed.epc
        key = handles.key_of(str(parsed).removeprefix("hdl:")) if isinstance(parsed, Identifier) else ""
    if rows.in_use(session, name, key):
        raise Conflict(
            "alias-taken",
            N_("“{alias}” names something already."),
            N_("A name leads to one thing only. Search for it to see to which, if you may."),
            alias=alias.strip()[:100],
            field="alias",
        )
    row = DeclaredAlias(
        name=name,
        epc=owned.epc,
        kind=found,
        organisation_id=actor.organisation_id,
        operator_id=actor.operator_id,
        record_time=now,
    )
    session.add(row)
    session.flush()
    auditing.record(session, actor, "alias-added", now, subject=row.epc, detail=shown(row))
    return _told(row, actor)


def remove(session: Session, actor: Actor, name: str, now: datetime) -> None:
    """By its canonical name. What was recorded under it stays, for events name things by their own identifiers."""
    actor.require("master")
    row = rows.declared(session, name)
    if row is None or row.organisation_id != actor.organisation_id:
        raise Unknown(
            "unknown-alias", N_("There is no such alias of yours."), N_("It may have been removed already.")
        )
    session.delete(row)
    session.flush()
    auditing.record(session, actor, "alias-removed", now, subject=row.epc, detail=shown(row))


def aliases(
    session: Session, actor: Actor, *, text: str = "", after: str = "", limit: int = 50
) -> tuple[list[Told], str]:
    """All that the organisation declared, by name, and the key of the next page."""
    actor.require("browse")
    found = rows.page(session, actor.organisation_id, _beginning(text), after, limit + 1)
    return [_told(row, actor) for row in found[:limit]], found[limit - 1].name if len(found) > limit else ""


def of_thing(session: Session, actor: Actor, thing: Thing) -> list[Told]:
    """Every other name of a thing that the reader may see. Part numbers are for the organisation that gave them."""
    named: Sequence[DeclaredAlias] = rows.of_thing(session, thing.epc)
    told = [
        _told(row, actor)
        for row in named
        if row.kind != "part" or row.organisation_id == actor.organisation_id
    ]
    for name in rows.given_by_log(session, thing.id or 0):
        shown = str(identifiers.from_epc(name))
        told.append(Told(name, shown, "gs1", thing.epc, _plain(thing.epc), None, removable=False))
    return told


def named(session: Session, actor: Actor, text: str) -> Identifier | Key:
    """Whatever was scanned or typed: a name of any system, or a part number of the reader's own organisation."""
    try:
        return identifiers.parse(text)
    except Malformed:
        number = _tidy(text)
        row = rows.declared(session, rows.part_name(number, actor.prefix)) if number else None
        if row is None:
            raise
        return identifiers.from_epc(row.epc)


def _own(session: Session, actor: Actor, name: str) -> Thing:
    parsed = identifiers.parse(name)
    thing = items.find(session, parsed)
    if thing is None or thing.level == "process" or not is_visible(session, actor, thing):
        raise unknown_identifier(str(parsed))
    if thing.organisation_id != actor.organisation_id:
        raise Refused(
            "not-yours-to-name",
            N_("{identifier} belongs to another company, which alone gives it names."),
            N_("Ask that company."),
            identifier=str(parsed),
        )
    return thing


def _parsed(alias: str) -> Identifier | Key:
    try:
        return identifiers.parse(alias)
    except Malformed as error:
        error.values["field"] = "alias"
        raise


def _check_givable(session: Session, actor: Actor, parsed: Identifier | Key) -> None:
    """Names under prefixes that are allotted here are minted or registered, never declared; and nobody declares a GS1
    key that begins with the company prefix of another."""
    if isinstance(parsed, Identifier):
        if allotments.by_prefix(session, parsed.prefix):
            raise Refused(
                "alias-under-prefix",
                N_("Names under {prefix} are given by this node itself."),
                N_("Mint or register the name; an alias is a name from elsewhere."),
                prefix=parsed.prefix,
                field="alias",
            )
        return
    others = masterdata.other_gs1_prefixes(session, actor.organisation_id)
    digits = parsed.value if parsed.scheme not in {"gtin", "sscc"} else parsed.value[1:]
    if identifiers.kind_of(parsed) == "gs1" and any(digits.startswith(prefix) for prefix in others):
        raise Refused(
            "gs1-key-of-another",
            N_("{key} begins with the GS1 company prefix of another organisation."),
            N_("Check the number."),
            key=str(parsed),
            field="alias",
        )


def _number(text: str) -> str:
    number = _tidy(text)
    if not number:
        raise Malformed(
            "bad-customer-number",
            N_("A part number has 1 to {most} characters."),
            most=LONGEST,
            field="alias",
        )
    return number


def _tidy(text: str) -> str:
    """In capitals, width and outer spaces aside; '' for what is no number."""
    tidy = " ".join(unicodedata.normalize("NFKC", text).upper().split())
    bad = any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Cn"} for letter in tidy)
    return "" if bad or len(tidy) > LONGEST else tidy


def _is_vaa(text: str) -> bool:
    return re.match(r"(?i)\s*vaa\d", unicodedata.normalize("NFKC", text)) is not None


def _beginning(text: str) -> str:
    """What the canonical names begin with that begin with what was typed."""
    tidy = _tidy(text)
    if not tidy:
        return ""
    try:
        return identifiers.parse(text).epc
    except Malformed:
        return f"{rows.PART}{tidy}"


def _told(row: DeclaredAlias, actor: Actor) -> Told:
    mine = row.organisation_id == actor.organisation_id and actor.may("master")
    return Told(row.name, shown(row), row.kind, row.epc, _plain(row.epc), row.record_time, removable=mine)


def shown(row: DeclaredAlias) -> str:
    return shown_name(row.name, row.kind)


def shown_name(name: str, kind: str) -> str:
    """A canonical name as people write it."""
    if kind == "part":
        return name.removeprefix(rows.PART).rpartition("@")[0]
    thing = identifiers.from_epc(name)
    if kind == "vaa":
        return next((each.text for each in identifiers.spellings(thing) if each.form == "vaa"), str(thing))
    return str(thing)


def _plain(epc: str) -> str:
    return str(identifiers.from_epc(epc))
