"""The genealogy drawing on paper: one page where it can be read, else parts cut between the boxes."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.domain.provenance import Provenance
from reports.genealogy import Drawing, draw
from reports.reader import Reader
from reports.typefaces import FAMILY

FONTS = f"{FAMILY}, Noto Sans CJK SC, WenQuanYi Micro Hei, Droid Sans Fallback, sans-serif"
WIDE = (1008.0, 548.0)  # px for a drawing on A4 landscape, heading and legend taken off
NARROW = (680.0, 330.0)  # the same for a part of a portrait page
LARGEST, SMALLEST, CUT = (
    1.0,
    0.62,
    0.72,
)  # scales: 8 points for a name, 5 where that saves a page, and of parts
_ROWS = 10  # that fit a page at the smallest scale


@dataclass(frozen=True, slots=True)
class Figure:
    """SVGs as data URIs, one to a page; `narrow` when the one there is fits a portrait page. `written` holds the
    characters in them, which the URIs hide."""

    title: str
    parts: tuple[str, ...]
    legend: str
    narrow: bool
    folded: bool
    written: frozenset[str]


def figure(provenance: Provenance, reader: Reader) -> Figure:
    """Everything in its own box if that can be read on one page, else alike things as stacks, else in parts."""
    whole = draw(provenance, reader, limit=400, tower=400) if len(provenance.nodes) <= 400 else None
    for room in (NARROW, WIDE):
        if whole and _scale(whole, room) >= SMALLEST:
            return _on_one(whole, room, folded=False)
    folded = draw(provenance, reader, limit=80, rows=_ROWS)
    if _scale(folded, WIDE) >= SMALLEST:
        return _on_one(folded, WIDE, folded=True)
    legend = folded.legend_alone(WIDE[0] / CUT, CUT, FONTS)
    return _figure(folded, _cut(folded), legend, narrow=False, folded=True)


def _scale(drawing: Drawing, room: tuple[float, float]) -> float:
    return min(LARGEST, room[0] / drawing.width, room[1] / drawing.height)


def _on_one(drawing: Drawing, room: tuple[float, float], *, folded: bool) -> Figure:
    scale = _scale(drawing, room)
    picture = drawing.window(0, 0, drawing.width, drawing.height, scale=scale, fonts=FONTS)
    legend = drawing.legend_alone(room[0] / scale, scale, FONTS)
    return _figure(drawing, [picture], legend, narrow=room is NARROW, folded=folded)


def _figure(drawing: Drawing, pictures: list[str], legend: str, *, narrow: bool, folded: bool) -> Figure:
    written = frozenset(legend).union(*pictures)
    uris = tuple(map(_uri, pictures))
    return Figure(drawing.title, uris, _uri(legend), narrow=narrow, folded=folded, written=written)


def _uri(svg: str) -> str:
    """As a picture of its own, so that the page's styles need not be computed for each of its elements."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _cut(drawing: Drawing) -> list[str]:
    """Windows of a page's size, row by row; no cut goes through a box where that can be avoided."""
    across = _cuts([(b[0], b[2]) for b in drawing.blocks], drawing.width, WIDE[0] / CUT)
    down = _cuts([(b[1], b[3]) for b in drawing.blocks], drawing.height, WIDE[1] / CUT)
    parts = []
    for top, bottom in pairwise(down):
        for left, right in pairwise(across):
            if any(b[0] < right and b[2] > left and b[1] < bottom and b[3] > top for b in drawing.blocks):
                parts.append(drawing.window(left, top, right - left, bottom - top, scale=CUT, fonts=FONTS))
    return parts


def _cuts(blocks: Sequence[tuple[float, float]], length: float, most: float) -> list[float]:
    """Places to cut `length` into pieces of at most `most`: the last one in reach that goes through nothing."""
    cuts = [0.0]
    while cuts[-1] + most < length:
        reach = cuts[-1] + most
        free = [end + 2 for _, end in blocks if cuts[-1] + most / 3 < end + 2 <= reach]
        whole = [place for place in free if not any(start < place < end for start, end in blocks)]
        cuts.append(max(whole or [reach]))
    return [*cuts, length]
