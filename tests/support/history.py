"""A history with everything in it that makes an index hard to rebuild, and the index tables as rows without ids."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from tests.support.world import World

RUNS = ("urn:uuid:00000000-0000-4000-8000-000000000001", "urn:uuid:00000000-0000-4000-8000-000000000002")


def eventful(world: World, *, described: bool = True) -> dict[str, str]:
    """Partial lots, a run in two inputs, assembly, pallets with an SSCC, delivery and return, late scans, undone scans,
    an inspection that failed, scrap, refused scans between. Returns names of what there is at the end. `described`: with
    the values of a template, which the first schema had no room for."""
    powder, spare = world.lot("powder", "P-1", 100), world.lot("powder", "P-2", "12.5")
    cells = world.mint("cell", lot="C-1")[0]
    world.do("consume", powder, quantity=40, transformation=RUNS[0], order="wo-77")
    world.do("consume", spare, quantity="2.5", transformation=RUNS[0])
    world.do("produce", cells, quantity=200, transformation=RUNS[0])
    world.do("move", powder, at="store", quantity=10)
    values: dict[str, Any] = {"chemistry": "LFP", "capacity": 52.5} if described else {}
    if described:
        world.described("module")
    modules = world.mint("module", 4, serial_start="M-0098", values=values)
    for module in modules[:3]:
        world.do("assemble", cells, parent=module, quantity=12)
    pack = world.mint("pack")[0]
    world.do("assemble", modules[0], parent=pack)
    world.do("assemble", modules[1], parent=pack)
    world.do("inspect", modules[2], result="fail", reason="泄漏")
    world.scan("assemble", modules[2], parent=pack)
    scrapped = world.do("scrap", modules[2])
    world.do("commission", modules[3])
    _deliver(world, pack, powder, modules[3])
    _late_and_undone(world, modules[3], powder)
    return {
        "powder": powder,
        "cells": cells,
        "pack": pack,
        "module": modules[3],
        "scrapped": scrapped.event_id,
    }


def _deliver(world: World, pack: str, powder: str, module: str) -> None:
    pallet, crate = world.mint(), world.mint()
    world.do("pack", pack, parent=crate[0])
    world.do("pack", powder, parent=pallet[0], quantity=20)
    world.do("pack", module, parent=pallet[0])
    world.do("pack", crate[0], parent=pallet[0])
    world.do("unpack", powder, parent=pallet[0], quantity=5)
    world.do("ship", pallet[0], destination=world.dee.prefix, order="PO-4711")
    world.do("receive", _sscc_of(world, pallet[0]), by="dee", at="dock")
    world.do("unpack", module, parent=_sscc_of(world, pallet[0]), by="dee", at="dock")
    world.do("unpack", powder, parent=pallet[0], by="dee", at="dock")
    world.do("return", module, by="dee", at="dock")
    world.do("receive", module)


def _late_and_undone(world: World, module: str, powder: str) -> None:
    late = world.tick(10) - timedelta(minutes=5)
    world.do("inspect", module, result="pass")
    world.do("inspect", module, result="hold", event_time=late)
    world.do("inspect", powder, event_time=late, result="pass")
    wrong = world.request("move", module, at="store")
    world.send(wrong)
    assert world.undo(wrong.nonce).colour == "green"
    box = world.mint()[0]
    mistaken = world.request("pack", powder, parent=box, quantity=3)
    world.send(mistaken)
    world.undo(mistaken.nonce)
    kept = world.request("pack", powder, parent=box, quantity=4)
    world.send(kept)
    taken_out = world.request("unpack", powder, parent=box)
    world.send(taken_out)
    world.undo(taken_out.nonce)


def _sscc_of(world: World, epc: str) -> str:
    with Session(world.engine) as session:
        query = "SELECT a.name FROM alias a JOIN thing t ON t.id = a.thing_id WHERE t.epc = :epc"
        return str(session.connection().execute(text(query), {"epc": epc}).scalar_one())


TABLES = {
    "thing": ("t.*, o.prefix, p.part_number", "thing t JOIN organisation o ON o.id = t.organisation_id LEFT JOIN product p ON p.id = t.product_id"),
    "balance": ("b.*, t.epc", "balance b JOIN thing t ON t.id = b.thing_id"),
    "alias": ("a.*, t.epc", "alias a JOIN thing t ON t.id = a.thing_id"),
    "entry_thing": ("e.*, t.epc", "entry_thing e JOIN thing t ON t.id = e.thing_id"),
    "edge": ("e.*, s.epc AS source, t.epc AS target", "edge e JOIN thing s ON s.id = e.source_id JOIN thing t ON t.id = e.target_id"),
    "party": ("t.epc, o.prefix", "party p JOIN thing t ON t.id = p.thing_id JOIN organisation o ON o.id = p.organisation_id"),
    "attributes": ('a.digest, a."values", a.template_version, t.epc, o.prefix', "attributes a JOIN template t ON t.id = a.template_id JOIN organisation o ON o.id = a.organisation_id"),
    "value_index": ("v.value, v.type, v.kind, v.public, a.digest", "value_index v LEFT JOIN attributes a ON a.id = v.ref AND v.kind = 'attributes'"),
    "reference": ("r.*", "reference r"),
    "merkle_node": ("n.*", "merkle_node n"),
    "entry": ("e.*, o.prefix", "entry e JOIN organisation o ON o.id = e.organisation_id"),
    "checkpoint": ("c.size, c.root, c.note, c.record_time", "checkpoint c"),
    "organisation": ("o.*", "organisation o"),
    "site": ("s.*, o.prefix", "site s JOIN organisation o ON o.id = s.organisation_id"),
    "template": ("t.*, o.prefix", "template t JOIN organisation o ON o.id = t.organisation_id"),
    "template_version": ("v.*, t.epc", "template_version v JOIN template t ON t.id = v.template_id"),
    "product": ("p.*, o.prefix, t.epc AS template", "product p JOIN organisation o ON o.id = p.organisation_id LEFT JOIN template t ON t.id = p.template_id"),
}  # fmt: skip


def rows_of(session: Session) -> dict[str, list[Any]]:
    """Every row of the log, its index and the master data, by table, ids that only count rows left out."""
    found = {}
    for table, (columns, source) in TABLES.items():
        rows = session.connection().execute(text(f"SELECT {columns} FROM {source}")).mappings()
        found[table] = sorted(repr(_row(dict(row))) for row in rows)
    return found


def _row(row: dict[str, Any]) -> dict[str, Any]:
    plain = {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
    return {
        name: value
        for name, value in sorted(plain.items())
        if (name != "id" and not name.endswith("_id")) or name == "event_id"
    }
