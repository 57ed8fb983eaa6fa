"""Label stock that one can buy, by maker and number, with the measures its makers publish.

Makers name sizes rounded to a tenth of a millimetre; many of their dies are cut to sixths of an inch, and are told so
here, because rounding adds up to half a millimetre over thirteen rows. Labels of these sheets lie in the middle of
the page. A product whose published measures contradict each other is left out: measure it, and make it stock of your
own.
"""

from collections.abc import Mapping
from types import MappingProxyType

from labels.fitting import TOLERANCE
from labels.stock import A4_3X8, Stock, endless, roll, sheet

A4, LETTER = (210.0, 297.0), (215.9, 279.4)
_INCH = 25.4

# maker, numbers, columns × rows, label (mm), pitch (mm) or None where labels touch, corner radius (None: round)
_A4 = (
    ("Avery", "L7159", (3, 8), (64.0, 33.87), (66.54, _INCH * 4 / 3), 2),
    ("Avery", "L7160 J8160 L7560", (3, 7), (63.5, 38.1), (66.04, 38.1), 2),
    ("Avery", "L7161 J8161", (3, 6), (63.5, 46.57), (66.04, _INCH * 11 / 6), 2),
    ("Avery", "L7162 J8162 L7562", (2, 8), (99.06, 33.87), (101.6, _INCH * 4 / 3), 2),
    ("Avery", "L7163 J8163 L7563", (2, 7), (99.06, 38.1), (101.6, 38.1), 2),
    ("Avery", "L7164", (3, 4), (63.5, 71.97), (66.04, _INCH * 17 / 6), 2),
    ("Avery", "L7165 J8165 L7565", (2, 4), (99.06, 67.73), (101.6, _INCH * 8 / 3), 2),
    ("Avery", "L7166 J8166", (2, 3), (99.06, 93.13), (101.6, _INCH * 11 / 3), 2),
    ("Avery", "L7167 J8167", (1, 1), (199.6, 289.05), None, 2),
    ("Avery", "L7168 J8168", (1, 2), (199.6, 143.53), None, 2),
    ("Avery", "L7169 J8169", (2, 2), (99.1, 139.0), (101.64, 139.0), 2),
    ("Avery", "L7173 J8173", (2, 5), (99.06, 57.0), (101.6, 57.0), 2),
    ("Avery", "L7418", (2, 4), (86.0, 55.0), None, 0),
    ("Avery", "L7630 L7650", (3, 4), (63.5, 63.5), (68.0, 68.0), None),
    ("Avery", "L7651 J8651 L7551", (5, 13), (38.1, 21.17), (40.64, _INCH * 5 / 6), 2),
    ("Avery", "L7652", (4, 16), (45.72, 16.93), (48.26, _INCH * 2 / 3), 2),
    ("Avery", "L7654 J8654", (4, 10), (45.72, 25.4), (48.26, 25.4), 2),
    ("Avery", "L7656 J8656", (4, 21), (46.0, 11.11), (50.67, 12.7), 1),
    ("Avery", "L7657", (10, 27), (17.78, 10.0), (20.32, 10.0), 1),
    ("Avery", "L7658", (7, 27), (25.4, 10.0), (27.94, 10.0), 1),
    ("Avery Zweckform", "3415", (4, 6), (40.0, 40.0), (46.0, 46.0), None),
    ("Avery Zweckform", "3416", (3, 4), (60.0, 60.0), (67.0, 67.0), None),
    ("Avery Zweckform", "3421", (3, 11), (70.0, 25.4), None, 0),
    ("Avery Zweckform", "3422", (3, 8), (70.0, 35.0), None, 0),
    ("Avery Zweckform", "3423", (2, 8), (105.0, 35.0), None, 0),
    ("Avery Zweckform", "3424", (2, 6), (105.0, 48.0), None, 0),
    ("Avery Zweckform", "3425", (2, 5), (105.0, 57.0), None, 0),
    ("Avery Zweckform", "3426", (2, 4), (105.0, 70.0), None, 0),
    ("Avery Zweckform", "3427", (2, 4), (105.0, 297 / 4), None, 0),
    ("Avery Zweckform", "3474 3448 3449 3450 3451", (3, 8), (70.0, 297 / 8), None, 0),
    ("Avery Zweckform", "3475 3490", (3, 8), (70.0, 36.0), None, 0),
    ("Avery Zweckform", "3477", (2, 7), (105.0, 41.0), None, 0),
    ("Avery Zweckform", "3478 3470 3471 3472 3473", (1, 1), (210.0, 297.0), None, 0),
    ("Avery Zweckform", "3479", (3, 9), (70.0, 32.0), None, 0),
    ("Avery Zweckform", "3481", (3, 7), (70.0, 41.0), None, 0),
    ("Avery Zweckform", "3483", (2, 2), (105.0, 297 / 2), None, 0),
    ("Avery Zweckform", "3484 3452 3453 3454 3455", (2, 8), (105.0, 297 / 8), None, 0),
    ("Avery Zweckform", "3489", (3, 10), (70.0, 29.7), None, 0),
    ("Avery Zweckform", "3651", (4, 10), (52.5, 29.7), None, 0),
    ("Avery Zweckform", "3652", (3, 7), (70.0, 297 / 7), None, 0),
    ("Avery Zweckform", "3653", (2, 7), (105.0, 297 / 7), None, 0),
    ("Avery Zweckform", "3655", (1, 2), (210.0, 297 / 2), None, 0),
    ("Avery Zweckform", "3657", (4, 10), (48.5, 25.4), None, 0),
    ("Avery Zweckform", "3668", (4, 14), (52.5, 297 / 14), None, 0),
    ("Avery Zweckform", "3669", (3, 5), (70.0, 50.8), None, 0),
    ("Avery Zweckform", "4730", (10, 27), (17.78, 10.0), (20.32, 10.0), 1),
    ("Avery Zweckform", "4731 L4731REV", (7, 27), (25.4, 10.0), (27.94, 10.0), 1),
    ("Avery Zweckform", "4732 L4732REV", (5, 16), (35.56, 16.93), (38.1, _INCH * 2 / 3), 1.5),
    ("Avery Zweckform", "4736 L4736REV", (4, 12), (45.72, 21.17), (48.26, _INCH * 5 / 6), 2),
    ("Avery Zweckform", "4737 L4737REV", (3, 9), (63.5, 29.63), (66.04, _INCH * 7 / 6), 2),
    ("Avery Zweckform", "4743 L4743REV", (2, 6), (96.0, 42.33), (98.54, _INCH * 5 / 3), 2),
    ("Avery Zweckform", "4744 L4744REV", (2, 5), (96.0, 50.8), (98.54, 50.8), 2),
    ("Avery Zweckform", "4745 L4745REV", (2, 4), (96.0, 63.5), (98.54, 63.5), 2),
    ("Herma", "4200", (4, 8), (48.3, 33.87), (48.3, _INCH * 4 / 3), 0),
    ("Herma", "4201", (4, 16), (45.72, 16.93), (48.26, _INCH * 2 / 3), 2),
    ("Herma", "4211 4334", (7, 16), (25.4, 16.93), (27.94, _INCH * 2 / 3), 1),
    ("Herma", "4203 4265", (3, 6), (63.5, 46.57), (66.04, _INCH * 11 / 6), 2),
    ("Herma", "4262 4227", (3, 8), (64.6, 33.87), (64.6, _INCH * 4 / 3), 0),
    ("Herma", "4263", (3, 8), (70.0, 33.87), (70.0, _INCH * 4 / 3), 0),
    ("Herma", "4264", (2, 8), (105.0, 33.87), (105.0, _INCH * 4 / 3), 0),
    ("Herma", "4266", (3, 4), (63.5, 72.0), (66.04, 72.0), 2),
    ("Herma", "4267", (2, 8), (99.06, 33.87), (101.6, _INCH * 4 / 3), 2),
    ("Herma", "4268", (2, 5), (99.06, 57.0), (101.6, 57.0), 2),
    ("Herma", "4269", (2, 4), (99.06, 67.73), (101.6, _INCH * 8 / 3), 2),
    ("Herma", "4271 4226", (4, 16), (48.26, 16.93), (48.26, _INCH * 2 / 3), 0),
    ("Herma", "4272", (4, 11), (48.26, 25.4), None, 0),
    ("Herma", "4275", (3, 11), (66.0, 25.4), None, 0),
    ("Herma", "4280", (2, 4), (96.52, 67.73), (96.52, _INCH * 8 / 3), 0),
    ("Herma", "4281", (2, 5), (105.0, 50.8), None, 0),
    ("Herma", "4333 4344", (7, 27), (25.4, 10.0), (27.94, 10.0), 1),
    ("Herma", "4336 4345", (5, 16), (35.56, 16.93), (38.1, _INCH * 2 / 3), 1.5),
    ("Herma", "4346", (4, 12), (45.72, 21.17), (48.26, _INCH * 5 / 6), 2),
    ("Herma", "4347", (3, 9), (63.5, 29.63), (66.04, _INCH * 7 / 6), 2),
    ("Herma", "4348", (2, 6), (96.0, 42.33), (98.54, _INCH * 5 / 3), 2),
    ("Herma", "4349", (2, 5), (96.0, 50.8), (98.54, 50.8), 2),
    ("Herma", "4350", (2, 4), (96.0, 63.5), (98.54, 63.5), 2),
    ("Herma", "4464", (3, 8), (70.0, 297 / 8), None, 0),
    ("Herma", "4620 4256 4257 4258 4259", (2, 8), (105.0, 297 / 8), None, 0),
)  # fmt: skip

