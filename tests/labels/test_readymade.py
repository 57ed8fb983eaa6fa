"""The ready-made labels, as a customer would judge them: everything in its room, and every symbol read back."""

from itertools import combinations

import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from pyzbar import pyzbar

from labels import codes, symbols
from labels.composing import Plan
from labels.decoders import Decoders, Wanted
from labels.elements import AnyElement, Box, Code, Line, Text
from labels.errors import LabelError
from labels.fields import LANGUAGES, Content, Language, sample
from labels.placed import Placed, Symbol
from labels.raster import dots, part_dots, symbol_dots
from labels.readymade import ready, templates
from labels.spec import DOTS_PER_MM, dots_per_mm
from labels.templates import PURPOSES, Template, data_of, template_of

NAMES = sorted(templates())
_ZBAR = {"QRCode": pyzbar.ZBarSymbol.QRCODE, "Code128": pyzbar.ZBarSymbol.CODE128}

# What even the longest of everything loses on the smallest labels; the others show all of it.
CUT: dict[str, dict[str, tuple[str, ...]]] = {
    "serial-20x10": {"en": ("part",), "zh": ("part",)},
    "serial-40x20": {"en": ("name",)},
}
Edges = tuple[float, float, float, float]


def contents(template: Template, language: Language) -> list[Content]:
    """A usual label, the longest of everything, and one of a thing of which only the name is known."""
    bare = sample(language, longest=True, purpose=template.purpose)
    names = {key: value for key, value in bare.values.items() if key.startswith(("name_", "company_"))}
    return [
        sample(language, purpose=template.purpose),
        sample(language, longest=True, purpose=template.purpose),
        Content(bare.payload, bare.identifier, names),
    ]


def ink_of(placed: Placed) -> list[Edges]:
    """Left, top, right and bottom in dots of each part that has text, by its ink; parts of one element are one."""
    found: list[Edges] = []
    for part in placed.parts:
        if part.runs and not any(run.white for run in part.runs):
            left, top, black = part_dots(part, placed.dpi)
            found.append((left, top, left + black.shape[1], top + black.shape[0]))
    return found


def quiet_of(symbol: Symbol) -> Edges:
    """The symbol with its quiet zone, in dots."""
    if symbol.kind == "Code128":
        across, down = symbol.across * codes.QUIET_CODE_128, 0
    else:
        modules = symbols.QUIET if symbol.kind == "QRCode" else codes.QUIET_DATA_MATRIX
        across, down = symbol.across * modules, symbol.down * modules
    return (
        symbol.left - across,
        symbol.top - down,
        symbol.left + symbol.width + across,
        symbol.top + symbol.height + down,
    )


def overlap(one: Edges, other: Edges) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def room(element: AnyElement) -> Edges:
    return element.x, element.y, element.x + element.width, element.y + element.height


def test_there_is_a_ready_made_label_for_every_kind_of_thing_in_both_languages() -> None:
    assert {template.purpose for template in templates().values()} == set(PURPOSES) - {"other"}
    for template in templates().values():
        assert template_of(data_of(template)) == template
        assert template.title.en
        assert template.title.zh
        assert f"{template.width:g}x{template.height:g}" in template.name
    with pytest.raises(LabelError, match="no ready-made label “none”"):
        ready("none")


@pytest.mark.parametrize("name", NAMES)
def test_rooms_of_a_ready_made_label_do_not_overlap(name: str) -> None:
    """Only a frame holds others, and what is never there together may share its room."""
    for one, other in combinations(templates()[name].elements, 2):
        apart = {f"!{word}" for word in one.when.split()} & set(other.when.split())
        apart |= {f"!{word}" for word in other.when.split()} & set(one.when.split())
        if isinstance(one, Box) or isinstance(other, Box) or apart:
            continue
        assert not overlap(room(one), room(other)), (one, other)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_text_keeps_to_its_room_and_out_of_quiet_zones_at_every_resolution(
    name: str, language: Language
) -> None:
    template = templates()[name]
    for dpi in DOTS_PER_MM:
        per_mm = dots_per_mm(dpi)
        texts = [element for element in template.elements if isinstance(element, Text)]
        lines = [element for element in template.elements if isinstance(element, Line)]
        said = contents(template, language)[1 if dpi > 203 else 0 :]  # the finer, the easier to keep to
        for placed in Plan(template, dpi, language).placed(said):
            assert set(placed.left_off) <= set(CUT.get(name, {}).get(language, ()))
            quiet = [quiet_of(symbol) for symbol in placed.symbols]
            assert quiet, "a label without a symbol"
            for zone in quiet:
                assert min(zone[:2]) >= 0
                assert zone[2] <= template.width * per_mm + 0.5
                assert zone[3] <= template.height * per_mm + 0.5
            written = ink_of(placed)
            for ink in written:
                assert any(_inside(ink, room(text), per_mm) for text in texts), (ink, dpi)
                assert not any(overlap(ink, zone) for zone in quiet)
                assert not any(overlap(ink, _dots(room(line), per_mm)) for line in lines)
            for one, other in combinations(written, 2):
                assert not overlap(one, other) or _same_element(one, other, texts, per_mm)


