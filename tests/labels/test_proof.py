"""What the proof of labels catches: files that were tampered with, and printers' commands."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pytest

from labels import dmtx, proof
from labels.composing import Plan
from labels.errors import LabelError
from labels.fields import sample
from labels.proof import Proof, Prover, prove_picture
from labels.raster import dots
from labels.readymade import ready
from labels.sheets import roll_pdf, sheet_pdf
from labels.single import png_of, svg_of
from labels.stock import A4_3X8, roll
from labels.thermal.setup import Setup
from labels.thermal.writers import writer
from tests.labels.sheet_samples import content, labels

MM = 72 / 25.4


@pytest.fixture(scope="module")
def prover() -> Prover:
    return Prover(processes=1)


def tampered(document: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(document)) as pdf:
        change(pdf)
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def whited(page: int, position: int, top: float, height: float) -> Callable[[pikepdf.Pdf], None]:
    """White from `top` mm below the label's upper edge, over all its width."""

    def change(pdf: pikepdf.Pdf) -> None:
        x, y = A4_3X8.corner(position - 1)
        bottom = float(pdf.pages[page - 1].mediabox[3]) - (y + top + height) * MM
        white = f"q 1 g {x * MM:.3f} {bottom:.3f} {70 * MM:.3f} {height * MM:.3f} re f Q"
        pdf.pages[page - 1].contents_add(pdf.make_stream(white.encode()))

    return change


def test_all_labels_are_read_by_both_decoders_and_counted(prover: Prover) -> None:
    placed = list(labels(50))
    found = prover.pdf(
        sheet_pdf(placed, start=7, skip={9}, offset=(0.5, -0.3)), placed, A4_3X8, 7, {9}, (0.5, -0.3)
    )
    assert (found.labels, found.symbols, found.by_zxing, found.by_zbar, found.for_zbar) == (50,) * 5
    assert found.unread == ()


@pytest.mark.parametrize(
    ("template", "kinds_of_zbar"),
    [("serial-10x10", 0), ("carton-100x150", 1), ("pallet-100x150", 1), ("trust-mark-40x60", 1)],
)
def test_rolls_and_other_symbols_are_proven_too(prover: Prover, template: str, kinds_of_zbar: int) -> None:
    chosen = ready(template)
    label = Plan(chosen, 203, "zh").one(sample("zh", purpose=chosen.purpose))
    found = prover.pdf(roll_pdf([label]), [label], roll("", label.width, label.height))
    assert found.symbols == found.by_zxing == len(label.symbols)
    assert found.by_zbar == found.for_zbar
    assert bool(found.for_zbar) == bool(kinds_of_zbar)
    assert found.by_dmtx == found.for_dmtx == found.symbols - found.for_zbar


def test_two_labels_swapped_are_found_on_their_places(prover: Prover) -> None:
    placed = list(labels(30))
    swapped = [*placed[:26], placed[27], placed[26], *placed[28:]]
    with pytest.raises(LabelError) as refused:
        prover.pdf(sheet_pdf(swapped), placed)
    assert refused.value.code == "label-unreadable"
    assert refused.value.values == {"page": 2, "position": 3, "number": 27, "text": content(26).payload}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (whited(1, 8, 0, 37), "label-unreadable"),
        (whited(1, 8, 20, 0.2), "label-not-as-meant"),
        (lambda pdf: pdf.pages.__delitem__(1), "sheet-incomplete"),
        (lambda pdf: pdf.pages.append(pdf.pages[0]), "sheet-incomplete"),
        (lambda pdf: setattr(pdf.pages[0], "mediabox", [0, 0.2 * MM, *pdf.pages[0].mediabox[2:]]), "label-not-as-meant"),
    ],
    ids=["whitened", "a row of modules clipped by 0.2 mm", "page missing", "page too many", "page clipped by 0.2 mm"],
)  # fmt: skip
def test_a_file_that_was_tampered_with_is_not_handed_out(
    prover: Prover, change: Callable[[pikepdf.Pdf], None], code: str
) -> None:
    placed = list(labels(25))
    with pytest.raises(LabelError) as refused:
        prover.pdf(tampered(sheet_pdf(placed), change), placed)
    assert refused.value.code == code
    if "position" in refused.value.values and code == "label-unreadable":
        assert refused.value.values["position"] == 8


def test_one_symbol_that_became_noise_is_found(prover: Prover) -> None:
    placed = list(labels(6))

    def noise(pdf: pikepdf.Pdf) -> None:
        image = sorted(pdf.pages[0].Resources.XObject.items(), key=lambda pair: int(pair[0][2:]))[4][1]
        image.write(bytes(np.random.default_rng(1).bytes(len(image.read_bytes()))))

    with pytest.raises(LabelError, match="AB00004"):
        prover.pdf(tampered(sheet_pdf(placed), noise), placed)


