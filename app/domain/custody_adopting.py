"""What it does to a thing when its sender on another node tells that it is on its way here."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain.custody_rules import Scene, parties
from app.domain.epcis import Mention
from app.domain.places import Balance, State, put


def adopt_piece(scene: Scene, mention: Mention, state: State) -> None:
    """On its way from the sender, alone or packed in something that is. What we hold nobody else can have sent."""
    sender, mine = _sender(scene), scene.organisation
    if not sender or (state.holder == mine and not state.to):
        scene.refuse("already-received", item=mention.epc)
    container = next((str(row.get("container", "")) for row in _facts(scene, mention.epc)), "")
    place = {"container": container, "bond": "packed" if container else ""}
    scene.record(mention.epc, state, lifecycle="active", holder=sender, site="", to=mine, **place)


def adopt_lot(scene: Scene, mention: Mention, state: State) -> None:
    """So much more of it is on its way."""
    sender, mine = _sender(scene), scene.organisation
    added = [
        Balance(sender, to=mine, container=str(row.get("container", "")), quantity=Decimal(row["quantity"]))
        for row in _facts(scene, mention.epc)
    ]
    unit = state.unit or mention.uom
    scene.record(mention.epc, state, lifecycle="active", unit=unit, balances=put(state.balances, added))
    if (
        state.disposition and state.lifecycle == "active"
    ):  # of a lot that is here already only the amount changes
        scene.after[mention.epc] = replace(scene.after[mention.epc], disposition=state.disposition)


def _sender(scene: Scene) -> str:
    named = parties(scene.event.source_list)
    return named[0] if named else ""


def _facts(scene: Scene, epc: str) -> list[Mapping[str, Any]]:
    return [row for row in scene.event.extension("adopted") or () if row.get("epc") == epc]