def _inside(ink: Edges, place: Edges, per_mm: float) -> bool:
    """Within the room, but for the half dot that rounding takes and the one that hinting may add."""
    left, top, right, bottom = _dots(place, per_mm)
    return left - 1.5 <= ink[0] and top - 1.5 <= ink[1] and ink[2] <= right + 1.5 and ink[3] <= bottom + 1.5


def _dots(place: Edges, per_mm: float) -> Edges:
    left, top, right, bottom = (edge * per_mm for edge in place)
    return left, top, right, bottom


def _same_element(one: Edges, other: Edges, texts: list[Text], per_mm: float) -> bool:
    """The captions of an element are one part beside its values; they may share a box, but the values' ink is apart."""
    return any(_inside(one, room(text), per_mm) and _inside(other, room(text), per_mm) for text in texts)


@pytest.mark.parametrize("name", NAMES)
def test_every_symbol_is_read_by_both_decoders_at_every_resolution(name: str) -> None:
    """zxing-cpp reads all, ZBar or libdmtx (Data Matrix) as the second, each from the very dots that are printed."""
    template = templates()[name]
    for dpi, language, longest in zip(
        sorted(DOTS_PER_MM), LANGUAGES * 2, (True, True, False, True), strict=True
    ):
        content = sample(language, longest, template.purpose)
        placed = Plan(template, dpi, language).one(content)
        page = np.where(dots(placed), 0, 255).astype(np.uint8)
        for symbol in placed.symbols:
            seen = around(page, symbol, 3 * symbol.across)
            assert read_by_zxing(seen) == {(symbol.kind, symbol.text)}, (dpi, language)
            assert symbol.kind not in _ZBAR or read_by_zbar(seen) == {(symbol.kind, symbol.text)}, (
                dpi,
                language,
            )
            if symbol.kind == "DataMatrix":
                with Decoders() as decoders:
                    assert decoders.verdict(page, Wanted.of(symbol)).dmtx, (dpi, language)


def around(page: NDArray[np.uint8], symbol: Symbol, margin: int) -> NDArray[np.uint8]:
    """The symbol on the printed label with its quiet zone and what is nearest to it."""
    left, top, right, bottom = (round(edge) for edge in quiet_of(symbol))
    seen = page[max(top - margin, 0) : bottom + margin, max(left - margin, 0) : right + margin]
    return np.pad(seen, 8, constant_values=255)


def read_by_zxing(page: NDArray[np.uint8]) -> set[tuple[str, str]]:
    found = zxingcpp.read_barcodes(page, text_mode=zxingcpp.TextMode.Plain)
    return {(barcode.format.name, barcode.text) for barcode in found}


def read_by_zbar(page: NDArray[np.uint8]) -> set[tuple[str, str]]:
    names = {"QRCODE": "QRCode", "CODE128": "Code128"}
    return {
        (names[found.type], found.data.decode())
        for found in pyzbar.decode(page, symbols=list(_ZBAR.values()))
    }


@pytest.mark.parametrize("name", NAMES)
def test_modules_are_whole_dots_and_as_large_as_phones_and_scanners_want_them(name: str) -> None:
    template = templates()[name]
    for dpi in DOTS_PER_MM:
        for symbol in Plan(template, dpi, "en").one(contents(template, "en")[1]).symbols:
            element = next(
                each for each in template.elements if isinstance(each, Code) and each.kind in _kinds(symbol)
            )
            assert symbol_dots(symbol).shape == (symbol.height, symbol.width)
            assert symbol.across / dots_per_mm(dpi) >= element.module - 1e-9
            assert (symbol.across == symbol.down) == (symbol.kind != "Code128")


def _kinds(symbol: Symbol) -> tuple[str, ...]:
    return {
        "QRCode": ("qr",),
        "DataMatrix": ("datamatrix", "gs1-datamatrix"),
        "Code128": ("code128", "gs1-128"),
    }[symbol.kind]


def test_the_pallet_label_keeps_the_measures_of_gs1_logistic_labels() -> None:
    """General Specifications 5.5 and 6.6: X-dimension 0.495 mm or more (a thermal head of 8 dots has 0.5), bars 32 mm."""
    template = ready("pallet-100x150")
    for dpi in DOTS_PER_MM:
        bars = next(s for s in Plan(template, dpi, "en").one(sample("en")).symbols if s.gs1)
        assert 0.495 <= bars.across / dots_per_mm(dpi) <= 1.016
        assert bars.height / dots_per_mm(dpi) >= 31.75
        assert bars.text == "00395060001343530017"
