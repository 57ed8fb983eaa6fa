"""Label stock: what can be bought, by maker and number, what a company has of its own, and how far its printer is off.

A stock is named by a code wherever one is chosen: `avery-l7160` of the catalogue, `own-7` for one's own.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Malformed, Refused, Unknown
from app.services import auditing
from app.services.stock_measures import kept, made, name_of
from app.store import label_stock as rows
from app.store.tables import LabelStock
from labels import catalogue, fitting
from labels.fitting import TOLERANCE, Misfit, Reach
from labels.stock import Stock

OWN = re.compile(r"own-(\d{1,18})", re.ASCII)
MOST_OWN = 500  # of one company
FURTHEST = 10.0  # mm that print is moved at most
Ink = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A stock as a company has it: what is printed on it is moved `x` mm to the right and `y` mm down."""

    code: str
    stock: Stock
    x: float = 0.0
    y: float = 0.0

    @property
    def own(self) -> bool:
        return OWN.fullmatch(self.code) is not None


@dataclass(frozen=True, slots=True)
class Like:
    """`off` are (measure, as measured, as published)."""

    code: str
    stock: Stock
    off: list[tuple[str, float, float]]


def stocks_of(session: Session, actor: Actor) -> list[Loaded]:
    """One's own first, then the catalogue in its order."""
    actor.require("print")
    offsets = rows.offsets(session, actor.organisation_id)
    own = {code_of(row): made_of(row) for row in rows.own(session, actor.organisation_id)}
    return [
        Loaded(code, each, *offsets.get(code, (0.0, 0.0)))
        for code, each in (*own.items(), *catalogue.STOCKS.items())
    ]


def stock_of(session: Session, actor: Actor, code: str) -> Loaded:
    """Also what was withdrawn: runs name it. Unknown `unknown-stock`."""
    actor.require("print")
    found = catalogue.STOCKS.get(code)
    if found is None and (own := OWN.fullmatch(code)):
        row = rows.by_id(session, actor.organisation_id, int(own[1]))
        found = made_of(row) if row else None
    if found is None:
        raise Unknown(
            "unknown-stock",
            N_("There is no label stock '{name}'."),
            N_("Choose one from the list."),
            name=code[:40],
        )
    return Loaded(code, found, *rows.offset(session, actor.organisation_id, code))


def matching(loaded: Iterable[Loaded], text: str) -> list[Loaded]:
    """Those in whose name, maker or numbers every word of `text` is found."""
    words = text.casefold().replace("×", "x").replace(",", " ").split()
    return [each for each in loaded if all(word in _searched(each) for word in words)]


def that_take(loaded: Iterable[Loaded], size: tuple[float, float]) -> list[Loaded]:
    """Those on which labels of `size` (width, height in mm) fit, the least waste first."""
    taking = [each for each in loaded if not fitting.fits(each.stock, size)]
    return sorted(taking, key=lambda each: _waste(each.stock, size))


def misfits(
    loaded: Loaded, size: tuple[float, float], reach: Reach | None = None, ink: Ink | None = None
) -> list[Misfit]:
    """What keeps labels of `size` (mm) off this stock; empty where all fits. `ink` says how far (mm: left, top, right,
    bottom) the edge of a label is from its first dot: with it, corrections and margins of printers are judged too."""
    found = fitting.fits(loaded.stock, size, reach if ink else None, ink or (0.0, 0.0, 0.0, 0.0))
    return found or (_pushed_out(loaded, ink) if ink else [])


def sheets_for(of: Stock, count: int, start: int = 1, skip: frozenset[int] = frozenset()) -> int:
    """Sheets that `count` labels take; of the first, places before `start` and those in `skip` are used up. On rolls
    it is rows of labels."""
    gone = (start - 1) + sum(1 for place in skip if start <= place <= of.positions)
    return max(1, math.ceil((count + gone) / of.positions))


# --- one's own ---


def made_of(row: LabelStock) -> Stock:
    return made(row.name, row.measures)


def code_of(row: LabelStock) -> str:
    return f"own-{row.id}"


def create(
    session: Session, actor: Actor, name: str, measures: Mapping[str, Any], now: datetime, *, nonce: str = ""
) -> LabelStock:
    """Written down once for each `nonce`: a form sent twice gives the first one's."""
    actor.require("print")
    made(name, measures)
    if nonce and (row := rows.by_nonce(session, actor.organisation_id, nonce[:64])):
        return row
    if rows.count(session, actor.organisation_id) >= MOST_OWN:
        raise Refused(
            "too-many-stocks",
            N_("There are {most} label stocks of your own already."),
            N_("Change one of them."),
            most=MOST_OWN,
        )
    row = LabelStock(
        organisation_id=actor.organisation_id,
        nonce=nonce[:64] or f"{now.timestamp()}-{actor.operator_id}",
        name=name_of(name),
        measures=kept(measures),
        changed=now,
        changed_by=actor.name,
    )
    rows.add(session, row)
    auditing.record(session, actor, "label-stock-created", now, subject=code_of(row), detail=row.name)
    return row


