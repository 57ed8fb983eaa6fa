"""The signs of a genealogy drawing: colours, outlines and icons per level, and text cut to a width. Plain SVG 1.1.

Every sign differs in form as well as in colour. Only presentation attributes: they work under a content policy
without inline styles, and a page's stylesheet can still override them.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 184.0, 58.0  # of a box, in px
DIAMOND = 18.0  # of a transformation, corner to corner
INK, MUTED, LINE, ALARM, ACCENT = "#1b2533", "#556070", "#8b98a9", "#b42318", "#1d4f91"


@dataclass(frozen=True, slots=True)
class Look:
    """`corner` is a radius, or negative for corners cut off by that much."""

    ink: str
    tint: str
    corner: float
    icon: str  # path data in a 16 × 16 field, drawn as a line


_CHIP = (
    "M4.5 4.5h7v7h-7zM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14"
)
LOOKS = {
    "lot": Look("#0b6b61", "#eff7f5", 14, "M2.5 5 8 2.5 13.5 5 8 7.5zM2.5 8 8 10.5 13.5 8M2.5 11 8 13.5 13.5 11"),
    "serial": Look("#2456a6", "#f1f5fb", 3, _CHIP),
    "logistic": Look("#8a5309", "#fbf6ed", -9, "M3 3.5h10v7H3zM6.5 3.5v3h3v-3M2 13.5h12M4 10.5v3M12 10.5v3"),
    "product": Look("#6b3fa0", "#f6f2fa", 6, "M2.5 8 8 2.5h5.5V8L8 13.5zM10.8 5.2v.1"),
    "location": Look("#4a6b12", "#f4f7ec", 6, "M8 14S3.5 9.5 3.5 6.5a4.5 4.5 0 0 1 9 0C12.5 9.5 8 14 8 14zM8 5v3"),
    "document": Look("#556070", "#f5f6f8", 2, "M4 2h6l2.5 2.5V14H4zM6 7h4M6 10h4"),
}  # fmt: skip
OTHER = Look("#556070", "#f5f6f8", 6, "M3 8h.1M8 8h.1M13 8h.1")
LOCK = "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5"
STOP = "M-2.4-5.5h4.8L5.5-2.4v4.8L2.4 5.5h-4.8L-5.5 2.4v-4.8z"  # the octagon of a hold, around 0 0


def outline(x: float, y: float, width: float, height: float, corner: float, attributes: str) -> str:
    if corner >= 0:
        size = f'x="{n(x)}" y="{n(y)}" width="{n(width)}" height="{n(height)}"'
        return f'<rect {size} rx="{n(corner)}" {attributes}/>'
    cut = -corner
    across, down = n(width - 2 * cut), n(height - 2 * cut)
    data = f"M{n(x + cut)} {n(y)}h{across}l{n(cut)} {n(cut)}v{down}l{n(-cut)} {n(cut)}"
    return f'<path d="{data}h-{across}l{n(-cut)} {n(-cut)}v-{down}z" {attributes}/>'


def icon(data: str, x: float, y: float, colour: str) -> str:
    line = f'fill="none" stroke="{colour}" stroke-width="1.3" stroke-linejoin="round" stroke-linecap="round"'
    return f'<path d="{data}" transform="translate({n(x)} {n(y)})" {line}/>'


def text(value: str, x: float, y: float, attributes: str = "") -> str:
    return f'<text x="{n(x)}" y="{n(y)}"{" " + attributes if attributes else ""}>{escape(value)}</text>'


def pill(label: str, x: float, y: float, colour: str, *, sign: str = "") -> str:
    """A filled tag around `label` whose left end is at x and whose middle is at y."""
    indent = 15 if sign else 7
    width = pill_width(label, sign=bool(sign))
    mark = ""
    if sign:
        mark = f'<path d="{sign}" transform="translate({n(x + 8.5)} {n(y)}) scale(.72)" fill="#fff"/>'
        call = f'font-size="7.5" font-weight="700" text-anchor="middle" fill="{colour}"'
        mark += text("!", x + 8.5, y + 2.6, call)
    ground = outline(x, y - 7.5, width, 15, 7.5, f'fill="{colour}"')
    return ground + mark + text(label, x + indent, y + 3.2, 'font-size="9" font-weight="700" fill="#fff"')


def pill_width(label: str, *, sign: bool = False) -> float:
    return (15 if sign else 7) + measure(label) * 9 + 7


def diamond(x: float, y: float, colour: str) -> str:
    r = DIAMOND / 2
    return f'<path d="M{n(x)} {n(y)}l{r} -{r} {r} {r} -{r} {r}z" fill="{colour}" stroke="#fff" stroke-width="1.5"/>'


def n(value: float) -> str:
    """A coordinate, to a tenth."""
    return f"{value:.1f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def measure(value: str) -> float:
    """About how many em a text is wide, rather too much than too little, since the reader's font is not known."""
    return sum(map(_advance, value))


def fitted(value: str, width: float, size: float) -> str:
    """`value`, with its end given up for three dots where it would be wider than `width` at that size."""
    if measure(value) <= width / size:
        return value
    return value[: _reach(value, width / size - 1.05)].rstrip(" –-,") + "..."


def wrapped(value: str, width: float, size: float) -> list[str]:
    """`value` on one line, or on two of about one length, broken at a space or between Chinese characters."""
    room = width / size
    if measure(value) <= room:
        return [value]
    end = _reach(value, room)
    breaks = [
        n for n in range(1, end + 1) if value[n] == " " or value[n - 1] in " -/" or value[n - 1] >= "\u2e80"
    ]
    best = min(breaks, key=lambda n: abs(measure(value[:n]) - measure(value[n:])), default=end)
    if measure(value[best:]) > room:  # two lines are not enough: fill the first
        best = max(breaks, default=end)
    return [value[:best].rstrip(), fitted(value[best:].lstrip(), width, size)]


def _reach(value: str, room: float) -> int:
    """How many characters fit into that many em, one at least."""
    for place, character in enumerate(value):
        room -= _advance(character)
        if room < 0:
            return max(place, 1)
    return len(value)


def _advance(character: str) -> float:
    if character < "\u0300":
        return _LATIN.get(character, 0.56)
    if unicodedata.combining(character):
        return 0
    return 1.0 if unicodedata.east_asian_width(character) in "WF" else 0.66


def _widths(groups: Iterable[tuple[str, float]]) -> dict[str, float]:
    return {character: width for characters, width in groups for character in characters}


_LATIN = _widths(
    (
        ("ijl|'", 0.27),
        (" ftr.,:;!()[]/\\I·\u00a0", 0.34),
        ('-"*{}', 0.4),
        ("csxyzkvJ", 0.52),
        ("ABCDEFGHKLNOPQRSTUVXYZ&", 0.67),
        ("mwMW@%×", 0.87),
    )
)
