"""What somebody's table says, row for row: made into records or items, and held against the rules and the registry.

A row that cannot be brought in is told by `Fault`s, each with its column. Nothing is written here: see intake_writing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session

from app.domain import handles, identifiers, templates
from app.domain.handles import Value, text_value
from app.domain.identifiers import Identifier
from app.domain.intake import VALUE, check_mapping
from app.domain.people import Actor
from app.errors import N_, Malformed, Refused, TraceError
from app.services import allotting, filling, mint_requests, minting
from app.services.mint_requests import MintRequest
from app.services.sheets import Bad, Cell, Row
from app.services.template_views import Version
from app.store import mints, records
from app.store.tables import Product

_DATE = re.compile(r"(\d{4})\s?[-/.年]?\s?(\d{1,2})\s?[-/.月]?\s?(\d{1,2})\s?日?")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made of a table. `mapping` says what each column means ('' for nothing); `overwrite` replaces
    records that are there; `product` is the epc of what the items are of."""

    target: str
    mapping: tuple[str, ...]
    prefix: str
    product: str = ""
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one row cannot be brought in. `column` is the place of the column, -1 for the row as a whole."""

    row: int
    column: int
    value: str
    error: TraceError


@dataclass(frozen=True, slots=True)
class Draft:
    """One good row. `handle` is '' where the name is to be drawn; `values` only of records, `fields` only of items."""

    row: int
    handle: str
    values: tuple[Value, ...] = ()
    lot: str = ""
    serial: str = ""
    produced_on: date | None = None
    expires_on: date | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> tuple[Any, ...]:
        """What items share that are named in one event."""
        return (
            self.lot,
            self.produced_on,
            self.expires_on,
            templates.canonical(self.fields) if self.fields else b"",
        )

    @property
    def names(self) -> Iterable[tuple[str, str]]:
        """What may be there once: (what, its spelling that counts)."""
        if self.handle:
            yield "handle", handles.key_of(self.handle)
        if self.serial:
            yield "serial", self.serial


class Reader:
    """Turns the rows of one table into drafts. Made in a session that it does not keep."""

    def __init__(self, session: Session, actor: Actor, plan: Plan) -> None:
        """Raises as a mint would for a product or a prefix that cannot be used, and Malformed for a bad mapping."""
        actor.require("mint")
        self.plan, self.organisation_id = plan, actor.organisation_id
        self.product: Product | None = None
        self.version: Version | None = None
        self.prefixes = allotting.prefixes_of(session, actor.organisation_id)
        if plan.prefix not in self.prefixes:
            raise _not_your_prefix(plan.prefix)
        if plan.target == "items":
            self.product = minting.product_of(session, actor, plan.product)
            self.version = filling.of_product(session, self.product)
        self.fields = {each.name: each for each in self.version.fields} if self.version else {}
        check_mapping(plan.target, plan.mapping, self.fields)

    def read(self, row: Row) -> Draft | list[Fault]:
        number, cells = row
        faults = [
            Fault(number, place, cell.text, cell.refused())
            for place, cell in enumerate(cells)
            if isinstance(cell, Bad) and self.plan.mapping[place]
        ]
        if faults:
            return faults
        said = self._said(cells)
        make = self._record if self.plan.target == "records" else self._item
        return make(number, said)

    def _said(self, cells: Sequence[Cell]) -> list[tuple[int, str, str]]:
        """(column, meaning, text) of every cell that says something."""
        pairs = zip(self.plan.mapping, cells, strict=True)
        return [
            (place, meaning, cell.strip())
            for place, (meaning, cell) in enumerate(pairs)
            if meaning and isinstance(cell, str) and cell.strip()
        ]

    def _record(self, number: int, said: list[tuple[int, str, str]]) -> Draft | list[Fault]:
        found = {meaning: (place, text) for place, meaning, text in said if meaning in ("handle", "suffix")}
        texts = [
            (meaning.removeprefix(VALUE), text) for _, meaning, text in said if meaning.startswith(VALUE)
        ]
        values = tuple(text_value(index, type_, text) for index, (type_, text) in enumerate(texts, 1))
        faults = [] if values else [Fault(number, -1, "", _no_values())]
        handle = self._handle(number, found, faults)
        if not handle and not faults:
            faults.append(Fault(number, -1, "", _no_name()))
        return faults or Draft(number, handle, values)

    def _item(self, number: int, said: list[tuple[int, str, str]]) -> Draft | list[Fault]:
        found = {meaning: (place, text) for place, meaning, text in said}
        faults: list[Fault] = []
        handle = self._handle(number, found, faults)
        made, expires = (
            self._day(number, *found[name], faults) if name in found else None
            for name in ("produced_on", "expires_on")
        )
        fields = self._fields(number, found, faults)
        lot, serial = (found.get(name, (-1, ""))[1] for name in ("lot", "serial"))
        draft = Draft(
            number, handle, lot=lot, serial=serial, produced_on=made, expires_on=expires, fields=fields
        )
        if not faults and (error := self._misfit(draft)):
            column = found.get(str(error.values.get("field", "")), (-1, ""))
            faults.append(Fault(number, *column, error))
        return faults or draft

    def _handle(self, number: int, found: Mapping[str, tuple[int, str]], faults: list[Fault]) -> str:
        name = "handle" if "handle" in found else "suffix"
        place, text = found.get(name, (-1, ""))
        if not text:
            return ""
        handle = text.removeprefix("hdl:") if name == "handle" else f"{self.plan.prefix}/{text}"
        try:
            if handles.prefix_of(handles.check_name(handle)) not in self.prefixes:
                raise _not_your_prefix(handles.split(handle)[0])
            if self.plan.target == "items":
                identifiers.check_suffix_for_minting(handles.split(handle)[1])
        except TraceError as error:
            faults.append(Fault(number, place, text, error))
        return handle

    def _day(self, number: int, place: int, text: str, faults: list[Fault]) -> date | None:
        if match := _DATE.fullmatch(text):
            try:
                return date(*map(int, match.groups()))
            except ValueError:
                pass
        faults.append(Fault(number, place, text, _no_date(text)))
        return None

    def _fields(
        self, number: int, found: Mapping[str, tuple[int, str]], faults: list[Fault]
    ) -> Mapping[str, Any]:
        given = {name: found[f"{VALUE}{name}"][1] for name in self.fields if f"{VALUE}{name}" in found}
        reading = templates.read(
            list(self.fields.values()),
            {name: templates.typed(self.fields[name], [text]) for name, text in given.items()},
        )
        for error in reading.faults:
            name = str(error.values.get("field", "")).removeprefix("values.")
            faults.append(Fault(number, *found.get(f"{VALUE}{name}", (-1, "")), error))
        return reading.values

    def _misfit(self, draft: Draft) -> TraceError | None:
        """What minting itself would say of it."""
        if self.product is None:
            return None
        try:
            mint_requests.check_number(draft.serial)
            mint_requests.check(self.request_of([draft]), self.product)
        except TraceError as error:
            return error
        return None

    def request_of(self, drafts: Sequence[Draft]) -> MintRequest:
        """The mint of items that are alike but for their names and serial numbers."""
        first, product = drafts[0], self.product
        return mint_requests.tidied(
            MintRequest(
                product.tracing if product else "serial",
                len(drafts),
                product_epc=self.plan.product,
                lot=first.lot,
                produced_on=first.produced_on,
                expires_on=first.expires_on,
                prefix=self.plan.prefix,
                values=dict(first.fields),
                template=(self.version.epc, self.version.number) if self.version else None,
            )
        )

    def known(self, session: Session, drafts: Sequence[Draft]) -> list[Fault]:
        """Which of these are in the registry already and may not be replaced."""
        by_key = {handles.key_of(draft.handle): draft for draft in drafts if draft.handle}
        epcs = {key: Identifier.from_handle(key).epc for key in by_key}
        minted = records.minted(session, epcs.values())
        there = records.of_keys(session, by_key)
        items = self.plan.target == "items"
        faults = [
            self._fault(draft, ("handle", "suffix"), draft.handle, _taken(draft.handle))
            for key, draft in by_key.items()
            if (minted.get(epcs[key], self.organisation_id) != self.organisation_id)
            or (epcs[key] in minted and (items or not self.plan.overwrite))
            or (key in there and not self._may_replace(there[key]))
        ]
        if self.product:
            level = self.product.tracing
            name = "lot" if level == "lot" else "serial"
            numbers = {getattr(draft, name): draft for draft in drafts if getattr(draft, name)}
            taken = mints.numbers_taken(session, self.product.id or 0, level, numbers)
            faults += [self._fault(numbers[number], (name,), number, _taken(number)) for number in taken]
        return faults

    def _may_replace(self, stored: records.Stored) -> bool:
        return (
            self.plan.target == "records"
            and self.plan.overwrite
            and stored.organisation_id == self.organisation_id
        )

    def repeated(self, draft: Draft, what: str, name: str, row: int) -> Fault:
        """The draft says again what row `row` says."""
        error = Malformed(
            "row-repeated",
            N_("'{name}' stands in row {row} already."),
            N_("Leave one of the two out."),
            name=name,
            row=row,
        )
        return self._fault(draft, ("handle", "suffix") if what == "handle" else (what,), name, error)

    def _fault(self, draft: Draft, meanings: Sequence[str], value: str, error: TraceError) -> Fault:
        place = next((self.plan.mapping.index(m) for m in meanings if m in self.plan.mapping), -1)
        return Fault(draft.row, place, value, error)


def names_of(reader: Reader, draft: Draft) -> list[tuple[str, str]]:
    """What of this draft no other row may say as well."""
    of_lot = reader.product is not None and reader.product.tracing == "lot"
    return [*draft.names, *([("lot", draft.lot)] if of_lot and draft.lot else [])]


def _no_values() -> Malformed:
    return Malformed(
        "row-without-values", N_("The row has no value to register."), N_("Fill in at least one column.")
    )


def _no_name() -> Malformed:
    return Malformed("row-without-name", N_("The row has no identifier."), N_("Fill it in."))


def _not_your_prefix(prefix: str) -> Refused:
    return Refused(
        "prefix-not-yours",
        N_("The prefix {prefix} is not allotted to your organisation."),
        N_("Choose one of your prefixes, or ask the administrators of this node."),
        prefix=prefix,
    )


def _no_date(text: str) -> Malformed:
    return Malformed(
        "not-a-date", N_("'{text}' is not a date."), N_("Write it like 2026-05-31."), text=text[:40]
    )


def _taken(name: str) -> Refused:
    return Refused(
        "already-there",
        N_("'{name}' is in the registry already."),
        N_("Leave the row out, or give it another name."),
        name=name,
    )