def change(
    session: Session, actor: Actor, stock_id: int, name: str, measures: Mapping[str, Any], now: datetime
) -> LabelStock:
    """What was printed on it keeps the measures that it was printed by."""
    row = own_of(session, actor, stock_id)
    made(name, measures)
    row.name, row.measures, row.changed, row.changed_by = name_of(name), kept(measures), now, actor.name
    session.add(row)
    auditing.record(session, actor, "label-stock-changed", now, subject=code_of(row), detail=row.name)
    return row


def withdraw(session: Session, actor: Actor, stock_id: int, now: datetime) -> LabelStock:
    """It is offered no more. Doing it twice does no harm."""
    row = own_of(session, actor, stock_id)
    if not row.withdrawn:
        row.withdrawn, row.changed, row.changed_by = True, now, actor.name
        session.add(row)
        auditing.record(session, actor, "label-stock-withdrawn", now, subject=code_of(row), detail=row.name)
    return row


def own_of(session: Session, actor: Actor, stock_id: int) -> LabelStock:
    actor.require("print")
    row = rows.by_id(session, actor.organisation_id, stock_id)
    if row is None:
        raise Unknown(
            "unknown-stock",
            N_("There is no label stock '{name}'."),
            N_("Choose one from the list."),
            name=f"own-{stock_id}",
        )
    return row


# --- calibration ---


def calibrate(session: Session, actor: Actor, code: str, x: float, y: float, now: datetime) -> Loaded:
    """Moves what is printed on this stock from now on, mm to the right and down; negative to the left and up."""
    loaded = stock_of(session, actor, code)
    for field, value in (("x", x), ("y", y)):
        if not (math.isfinite(value) and abs(value) <= FURTHEST):
            raise Malformed(
                "bad-offset",
                N_("Print cannot be moved by {value} mm."),
                N_(
                    "Give -{most} to {most} mm. If more is needed, the printer takes the paper from the wrong place."
                ),
                value=f"{value:g}",
                most=f"{FURTHEST:g}",
                field=field,
            )
    x, y = round(x, 2), round(y, 2)
    if (x, y) != (loaded.x, loaded.y):
        rows.set_offset(session, actor.organisation_id, code, x, y, now, actor.name)
        auditing.record(
            session, actor, "label-stock-calibrated", now, subject=code, detail=f"{x:g}, {y:g} mm"
        )
    return replace(loaded, x=x, y=y)


def calibration_page(loaded: Loaded, texts: tuple[str, ...] = ()) -> bytes:
    """A PDF of rulers at the places of the labels, moved as everything on this stock is; `texts` say how it is used."""
    from labels import (
        calibration,
    )  # what draws costs megabytes that a process which prints nothing need not have

    return calibration.page(loaded.stock, (loaded.x, loaded.y), texts)


def like(loaded: Loaded) -> Like | None:
    """The product that stock of one's own seems to be, and where it was measured otherwise."""
    found = catalogue.like(loaded.stock)
    return Like(found[0], catalogue.STOCKS[found[0]], found[1]) if found else None


def _pushed_out(loaded: Loaded, ink: Ink) -> list[Misfit]:
    """A correction that moves print over an edge of the page, though the labels themselves lie on it."""
    of, (left, top, right, bottom) = loaded.stock, ink
    wide = of.page_width - of.left - (of.columns - 1) * of.pitch_x - of.width
    deep = of.page_height - of.top - (of.rows - 1) * of.pitch_y - of.height
    edges = (
        ("x", -loaded.x - of.left - left, N_("As this stock is corrected, print begins {over} mm left of the page.")),
        ("y", -loaded.y - of.top - top, N_("As this stock is corrected, print begins {over} mm above the page.")),
        ("x", loaded.x - wide - right, N_("As this stock is corrected, print ends {over} mm right of the page.")),
        ("y", loaded.y - deep - bottom, N_("As this stock is corrected, print ends {over} mm below the page.")),
    )  # fmt: skip
    return [
        Misfit(measure, over, 0.0, message, {"over": f"{over:.2f}"})
        for measure, over, message in edges
        if of.kind == "sheet" and over > TOLERANCE
    ]


def _searched(loaded: Loaded) -> str:
    of = loaded.stock
    return " ".join((loaded.code, of.name, of.maker, *of.numbers)).casefold().replace("×", "x")


def _waste(of: Stock, size: tuple[float, float]) -> float:
    height = of.height or size[1]
    return of.width * height - size[0] * size[1]
