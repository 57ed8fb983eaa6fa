"""Tables as people bring them: told apart, read alike, and refused with the reason where they are none."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.spreadsheets import harmless, meant
from app.errors import Malformed
from app.services import sheets
from app.services.sheets import Bad, Kind

TABLE = "标识,名称\n88.118.1001/A1,电池\n88.118.1001/A2,模组\n"


@pytest.fixture
def bring(tmp_path: Path) -> Callable[[bytes], Path]:
    def bring(content: bytes) -> Path:
        path = tmp_path / "table"
        path.write_bytes(content)
        return path

    return bring


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def all_of(path: Path) -> tuple[Kind, list[str], list[sheets.Row]]:
    kind = sheets.kind_of(path)
    header = sheets.header_of(path, kind)
    return kind, header, list(sheets.rows_of(path, kind, len(header)))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_whatever_encoding_an_office_writes_the_table_says_the_same(
    bring: Callable[[bytes], Path], encoding: str
) -> None:
    kind, header, rows = all_of(bring(TABLE.encode(encoding)))
    assert kind.form == "csv"
    assert header == ["标识", "名称"]
    assert rows == [(2, ["88.118.1001/A1", "电池"]), (3, ["88.118.1001/A2", "模组"])]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_from_the_lines(bring: Callable[[bytes], Path], delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(
        [["a", "b", "c"], ["1,5", 'say "x"', "two\nlines"], ["", "x", ""]]
    )
    kind, header, rows = all_of(bring(out.getvalue().encode()))
    assert (kind.delimiter, header) == (delimiter, ["a", "b", "c"])
    assert rows == [(2, ["1,5", 'say "x"', "two\nlines"]), (3, ["", "x", ""])]


def test_a_table_of_one_column_has_no_delimiter(bring: Callable[[bytes], Path]) -> None:
    assert all_of(bring(b"handle\r\n88.118.1001/A\r\n\r\n88.118.1001/B"))[2] == [
        (2, ["88.118.1001/A"]),
        (4, ["88.118.1001/B"]),
    ]


def test_a_workbook_says_what_its_cells_show(bring: Callable[[bytes], Path]) -> None:
    kind, header, rows = all_of(
        bring(
            workbook(
                ["标识", "n", "day", "formula", "long", "yes"],
                ["A", 41, date(2026, 5, 20), "=1+1", 12345678901234567890, True],
                [],
                ["B", 1.5, None, None, None, None],
            )
        )
    )
    assert (kind, header) == (Kind("xlsx"), ["标识", "n", "day", "formula", "long", "yes"])
    number, cells = rows[0]
    assert (number, cells[:3], cells[5]) == (2, ["A", "41", "2026-05-20"], "true")
    assert [type(cell) for cell in cells[3:5]] == [Bad, Bad]
    assert rows[1] == (4, ["B", "1.5", "", "", "", ""])


def test_a_formula_is_never_taken_from_a_text_file_either(bring: Callable[[bytes], Path]) -> None:
    (row,) = all_of(bring(b"a,b\n=HYPERLINK(1),'=x\n"))[2]
    assert row == (2, [Bad("=HYPERLINK(1)", "It is a formula."), "=x"])


def test_short_and_long_rows_get_the_width_of_the_header(bring: Callable[[bytes], Path]) -> None:
    assert [cells for _, cells in all_of(bring(b"a,b\n1\n1,2,3\n"))[2]] == [["1", ""], ["1", "2"]]


def bomb() -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["a"], ["b"]))) as whole,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for part in whole.infolist():
            packed.writestr(part, whole.read(part))
        packed.writestr("xl/media/zeros.bin", b"\0" * 50_000_000)
    return out.getvalue()


def other_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("readme.txt", "nothing")
    return out.getvalue()


def entities() -> bytes:
    """A billion laughs."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(["a"], ["b"]))) as whole, zipfile.ZipFile(out, "w") as packed:
        for part in whole.infolist():
            text = whole.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                text = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>' + text.partition(b"?>")[2]
            packed.writestr(part, text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-table"),
        (b" \r\n ", "empty-table"),
        (b",,\n,,\n", "empty-table"),
        (b"a,b\n", "header-only"),
        (b"a,b\n,\n\n", "header-only"),
        (workbook(), "empty-table"),
        (workbook(["a", "b"]), "header-only"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no-table"),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n1 0 obj\x00", "no-table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "no-table"),
        (b"name\n\xff\xff\xff\xff", "no-table"),
        (workbook(["a"], ["b"])[:-100], "no-table"),
        (workbook(["a"], ["b"])[:200], "no-table"),
        (other_zip(), "no-table"),
        (bomb(), "table-too-large"),
        (entities(), "no-table"),
        (b"a,b\n" + b'"' + b"x" * 300_000, "unreadable-row"),
        ((",".join(f"c{n}" for n in range(300)) + "\n1\n").encode(), "too-many-columns"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_told(bring: Callable[[bytes], Path], content: bytes, code: str) -> None:
    with pytest.raises(Malformed) as told:
        all_of(bring(content))
    assert told.value.code == code


def test_more_rows_than_a_million_are_refused(
    bring: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    assert len(all_of(bring(b"a\n1\n2\n3\n"))[2]) == 3
    with pytest.raises(Malformed, match="more than 3 rows"):
        all_of(bring(b"a\n1\n2\n3\n4\n"))


@given(st.text(max_size=20))
def test_a_text_made_harmless_comes_back_as_it_was(text: str) -> None:
    assert meant(harmless(text)) == text
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.binary(max_size=300))
def test_no_file_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    for head in (b"", b"PK\x03\x04", b"\xff\xfe", b"a,b\n"):
        path.write_bytes(head + content)
        try:
            all_of(path)
        except Malformed as error:
            assert error.english()