_LETTER = (
    ("Avery", "5159", (2, 7), (4.0, 1.5), (4.1875, 1.5), 1.6),
    ("Avery", "5160 5260 5960 8160", (3, 10), (2.625, 1.0), (2.75, 1.0), 1.6),
    ("Avery", "5161 5261 5961 8161", (2, 10), (4.0, 1.0), (4.1875, 1.0), 1.6),
    ("Avery", "5162 5262 5962 8162", (2, 7), (4.0, 4 / 3), (4.1875, 4 / 3), 1.6),
    ("Avery", "5163 5263 5963 8163", (2, 5), (4.0, 2.0), (4.1875, 2.0), 3.2),
    ("Avery", "5164 5264 8164", (2, 3), (4.0, 10 / 3), (4.1875, 10 / 3), 3.2),
    ("Avery", "5165 8165", (1, 1), (8.5, 11.0), None, 0),
    ("Avery", "5167 5267 8167", (4, 20), (1.75, 0.5), (2.0625, 0.5), 1.6),
    ("Avery", "5168 8168", (2, 2), (3.5, 5.0), (4.0, 5.0), 1.6),
    ("Avery", "5126 8126", (1, 2), (8.5, 5.5), None, 0),
    ("Avery", "5366", (2, 15), (3.4375, 2 / 3), (4.0, 2 / 3), 1.6),
    ("Avery", "5395 8395", (2, 4), (3.375, 7 / 3), (3.75, 2.5), 4.8),
    ("Avery", "6871", (3, 6), (2.375, 1.25), (2.69, 1.5), 1.6),
    ("Avery", "6873", (2, 4), (3.75, 2.0), (4.0, 2.25), 1.6),
    ("Avery", "6874", (2, 3), (3.75, 3.0), (4.0, 3.375), 1.6),
    ("Avery", "6879", (2, 6), (3.75, 1.25), (4.0, 1.5), 1.6),
)  # fmt: skip

