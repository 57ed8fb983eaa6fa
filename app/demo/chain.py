"""The story of the worked chain, from powder to vehicle: what is minted, and what happens to it, scan by scan."""

import random
import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from app.demo.descriptions import VALUES
from app.demo.floor import Floor
from app.services.minting import MintRequest

POWDER_LOTS, CELL_LOTS, BUSBAR_LOTS = 14, 24, 4
PACKS, MODULES_PER_PACK, PER_PALLET = 50, 6, 8
CELLS_PER_MODULE = 12
KILOGRAMS_PER_LOT, CELLS_PER_LOT, BUSBARS_PER_LOT = Decimal(500), Decimal(180), Decimal(80)


@dataclass
class Goods:
    """Everything the story is about, by epc, in the order of making."""

    powder: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    busbars: list[str] = field(default_factory=list)
    controllers: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    packs: list[str] = field(default_factory=list)
    pallets: list[str] = field(default_factory=list)
    vehicles: list[str] = field(default_factory=list)
    spoilt: list[str] = field(default_factory=list)

    def by_company(self) -> dict[str, list[str]]:
        return {
            "powder": self.powder,
            "cells": self.cells,
            "packs": [
                *self.busbars,
                *self.controllers,
                *self.modules,
                *self.packs,
                *self.pallets,
                *self.spoilt,
            ],
            "vehicles": self.vehicles,
        }


