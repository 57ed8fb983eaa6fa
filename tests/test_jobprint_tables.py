"""Labels of an ERP's table: columns on labels, lines minted or named, and what is wrong with which line."""

import csv
import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from app import jobprint
from app.errors import Malformed, Unknown
from app.services import printing, uploads, voiding
from app.services.printing import files, merging
from app.settings import Settings
from app.store.database import reading
from app.store.tables import PrintRun
from tests.support.pressing import LinePress
from tests.support.print_shop import Shop, shop_of


@pytest.fixture(autouse=True)
def press(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobprint, "Press", LinePress)


@pytest.fixture
def shop(engine: Engine, now: datetime, settings: Settings, database_url: str) -> Shop:
    return shop_of(engine, now, settings, database_url)


def printed(
    shop: Shop, table: bytes, product: str = "", mapping: tuple[str, ...] = (), **more: Any
) -> PrintRun:
    folder, ana = shop.settings.uploads_dir, shop.world.ana
    brought = uploads.keep(folder, ana, "erp.csv", io.BytesIO(table), 0.0)
    what = merging.what_of(folder, ana, brought.token, mapping, shop.world.at.get(product, ""))
    return shop.work(shop.ask(what, **more))


def said(shop: Shop, run: PrintRun) -> list[dict[str, Any]]:
    with reading(shop.world.engine) as session:
        return [piece.values or {} for piece in printing.pieces_of(session, shop.world.ana, run.id or 0)]


def plain(epc: str) -> str:
    return epc.removeprefix("hdl:")


def test_lines_that_name_things_are_printed_in_their_order_with_columns_of_their_own(shop: Shop) -> None:
    first, second = shop.world.mint("module", 2)
    table = f"Identifier,Customer order,Made\n{plain(second)},PO-7,2026/5/1\n{plain(first)},,\n"
    run = printed(shop, table.encode())
    assert (run.state, run.kind, run.quantity) == ("printed", "table", 2)
    assert shop.lines(run) == [f"{plain(second)} ", f"{plain(first)} "]
    assert said(shop, run) == [{"note1": "PO-7", "made": "2026-05-01"}, {}]
    again = printed(shop, table.encode())
    assert (again.state, again.error_code) == ("failed", "already-printed")
    assert shop.lines(printed(shop, table.encode(), reprint="new order"))[0].endswith("第 2 份")


def test_lines_without_identifiers_are_minted_once_under_their_product(shop: Shop) -> None:
    sheet = openpyxl.Workbook()
    sheet.active.append(["批次", "序列号", "Customer"])
    for number in range(1, 1_204):
        sheet.active.append([f"L-{number // 600}", f"SN-{number:04}", "Ligang"])
    out = io.BytesIO()
    sheet.save(out)
    run = printed(shop, out.getvalue(), "module")
    assert (run.state, run.error, run.quantity) == ("printed", "", 1_203)
    with reading(shop.world.engine) as session:
        pieces = printing.pieces_of(session, shop.world.ana, run.id or 0, limit=2_000)
        things = [shop.world.thing(piece.epc) for piece in (pieces[0], pieces[-1])]
    assert [(thing.lot, thing.serial) for thing in things] == [("L-0", "SN-0001"), ("L-2", "SN-1203")]
    assert pieces[700].values == {"note1": "Ligang"}
    assert len({piece.epc for piece in pieces}) == 1_203


def test_a_bad_line_is_named_and_nothing_is_printed_or_minted(shop: Shop) -> None:
    void, other, good = *shop.world.mint("module", 2), *shop.world.mint("car", by="dee")
    shop.do(voiding.void, void, "torn")
    lines = [plain(good), plain(void), "nonsense", "", plain(other), plain(other)]
    table = "identifier,made\n" + "".join(f"{line},2026-13-45\n" for line in lines)
    size = shop.world.size()
    run = printed(shop, table.encode())
    assert (run.state, run.error_code, run.quantity) == ("failed", "bad-lines", 0)
    assert "6 of 6" in run.error
    path = files.file_of(shop.settings.prints_dir, run)
    assert path is not None
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert {int(row[0]) for row in rows[1:]} == {2, 3, 4, 5, 6, 7}
    assert any("2026-13-45" in row for row in rows)
    serials = "serial,lot\nS-1,L\nS-1,L\n"
    assert printed(shop, serials.encode(), "module").error_code == "bad-lines"
    assert shop.world.size() == size


def test_another_companys_table_and_a_mapping_that_cannot_be_are_refused(shop: Shop) -> None:
    folder = shop.settings.uploads_dir
    brought = uploads.keep(folder, shop.world.ana, "erp.csv", io.BytesIO(b"lot,x\nL,1\n"), 0.0)
    with pytest.raises(Unknown):
        merging.what_of(folder, shop.world.cy, brought.token, (), "")
    for mapping, product in (((), ""), (("lot",), "p"), (("lot", "lot"), "p"), (("lot", "colour"), "p")):
        with pytest.raises(Malformed):
            merging.what_of(folder, shop.world.ana, brought.token, mapping, product)


def test_headers_in_both_languages_are_understood() -> None:
    header = ("标识", "批次号 Lot number", "Serial number", "Quantity", "Kunde", "")
    assert merging.guessed(header) == ("identifier", "lot", "serial", "quantity", "note1", "")
