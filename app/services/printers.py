"""Printers of a company: made and changed by its administrators, used by all who print. Reaches none of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from sqlmodel import Session

from app.domain import printers as rules
from app.domain.people import Actor
from app.domain.printers import CONNECTIONS, DOWNLOAD, LANGUAGES, Status, Target
from app.errors import N_, Conflict, Malformed, Refused, Unknown
from app.services import auditing
from app.store import printers as rows
from app.store.tables import Printer
from labels.spec import DOTS_PER_MM
from labels.thermal import trial as trials
from labels.thermal.setup import CUTTERS, DRAWINGS, LARGEST_OFFSET, MEDIA, Setup

LONGEST_NAME, LONGEST_STOCK = 100, 60
MOST = 200  # of one company
LARGEST_GAP = 50.0  # mm
FASTEST = 14  # inches a second
RESOLUTIONS = tuple(DOTS_PER_MM)


@dataclass(frozen=True, slots=True)
class Draft:
    """A printer as somebody describes it; see `store.tables.Printer`."""

    name: str
    connection: str
    address: str
    language: str
    dpi: int
    drawing: str = "exact"
    media: str = "gap"
    gap: float = 3.0
    darkness: int | None = None
    speed: int | None = None
    cutter: str = "tear"
    turned: bool = False
    offset_x: float = 0.0
    offset_y: float = 0.0
    stock: str = ""
    active: bool = True


def printers(session: Session, actor: Actor, *, active_only: bool = False) -> Sequence[Printer]:
    """The organisation's, those in use first."""
    actor.require("print")
    return rows.printers(session, actor.organisation_id, active_only=active_only)


def printer_of(session: Session, actor: Actor, printer_id: int) -> Printer:
    """Also one that is put aside: runs name it. Unknown `unknown-printer`."""
    actor.require("print")
    row = rows.by_id(session, actor.organisation_id, printer_id)
    if row is None:
        raise Unknown(
            "unknown-printer",
            N_("There is no such printer in your organisation."),
            N_("Choose one from the list of printers."),
        )
    return row


def create(session: Session, actor: Actor, draft: Draft, now: datetime) -> Printer:
    """Malformed `bad-printer-address`, `bad-printer`; Conflict `printer-name-taken`; Refused `too-many-printers`."""
    actor.require("people")
    values = _checked(session, actor, draft)
    if rows.count(session, actor.organisation_id) >= MOST:
        raise Refused(
            "too-many-printers",
            N_("Your organisation has {most} printers already."),
            N_("Change one of them."),
            most=MOST,
        )
    row = rows.add(session, Printer(organisation_id=actor.organisation_id, record_time=now, **values))
    auditing.record(session, actor, "printer-created", now, subject=row.name, detail=row.address)
    return row


def change(session: Session, actor: Actor, printer_id: int, draft: Draft, now: datetime) -> Printer:
    """As `create`. What it last said of itself is forgotten when it is reached in another way."""
    actor.require("people")
    row = printer_of(session, actor, printer_id)
    values = _checked(session, actor, draft, row)
    if (row.connection, row.address, row.language) != tuple(
        values[name] for name in ("connection", "address", "language")
    ):
        row.state, row.troubles, row.model, row.state_time = "", "", "", None
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    auditing.record(session, actor, "printer-changed", now, subject=row.name, detail=row.address)
    return row


def note_status(session: Session, actor: Actor, printer_id: int, status: Status, now: datetime) -> Printer:
    """What it said of itself just now."""
    row = printer_of(session, actor, printer_id)
    row.state, row.troubles = status.state, " ".join(status.troubles)[:200]
    row.model, row.state_time = status.model[:60] or row.model, now
    session.add(row)
    return row


def target_of(row: Printer) -> Target:
    """Where its labels are sent. Refused `printer-downloads-only`, `printer-put-aside`."""
    if row.connection == DOWNLOAD:
        raise Refused(
            "printer-downloads-only",
            N_("Labels for {name} are downloaded; it has no address."),
            N_("Download the file, or have an administrator enter the printer's address."),
            name=row.name,
        )
    if not row.active:
        raise Refused(
            "printer-put-aside",
            N_("The printer {name} is not in use any more."),
            N_("Choose another one."),
            name=row.name,
        )
    return Target(row.connection, row.address, row.language)


def setup_of(row: Printer) -> Setup:
    return Setup(
        drawing=row.drawing,
        media=row.media,
        gap=row.gap,
        darkness=row.darkness,
        speed=row.speed,
        cutter=row.cutter,
        turned=row.turned,
        offset_x=row.offset_x,
        offset_y=row.offset_y,
    )


def draft_of(row: Printer) -> Draft:
    return Draft(**{name: getattr(row, name) for name in Draft.__dataclass_fields__})


# --- checks ---


def _checked(session: Session, actor: Actor, draft: Draft, row: Printer | None = None) -> dict[str, Any]:
    name = " ".join(draft.name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise _bad("name", draft.name, N_("Give it a name of at most 100 characters."))
    for field, known in (
        ("connection", CONNECTIONS),
        ("language", LANGUAGES),
        ("drawing", DRAWINGS),
        ("media", MEDIA),
        ("cutter", CUTTERS),
    ):
        if getattr(draft, field) not in known:
            raise _bad(field, getattr(draft, field), N_("Choose one from the list."))
    if draft.dpi not in DOTS_PER_MM:
        raise _bad("dpi", draft.dpi, N_("Choose one from the list."))
    if len(draft.stock) > LONGEST_STOCK or not draft.stock.isprintable():
        raise _bad("stock", draft.stock, N_("Choose one from the list."))
    _check_numbers(draft)
    address = rules.address(draft.connection, draft.address)
    other = rows.by_name(session, actor.organisation_id, name)
    if other is not None and (row is None or other.id != row.id):
        raise Conflict(
            "printer-name-taken",
            N_("Your organisation has a printer {name} already."),
            N_("Change that one, or choose another name."),
            name=name,
            field="name",
        )
    return {**asdict(draft), "name": name, "address": address}


def _check_numbers(draft: Draft) -> None:
    limits: tuple[tuple[str, float | None, float, float], ...] = (
        ("gap", draft.gap, 0.0, LARGEST_GAP),
        ("darkness", draft.darkness, 0, 100),
        ("speed", draft.speed, 1, FASTEST),
        ("offset_x", draft.offset_x, -LARGEST_OFFSET, LARGEST_OFFSET),
        ("offset_y", draft.offset_y, -LARGEST_OFFSET, LARGEST_OFFSET),
    )
    for field, value, least, most in limits:
        if value is not None and not (isfinite(value) and least <= value <= most):
            hint = N_("Give a number from {least} to {most}.")
            raise _bad(field, value, hint, least=f"{least:g}", most=f"{most:g}")


def _bad(field: str, value: object, hint: str, **more: Any) -> Malformed:
    message = N_("A printer cannot have “{value}” there.")
    return Malformed("bad-printer", message, hint, value=str(value)[:60], field=field, **more)


# --- a label to try it with ---


def trial(row: Printer, who: str, now: datetime, size: tuple[float, float] | None = None) -> bytes:
    """A small label in the printer's own language: a frame, a code, and what the printer is called here. `size` in mm
    of the labels that are loaded."""
    lines = (row.name, f"No. {row.id}", f"{row.dpi} dpi {row.language}", f"{now:%Y-%m-%d %H:%M} UTC", who)
    return trials.label(row.language, setup_of(row), row.dpi, lines, f"SUYUAN PRINTER {row.id}", size)
