"""A table of labels as an ERP lists them: what each column means on a label, and what is wrong with which line.

Lines name things that exist ('identifier'), or are minted as items of one product (see services/intake).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlmodel import Session

from app.domain import intake as headers
from app.domain.identifiers import parse
from app.domain.people import Actor
from app.errors import N_, Malformed, TraceError
from app.services import uploads
from app.services.capturing import unknown_identifier
from app.services.contents import check_printable
from app.services.intake import Fault, Plan
from app.services.printing.asked import What
from app.services.sheets import Bad, Row
from app.services.uploads import Upload
from app.store import items
from labels.fields import FIELDS, NOTES

IDENTIFIER = "identifier"
OF_THING = ("lot", "serial", "made", "expires")
NOTED = tuple(f"note{number}" for number in range(1, NOTES + 1))
MEANINGS = (
    IDENTIFIER, *OF_THING, "part", "name_zh", "name_en", "quantity", "unit", "location", "address", *NOTED
)  # fmt: skip
LONGEST = 500
_INTAKE = {"lot": "lot", "serial": "serial", "made": "produced_on", "expires": "expires_on"}
_GUESSED = {"handle": IDENTIFIER, **{theirs: ours for ours, theirs in _INTAKE.items()}}
_DATE = re.compile(r"(\d{4})\s?[-/.年]?\s?(\d{1,2})\s?[-/.月]?\s?(\d{1,2})\s?日?")


@dataclass(frozen=True, slots=True)
class Line:
    """One good line: `epc` is '' where its thing is still to be minted; `values` are what its label says."""

    row: int
    epc: str
    values: Mapping[str, str]


def titles() -> dict[str, str]:
    """Meaning -> msgid, for lists to choose from."""
    return {name: N_("Identifier") if name == IDENTIFIER else FIELDS[name].title for name in MEANINGS}


def guessed(header: Sequence[str]) -> tuple[str, ...]:
    """What each column probably means; one that nothing is known of becomes the next free column of the label."""
    known = {FIELDS[name].title.casefold(): name for name in MEANINGS if name != IDENTIFIER}
    known |= {name: name for name in MEANINGS}
    found: list[str] = []
    notes = iter(NOTED)
    for title, of_items in zip(header, headers.guessed("items", header, {}), strict=True):
        meaning = known.get(title.strip().casefold()) or _GUESSED.get(of_items, "")
        if meaning in found:
            meaning = ""
        found.append(meaning or (next(notes, "") if title.strip() else ""))
    return tuple(found)


def what_of(folder: Path, actor: Actor, token: str, mapping: Sequence[str], product: str) -> What:
    """What a table in the folder of uploads asks to be printed, checked as far as its header goes."""
    upload = uploads.of_token(folder, actor.organisation_id, token)
    return What(upload=token, mapping=checked_mapping(upload, mapping, product), product=product)


def checked_mapping(upload: Upload, mapping: Sequence[str], product: str) -> tuple[str, ...]:
    """The meanings of all columns, guessed where none are given. Raises Malformed for what cannot be printed."""
    meanings = tuple(mapping) or guessed(upload.header)
    if len(meanings) != len(upload.header):
        raise Malformed(
            "bad-mapping",
            N_("The table has {count} columns, and {given} meanings were given."),
            N_("Give one for each column, an empty one for a column that is left out."),
            count=len(upload.header),
            given=len(meanings),
            field="columns",
        )
    chosen = [meaning for meaning in meanings if meaning]
    for meaning in chosen:
        if meaning not in MEANINGS or chosen.count(meaning) > 1:
            raise Malformed(
                "bad-mapping",
                N_("A column cannot mean '{meaning}', or two columns mean the same."),
                N_("Known meanings: {known}."),
                meaning=meaning[:40],
                known=", ".join(MEANINGS),
                field="columns",
            )
    if IDENTIFIER not in chosen and not product:
        raise Malformed(
            "product-missing",
            N_("No column of the table holds identifiers, so its lines have to be minted."),
            N_("Say which column holds the identifier, or of which product the lines are."),
            field="product",
        )
    return meanings


def plan_of(mapping: Sequence[str], prefix: str, product: str) -> Plan:
    """How the lines are minted, where no column names their things."""
    return Plan("items", tuple(_INTAKE.get(meaning, "") for meaning in mapping), prefix, product)


def read(row: Row, mapping: Sequence[str]) -> Line | list[Fault]:
    """What one line says, without a look at what exists."""
    number, cells = row
    values: dict[str, str] = {}
    faults: list[Fault] = []
    epc = ""
    for place, (cell, meaning) in enumerate(zip(cells, mapping, strict=True)):
        if not meaning:
            continue
        text = cell.text if isinstance(cell, Bad) else cell.strip()
        try:
            if isinstance(cell, Bad):
                raise cell.refused()
            if meaning == IDENTIFIER:
                epc = parse(text).epc if text else ""
            elif text:
                values[meaning] = _value(meaning, text)
        except TraceError as error:
            faults.append(Fault(number, place, text[:80], error))
    if IDENTIFIER in mapping and not epc and not faults:
        faults.append(Fault(number, mapping.index(IDENTIFIER), "", _no_name()))
    return faults or Line(number, epc, values)


def held_against(
    session: Session, actor: Actor, lines: Sequence[Line], mapping: Sequence[str]
) -> list[Fault]:
    """Which of the lines name what is not the organisation's, or is void. One query for a thousand lines."""
    things = items.of_epcs(session, [line.epc for line in lines])
    place = mapping.index(IDENTIFIER)
    faults: list[Fault] = []
    for line in lines:
        thing = things.get(line.epc)
        try:
            if thing is None or thing.organisation_id != actor.organisation_id:
                raise unknown_identifier(line.epc)
            check_printable([thing])
        except TraceError as error:
            faults.append(Fault(line.row, place, line.epc.removeprefix("hdl:"), error))
    return faults


def on_label(line: Line, *, minted: bool) -> dict[str, str] | None:
    """What the table says that the registry does not; of what was minted from it, the registry says the rest."""
    said = {name: text for name, text in line.values.items() if not (minted and name in OF_THING)}
    return said or None


def _value(meaning: str, text: str) -> str:
    if meaning in ("made", "expires"):
        return _day(text)
    if len(text) > LONGEST or not text.replace("\n", " ").isprintable():
        raise Malformed(
            "bad-text",
            N_("'{text}' is too long or has characters that are not text."),
            N_("Use one line of at most {most} characters."),
            text="".join(letter for letter in text[:60] if letter.isprintable()),
            most=LONGEST,
        )
    return text


def _day(text: str) -> str:
    if match := _DATE.fullmatch(text):
        try:
            return date(*map(int, match.groups())).isoformat()
        except ValueError:
            pass
    raise Malformed(
        "not-a-date", N_("'{text}' is not a date."), N_("Write it like 2026-05-31."), text=text[:40]
    )


def _no_name() -> Malformed:
    return Malformed("row-without-name", N_("The row has no identifier."), N_("Fill it in."))