def mint_goods(floor: Floor) -> Goods:
    """Identifiers ahead of production, as suppliers print labels: reserved until their first scan."""
    goods = Goods()
    for number in range(POWDER_LOTS):
        part = ("NCM811-A", "NCM622-B", "LFP-C")[number % 3]
        goods.powder += _lot(floor, "powder", part, f"P26{number + 1:04d}", number)
    for number in range(CELL_LOTS):
        part = "CELL-105" if number % 3 == 2 else "CELL-52"
        made_of = {"cathode_lots": list(_powder_of(goods, number))}
        goods.cells += _lot(floor, "cells", part, f"C26{number + 1:04d}", number, made_of)
    for number in range(BUSBAR_LOTS):
        goods.busbars += _lot(floor, "packs", "BUSBAR-K", f"B26{number + 1:04d}", number)
    modules = PACKS * MODULES_PER_PACK
    goods.controllers = _serials(floor, "packs", "BMS-3", PACKS, "BMS-26-0001")
    goods.modules = _serials(floor, "packs", "MOD-12S", modules * 2 // 3, "M12-26-0001")
    goods.modules += _serials(floor, "packs", "MOD-8S", modules - modules * 2 // 3, "M08-26-0001")
    goods.packs = _serials(floor, "packs", "PACK-80", PACKS // 2, "P80-26-0001")
    goods.packs += _serials(floor, "packs", "PACK-60", PACKS - PACKS // 2, "P60-26-0001")
    goods.spoilt = _serials(floor, "packs", "BMS-3", 1, f"BMS-26-{PACKS + 1:04d}")
    goods.pallets = floor.mint("packs", MintRequest("logistic", count=PACKS // PER_PALLET))
    goods.vehicles = _serials(floor, "vehicles", "EV-C1", 6, "LDC1A26000001")
    return goods


def _lot(
    floor: Floor, company: str, part: str, lot: str, number: int, values: dict[str, Any] | None = None
) -> list[str]:
    made = (floor.now + timedelta(days=number // 4)).date()
    request = MintRequest("lot", product_epc=floor.products[part], lot=lot, produced_on=made)
    return floor.mint(company, replace(request, values=VALUES.get(part, {}) | (values or {})))


def _serials(floor: Floor, company: str, part: str, count: int, start: str) -> list[str]:
    request = MintRequest("serial", count=count, product_epc=floor.products[part], serial_start=start)
    return floor.mint(company, replace(request, values=VALUES.get(part, {})))


def _powder_of(goods: Goods, number: int) -> tuple[str, str]:
    """The two lots of powder that lot `number` of cells is made of: iron phosphate for every third."""
    kind = goods.powder[2::3] if number % 3 == 2 else [p for i, p in enumerate(goods.powder) if i % 3 != 2]
    return kind[number % len(kind)], kind[(number + 1) % len(kind)]


def tell(floor: Floor, goods: Goods) -> None:
    """The whole story. Every kind of step occurs; a lot fails and stays held, another is held and released; a label
    is spoilt, a scan undone, one refused, one comes late."""
    chance = random.Random(118)  # the same story every time
    make_powder(floor, goods)
    make_cells(floor, goods)
    build_modules(floor, goods, chance)
    build_packs(floor, goods)
    send_pallets(floor, goods)
    build_vehicles(floor, goods)


def make_powder(floor: Floor, goods: Goods) -> None:
    for number, lot in enumerate(goods.powder):
        floor.scan("powder", "commission", lot, "powder-plant", quantity=KILOGRAMS_PER_LOT)
        floor.scan("powder", "inspect", lot, "powder-plant", result="pass")
        floor.scan("powder", "move", lot, "powder-store")
        order = f"PO-2002-{4100 + number // 2}"
        cells = floor.people["cells"].prefix
        floor.scan("powder", "ship", lot, "powder-store", destination=cells, order=order)
        floor.wait(hours=9)
        floor.scan("cells", "receive", lot, "cell-receiving", order=order)
        floor.wait(hours=2)
    floor.scan_all("cells", "move", goods.powder, "cell-line")


def make_cells(floor: Floor, goods: Goods) -> None:
    """Each run uses two powder lots of its kind and makes one lot of cells. Lot 7 fails and is held."""
    for number, lot in enumerate(goods.cells):
        run = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, lot)}"
        for source in _powder_of(goods, number):
            floor.scan("cells", "consume", source, "cell-line", transformation=run, quantity=Decimal(90))
        floor.scan("cells", "produce", lot, "cell-line", transformation=run, quantity=CELLS_PER_LOT)
        floor.wait(hours=3)
        if number == 6:
            reason = "容量低于规格 Capacity below specification"
            floor.scan("cells", "inspect", lot, "cell-line", result="fail", reason=reason)
            continue
        floor.scan("cells", "inspect", lot, "cell-line", result="pass")
        floor.scan("cells", "move", lot, "cell-store")
    failed = goods.cells[6]
    packs = floor.people["packs"].prefix
    floor.scan("cells", "ship", failed, "cell-line", destination=packs, refused="held")
    for number, lot in enumerate(goods.cells):
        if lot != failed:
            order = f"PO-3003-{7200 + number // 4}"
            floor.scan("cells", "ship", lot, "cell-store", destination=packs, order=order)
            floor.wait(hours=5)
            floor.scan("packs", "receive", lot, "pack-receiving", order=order)
            floor.scan("packs", "move", lot, "module-line")


def build_modules(floor: Floor, goods: Goods, chance: random.Random) -> None:
    for lot in goods.busbars:
        floor.scan("packs", "commission", lot, "module-line", quantity=BUSBARS_PER_LOT)
    floor.hold("packs", goods.busbars[0], "缺材质证明 Material certificate missing")
    floor.wait(hours=4)
    floor.release("packs", goods.busbars[0], "材质证明已补 Material certificate received")
    floor.void("packs", goods.spoilt[0], "标签打坏 Label spoilt")
    ncm = [(lot, CELLS_PER_LOT) for i, lot in enumerate(goods.cells) if i % 3 != 2 and i != 6]
    lfp = [(lot, CELLS_PER_LOT) for i, lot in enumerate(goods.cells) if i % 3 == 2]
    busbars = [(lot, BUSBARS_PER_LOT) for lot in goods.busbars]
    for number, module in enumerate(goods.modules):
        cells = ncm if number < PACKS * MODULES_PER_PACK * 2 // 3 else lfp
        for stock, need in ((cells, Decimal(CELLS_PER_MODULE)), (busbars, Decimal(1))):
            for lot, quantity in _take(stock, need):
                floor.scan("packs", "assemble", lot, "module-line", parent=module, quantity=quantity)
        if chance.random() < 0.5:
            floor.scan("packs", "inspect", module, "module-line", result="pass")
        floor.wait(minutes=4)
    floor.retire("packs", goods.busbars[0], "已用完 Used up")


def _take(stock: list[tuple[str, Decimal]], need: Decimal) -> list[tuple[str, Decimal]]:
    """First in, first out; a module may get cells of two lots where one runs out."""
    taken = []
    while need:
        lot, left = stock.pop(0)
        part = min(left, need)
        taken.append((lot, part))
        need -= part
        if left > part:
            stock.insert(0, (lot, left - part))
    return taken


def build_packs(floor: Floor, goods: Goods) -> None:
    modules = iter(goods.modules)
    for pack, controller in zip(goods.packs, goods.controllers, strict=True):
        floor.scan("packs", "commission", controller, "pack-line")
        floor.scan("packs", "assemble", controller, "pack-line", parent=pack)
        for module in islice(modules, MODULES_PER_PACK):
            floor.scan("packs", "move", module, "pack-line")
            floor.scan("packs", "assemble", module, "pack-line", parent=pack)
        floor.scan("packs", "inspect", pack, "pack-line", result="pass")
        floor.wait(minutes=25)
    dropped = goods.packs[-1]
    floor.scan("packs", "scrap", dropped, "pack-line", reason="跌落 Dropped from the hoist")


def send_pallets(floor: Floor, goods: Goods) -> None:
    """Eight packs a pallet, by carrier. One pack is put on the wrong pallet and the scan undone."""
    carrier, vehicles = floor.people["carrier"].prefix, floor.people["vehicles"].prefix
    ready = goods.packs[: len(goods.pallets) * PER_PALLET]
    floor.scan_all("packs", "move", ready, "pack-dock")
    floor.scan("packs", "pack", ready[0], "pack-dock", parent=goods.pallets[1])
    floor.undo_last("packs")
    packs = iter(ready)
    for number, pallet in enumerate(goods.pallets):
        for pack in islice(packs, PER_PALLET):
            floor.scan("packs", "pack", pack, "pack-dock", parent=pallet)
        order = f"PO-5005-{900 + number}"
        floor.scan("packs", "ship", pallet, "pack-dock", destination=carrier, order=order)
        floor.wait(hours=6)
        floor.scan("carrier", "receive", pallet, "hub", order=order)
        floor.scan("carrier", "move", pallet, "bay")
        floor.wait(hours=12)
        floor.scan("carrier", "ship", pallet, "bay", destination=vehicles, order=order)
        floor.wait(hours=7)
        if pallet != goods.pallets[-1]:  # the last one is still on the road
            floor.scan("vehicles", "receive", pallet, "vehicle-receiving", order=order)


def build_vehicles(floor: Floor, goods: Goods) -> None:
    arrived = [goods.packs[i * PER_PALLET : (i + 1) * PER_PALLET] for i in range(3)]
    for pallet, packs in zip(goods.pallets, arrived, strict=False):
        floor.scan_all("vehicles", "unpack", packs, "vehicle-receiving", parent=pallet)
    loose = [pack for packs in arrived for pack in packs]
    floor.scan_all("vehicles", "inspect", loose[:12], "vehicle-receiving", result="pass")
    for pack, reason in (
        (loose[12], "外壳划伤 Scratched housing"),
        (loose[13], "绝缘电阻待复测 Insulation to be measured again"),
    ):
        floor.scan("vehicles", "inspect", pack, "vehicle-receiving", result="hold", reason=reason)
    floor.wait(hours=3)
    floor.scan("vehicles", "inspect", loose[14], "vehicle-receiving", result="pass", late=timedelta(hours=2))
    maker = floor.people["packs"].prefix
    floor.scan("vehicles", "return", loose[15], "vehicle-receiving", destination=maker, order="RMA-5005-17")
    floor.wait(hours=20)
    floor.scan("packs", "receive", loose[15], "pack-receiving", order="RMA-5005-17")
    for vehicle, built_in in zip(goods.vehicles, loose, strict=False):
        floor.scan("vehicles", "move", built_in, "vehicle-line")
        floor.scan("vehicles", "assemble", built_in, "vehicle-line", parent=vehicle)
        floor.scan("vehicles", "inspect", vehicle, "vehicle-line", result="pass")
        floor.wait(minutes=50)