# maker, number, width (across the feed) × height (along it), mm; None for endless
_ROLLS = (
    ("Brother", "DK-11201", 29, 90),
    ("Brother", "DK-11202", 62, 100),
    ("Brother", "DK-11203", 17, 87),
    ("Brother", "DK-11204", 17, 54),
    ("Brother", "DK-11208", 38, 90),
    ("Brother", "DK-11209", 62, 29),
    ("Brother", "DK-11221", 23, 23),
    ("Brother", "DK-11240", 102, 51),
    ("Brother", "DK-11241", 102, 152),
    ("DYMO", "11352", 25, 54),
    ("DYMO", "11354", 57, 32),
    ("DYMO", "11355", 19, 51),
    ("DYMO", "99010", 28, 89),
    ("DYMO", "99012", 36, 89),
    ("DYMO", "99014", 54, 101),
    ("DYMO", "S0904980", 104, 159),
)
_SIZES = (
    *((10, 10), (15, 10), (20, 10), (25, 15), (25, 25), (30, 20), (40, 20), (40, 30), (50, 25), (50, 30)),
    *(
        (57, 32),
        (60, 40),
        (70, 37),
        (70, 50),
        (76, 51),
        (80, 50),
        (100, 50),
        (100, 70),
        (100, 100),
        (100, 150),
    ),
    *((102, 51), (102, 76), (102, 102), (102, 152), (105, 148), (148, 210)),
)
_WIDTHS = (25, 38, 50, 60, 80, 100, 104)
_TAPES = (("DK-22205", 62), ("DK-22210", 29), ("DK-22223", 50), ("DK-22225", 38), ("DK-22243", 102))


