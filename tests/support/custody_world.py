"""A small world for the rules of custody: things, what happened to them, and a clock that ticks with every event.

Organisations are called ana, bo and cy; a site is "<organisation>/<place>". A thing is named by any text, some of a lot
by (name, quantity).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain import custody
from app.domain.custody import Outcome, State
from app.domain.custody_words import REFUSALS
from app.domain.epcis import ErrorDeclaration, Event, Quantity
from app.domain.steps import STEPS
from app.errors import TraceError

Piece = str | tuple[str, int | str]
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
LISTS = {
    "object": ("epc_list", "quantity_list"),
    "child": ("child_epcs", "child_quantity_list"),
    "input": ("input_epc_list", "input_quantity_list"),
    "output": ("output_epc_list", "output_quantity_list"),
}


class World:
    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self.events: list[Event] = []
        self.now = START

    def mint(self, by: str, level: str, *names: str, unit: str = "") -> Outcome:
        ilmd = {"suyuan:level": level, "suyuan:unit": unit or ("KGM" if level == "lot" else "")}
        return self.record(self.event(by, "mint", *names, ilmd=ilmd))

    def do(self, by: str, step: str, *pieces: Piece, **details: Any) -> Outcome:
        return self.record(self.event(by, step, *pieces, **details))

    def record(self, event: Event) -> Outcome:
        outcome = custody.apply(event, self.states, inside=self.states)
        self.states |= outcome.states
        self.events.append(event)
        return outcome

    def event(self, by: str, step: str, *pieces: Piece, at: str = "", **details: Any) -> Event:
        """details: into/out_of (the parent), other (the other lot of a split and the like, with its quantity), to, result,
        reason, uom, when, moved_to, source, ilmd."""
        self.now += timedelta(minutes=1)
        plan, details = STEPS[step], dict(details)
        plain, counted = LISTS[plan.role]
        uom = details.get("uom", "KGM")
        said = {"organisation": by, "step": step} | {
            k: details[k] for k in ("result", "reason") if k in details
        }
        site = at or f"{by}/store"
        lists: dict[str, tuple[Any, ...]] = {
            plain: tuple(piece for piece in pieces if isinstance(piece, str)),
            counted: tuple(Quantity(p[0], Decimal(p[1]), uom) for p in pieces if not isinstance(p, str)),
        }
        if other := details.get("other"):
            _, far = LISTS["input" if plan.role == "output" else "output"]
            lists[far] = (Quantity(other[0], Decimal(other[1]), uom),)
        to = details.get("to")
        return Event(
            plan.event_type,
            details.get("when", self.now),
            event_id=f"event-{len(self.events) + 1}-{self.now:%H%M}",
            action=plan.action,
            biz_step=plan.biz_step,
            disposition="" if step == "inspect" else plan.disposition,
            read_point=site,
            biz_location=details.get("moved_to", site),
            parent_id=details.get("into", details.get("out_of", "")),
            source_list=tuple(details.get("source", ())),
            destination_list=(("possessing_party", f"hdl:{to}"),) if to else (),
            ilmd=details.get("ilmd", {}),
            extensions={f"suyuan:{key}": value for key, value in said.items()},
            **lists,
        )

    def steps(self, name: str, organisation: str) -> tuple[str, ...]:
        return custody.possible_steps(self.states[name], organisation)

    def amounts(self, lot: str) -> dict[tuple[str, str, str, str], Decimal]:
        return {balance.place: balance.quantity for balance in self.states[lot].balances}


def withdrawn(event: Event) -> Event:
    """The declaration that `event` was recorded in error."""
    declaration = ErrorDeclaration(event.event_time, "did_not_occur", of=event.event_id)
    return replace(event, event_id=f"{event.event_id}-withdrawn", error_declaration=declaration)


def refused(world: World, key: str, by: str, step: str, *pieces: Piece, **details: Any) -> TraceError:
    """The step is refused with that sentence, all its fields filled, and nothing has changed."""
    before = dict(world.states)
    with pytest.raises(TraceError) as caught:
        world.do(by, step, *pieces, **details)
    assert caught.value.code == key.partition("/")[0]
    assert (caught.value.message, caught.value.hint) == REFUSALS[key]
    assert "{" not in caught.value.english()
    assert world.states == before
    return caught.value


def codes(outcome: Outcome) -> list[str]:
    for notice in outcome.notices:
        assert "{" not in notice.message.format(**notice.values)
    return [notice.code for notice in outcome.notices]


def fresh(states: Mapping[str, State]) -> dict[str, State]:
    """The same things as they were before their first event."""
    return {name: State(state.level, unit=state.unit) for name, state in states.items()}


def plain_world(serials: Iterable[str] = ("cell", "module"), lot: int = 100) -> World:
    """Ana has minted and commissioned some serials and `lot` kg of powder; pallet and carton are reserved."""
    world = World()
    world.mint("ana", "serial", *serials)
    world.mint("ana", "lot", "powder")
    world.mint("ana", "logistic", "pallet", "carton")
    for name in serials:
        world.do("ana", "commission", name)
    world.do("ana", "commission", ("powder", lot))
    return world