def test_what_is_no_pdf_and_what_was_moved_is_refused(prover: Prover) -> None:
    placed = list(labels(2))
    with pytest.raises(LabelError) as refused:
        prover.pdf(b"%PDF-1.7 not really", placed)
    assert refused.value.code == "proof-broken-off"
    with pytest.raises(LabelError):
        prover.pdf(sheet_pdf(placed, offset=(0.2, 0)), placed)


def test_processes_read_long_files_and_say_what_they_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "_WORTH_PROCESSES", 24)
    placed = list(labels(24 * 6))
    path = tmp_path / "sheets.pdf"
    path.write_bytes(sheet_pdf(placed))
    with Prover(processes=2) as prover:
        found = prover.pdf(path, placed)
        assert (found.labels, found.by_zxing, found.by_zbar) == (144, 144, 144)
        path.write_bytes(tampered(path.read_bytes(), whited(3, 5, 0, 37)))
        with pytest.raises(LabelError) as refused:
            prover.pdf(path, placed)
        assert refused.value.values["number"] == 2 * 24 + 5
        for reader in prover._readers._all:
            if reader.process is not None:
                reader.process.kill()
        with pytest.raises(LabelError) as refused:
            prover.pdf(path, placed)
        assert refused.value.code == "proof-broken-off"
        path.write_bytes(sheet_pdf(placed))
        assert prover.pdf(path, placed).by_zbar == 144


def test_pictures_of_single_labels_are_read_as_they_are() -> None:
    label, other = labels(2)
    for drawn in (png_of(label), svg_of(label)):
        assert prove_picture(drawn, label).by_zxing == 1
        with pytest.raises(LabelError):
            prove_picture(drawn, other)


@pytest.mark.parametrize("language", ["zpl", "tspl", "epl"])
def test_the_commands_of_a_thermal_printer_are_drawn_again_and_read(prover: Prover, language: str) -> None:
    placed = list(labels(3, dpi=203))
    stream = b"".join(writer(language, Setup()).stream(placed))
    assert prover.commands(stream, placed, language).by_zbar == 3
    moved = b"".join(writer(language, Setup(offset_x=1, offset_y=-0.5)).stream(placed))
    assert prover.commands(moved, placed, language, (1, -0.5)).by_zbar == 3
    with pytest.raises(LabelError):
        prover.commands(moved, placed, language)
    with pytest.raises(LabelError) as refused:
        prover.commands(stream, list(labels(4, dpi=203)), language)
    assert refused.value.code == "sheet-incomplete"
    with pytest.raises(LabelError) as refused:
        prover.commands(stream, list(labels(3, first=1, dpi=203)), language)
    assert refused.value.code == "label-unreadable"


def test_what_only_one_decoder_reads_is_told_with_its_number(prover: Prover) -> None:
    """Modules of a single dot are too fine for zbar."""
    placed = list(labels(3))
    fine = placed[1].symbols[0]._replace(across=1, down=1)
    placed[1] = placed[1]._replace(symbols=(fine,))
    found = prover.bitmaps(map(dots, placed), placed)
    assert (found.by_zxing, found.by_zbar) == (3, 2)
    assert found.unread == ((2, fine.text, "zbar"),)


def test_a_symbol_that_libdmtx_misses_is_told_and_no_fault(
    prover: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = Plan(ready("serial-10x10"), 203, "en").one(sample("en"))
    monkeypatch.setattr(dmtx, "read", lambda _: None)
    found = prover.bitmaps([dots(label)], [label])
    assert (found.by_zxing, found.by_dmtx, found.for_dmtx) == (1, 0, 1)
    assert found.unread == ((1, label.symbols[0].text, "dmtx"),)


def test_a_machine_without_libdmtx_proves_by_zxing_alone(
    prover: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dmtx, "_NAMES", ("lib-that-is-nowhere.so",))
    monkeypatch.setattr(dmtx, "_library", dmtx._library.__wrapped__)
    label = Plan(ready("serial-10x10"), 203, "en").one(sample("en"))
    found = prover.bitmaps([dots(label)], [label])
    assert (found.by_zxing, found.for_dmtx, found.unread) == (1, 0, ())
    with pytest.raises(RuntimeError, match="libdmtx"):
        dmtx.read(np.zeros((4, 4), np.uint8))


def test_proofs_of_parts_add_up() -> None:
    one = Proof(10, 10, 10, 9, 10, ((4, "x", "zbar"),), 1.5, 2.0)
    both = one + replace(one, labels=5)
    assert (both.labels, both.by_zbar, both.unread) == (15, 18, ((4, "x", "zbar"), (14, "x", "zbar")))
    assert both.as_data()["unread"] == [[4, "x", "zbar"], [14, "x", "zbar"]]