def _sheets() -> dict[str, Stock]:
    found = {}
    for page, unit, rows in ((A4, 1.0, _A4), (LETTER, _INCH, _LETTER)):
        for maker, numbers, grid, size, pitch, radius in rows:
            across, down = ((size if pitch is None else pitch)[axis] * unit for axis in (0, 1))
            first, *_ = known = tuple(numbers.split())
            measures = f"{grid[0]} × {grid[1]}, {size[0] * unit:.4g} × {size[1] * unit:.4g} mm"
            stock = sheet(
                f"{maker} {first}, {measures}",
                page,
                grid,
                (size[0] * unit, size[1] * unit),
                pitch=(across, down),
                radius=float(radius or 0),
                round=radius is None,
                maker=maker,
                numbers=known,
            )
            found[_code(maker, first)] = stock
    return found


def _code(maker: str, number: str) -> str:
    return f"{maker.lower().replace('avery zweckform', 'zweckform')}-{number.lower()}"


def _rolls() -> dict[str, Stock]:
    found = {}
    for maker, number, width, height in _ROLLS:
        name = f"{maker} {number}, {width} × {height} mm"
        code = number.lower() if number.startswith("DK") else _code(maker, number)
        found[code] = roll(name, width, height, maker=maker, numbers=(number,))
    for width, height in _SIZES:
        found[f"roll-{width}x{height}"] = roll(f"{width} × {height} mm", width, height)
    for number, width in _TAPES:
        printable = width - 3  # mm; the QL printers leave 1.5 mm white at both sides
        tape = endless(f"Brother {number}, {width} mm", width, printable, maker="Brother", numbers=(number,))
        found[number.lower()] = tape
    for width in _WIDTHS:
        found[f"continuous-{width}"] = endless(f"{width} mm", width, width)
    # Heads of 384 and 576 dots at 8 dots/mm are what receipt printers have.
    found["receipt-58"] = endless("58 mm", 58, 48, "receipt")
    found["receipt-80"] = endless("80 mm", 80, 72, "receipt")
    return found


STOCKS: Mapping[str, Stock] = MappingProxyType({"a4-3x8": A4_3X8, **_sheets(), **_rolls()})


def like(stock: Stock) -> tuple[str, list[tuple[str, float, float]]] | None:
    """The product that stock measured by hand seems to be, and where it is off: (measure, found, published).

    None where no product of the same grid is within 1 mm in every measure.
    """
    measures = ("page_width", "page_height", "width", "height", "left", "top", "pitch_x", "pitch_y")
    best: tuple[float, str, list[tuple[str, float, float]]] | None = None
    for code, known in STOCKS.items():
        if (known.kind, known.columns, known.rows) != (
            stock.kind,
            stock.columns,
            stock.rows,
        ) or known.endless:
            continue
        pairs = [(name, getattr(stock, name), getattr(known, name)) for name in measures]
        worst = max(abs(found - published) for _, found, published in pairs)
        if worst <= 1 and (best is None or worst < best[0]):
            best = worst, code, [pair for pair in pairs if abs(pair[1] - pair[2]) > TOLERANCE]
    return None if best is None else (best[1], best[2])
