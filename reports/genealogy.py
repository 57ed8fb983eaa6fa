"""The drawing of a genealogy: inputs on the left, the subject, outputs on the right, as one SVG.

The trace page shows it whole, the PDF takes windows of it. Layout is done by layering, ordering and placing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from app.domain.provenance import Node, Provenance
from reports import boxes, links, shapes
from reports.folding import Graph, fold
from reports.legend import legend
from reports.ordering import arrange
from reports.piece import Piece
from reports.placing import Placing, place
from reports.reader import N_, Reader

WEB_FONTS = "Inter, -apple-system, 'Segoe UI', Roboto, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
MARGIN = 12.0
TOP = 40.0  # the captions above the columns, and the tags that stand on a box
TOWER = 24  # boxes above each other: more do not fit a screen or two
LEGEND = 32.0  # its height, below the drawing

Href = Callable[[Node], str] | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """`groups` are (attributes, pieces), painted in this order; `blocks` is where no cut should go."""

    title: str
    language: str
    width: float
    height: float
    groups: tuple[tuple[str, tuple[Piece, ...]], ...]
    blocks: tuple[tuple[float, float, float, float], ...]
    legend: str
    interactive: bool

    def window(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        *,
        scale: float = 1,
        fonts: str = WEB_FONTS,
    ) -> str:
        """A rectangle of the drawing as an SVG of its own, `scale` times the size, without the legend."""
        right, bottom = left + width, top + height
        shown = []
        for attributes, pieces in self.groups:
            inside = "".join(piece.svg for piece in pieces if piece.within(left, top, right, bottom))
            if inside:
                shown.append(f"<g {attributes}>{inside}</g>")
        return self._svg("".join(shown), (left, top, width, height), scale, fonts)

    def whole(self) -> str:
        shown = "".join(
            f"<g {attributes}>{''.join(p.svg for p in pieces)}</g>" for attributes, pieces in self.groups
        )
        moved = f'transform="translate({shapes.n(MARGIN)} {shapes.n(self.height + 16)})"'
        signs = f'<g class="genealogy-legend" fill="{shapes.INK}" font-size="9" {moved}>{self.legend}</g>'
        return self._svg(shown + signs, (0, 0, self.width, self.height + LEGEND), 1, WEB_FONTS)

    def legend_alone(self, width: float, scale: float, fonts: str) -> str:
        signs = f'<g fill="{shapes.INK}" font-size="9">{self.legend}</g>'
        return self._svg(signs, (0, -14, width, 28), scale, fonts)

    def _svg(self, inside: str, view: tuple[float, float, float, float], scale: float, fonts: str) -> str:
        # links inside an image would be hidden from a screen reader
        role = "group" if self.interactive else "img"
        size = f'width="{shapes.n(view[2] * scale)}" height="{shapes.n(view[3] * scale)}"'
        box = " ".join(map(shapes.n, view))
        name = escape(self.title)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="genealogy" role="{role}" aria-label="{name}" '
            f'lang="{escape(self.language)}" {size} viewBox="{box}" font-family="{escape(fonts)}" font-size="10">'
            f"<title>{name}</title>{inside}</svg>"
        )


def svg(
    provenance: Provenance,
    *,
    language: str,
    gettext: Callable[[str], str],
    link: Href = None,
    limit: int = 200,
) -> str:
    """The whole genealogy with at most `limit` boxes; `link` gives each thing's address, '' for none.

    Some 40 ms for 200 things, 150 ms for 5,000. Class names begin with `genealogy`.
    """
    return draw(provenance, Reader(language, gettext), link=link, limit=limit).whole()


def draw(
    provenance: Provenance,
    reader: Reader,
    *,
    link: Href = None,
    limit: int = 200,
    rows: int = 0,
    tower: int = TOWER,
) -> Drawing:
    """As `svg`, not yet cut to size; `rows` is how many boxes may stand above each other where they can be folded.

    More than `tower` above each other are folded where that hides no connection. What has to be folded at all is
    folded until it is a third as high as it could be.
    """
    limit = max(limit, 4)
    graph = fold(provenance, limit, rows or (limit // 3 if len(provenance.nodes) > limit else limit), tower)
    ground = _placed(graph, reader)
    paths, arrows, quantities = links.drawn(ground, reader)
    placing, frames = ground.placing, ground.frames
    signs, signs_width = legend(graph, reader)
    height = TOP + placing.height + MARGIN
    groups = (
        (_CAPTIONS, _captions(reader, graph, placing, height)),
        (_LINKS, paths),
        (_ARROWS, arrows),
        (_THINGS, _things(graph, frames, reader, link)),
        (_QUANTITIES, quantities),
    )
    return Drawing(
        title=reader.say(N_("Genealogy of {thing}"), thing=reader.thing(provenance.subject)),
        language=reader.language,
        width=max(placing.edges[-1][1], signs_width) + 2 * MARGIN,
        height=height,
        groups=groups,
        blocks=tuple((frame.left, frame.top - 9, frame.right, frame.bottom + 9) for frame in frames),
        legend=signs,
        interactive=link is not None,
    )


def _placed(graph: Graph, reader: Reader) -> links.Ground:
    columns = [box.column for box in graph.boxes]
    ends = [(bundle.source, bundle.target) for bundle in graph.bundles]
    arrangement = arrange(columns, ends, columns[graph.subject])
    vertices = sum(len(row) for row in arrangement.rows)
    heights = [boxes.height(box, reader) for box in graph.boxes] + [6.0] * (vertices - len(graph.boxes))
    stubs = links.stubs(graph, reader)
    way_points = set(range(len(graph.boxes), vertices))
    placing = place(arrangement, heights, _widths(graph), stubs.gaps(), way_points)
    frames = boxes.frames(graph, placing, heights, MARGIN, TOP)
    return links.Ground(graph, frames, placing, arrangement.chains, stubs, MARGIN, TOP)


def _things(graph: Graph, frames: Sequence[boxes.Frame], reader: Reader, link: Href) -> tuple[Piece, ...]:
    return tuple(
        frame.piece(boxes.drawn(box, frame, reader, number == graph.subject, link))
        for number, (box, frame) in enumerate(zip(graph.boxes, frames, strict=True))
    )


_CAPTIONS = f'class="genealogy-captions" fill="{shapes.MUTED}" font-size="10"'
_LINKS = f'class="genealogy-links" fill="none" stroke="{shapes.LINE}" stroke-width="1.4"'
_ARROWS = f'class="genealogy-arrows" fill="{shapes.LINE}"'
_THINGS = f'class="genealogy-things" fill="{shapes.INK}"'
_QUANTITIES = f'class="genealogy-quantities" fill="{shapes.MUTED}" font-size="9"'


def _widths(graph: Graph) -> list[float]:
    widths = [shapes.DIAMOND] * (max(box.column for box in graph.boxes) + 1)
    for box in graph.boxes:
        if box.kind != "process":
            widths[box.column] = shapes.WIDTH
    return widths


def _captions(reader: Reader, graph: Graph, placing: Placing, height: float) -> tuple[Piece, ...]:
    """The band behind the subject's column, and what is to its left and right."""
    home = graph.boxes[graph.subject].column
    left, right = (MARGIN + edge for edge in placing.edges[home])
    band = shapes.outline(
        left - 9, 6, right - left + 18, height - 6, 8, 'class="genealogy-band" fill="#f2f5f9"'
    )
    pieces = [Piece(left - 9, 0, right + 9, height, band)]
    if home:
        came = "← " + reader.gettext(N_("Where it came from"))
        pieces.append(Piece(0, 0, left, TOP, shapes.text(came, left - 18, 20, 'text-anchor="end"')))
    if home < max(box.column for box in graph.boxes):
        went = reader.gettext(N_("Where it went")) + " →"
        pieces.append(Piece(right, 0, right + 200, TOP, shapes.text(went, right + 18, 20)))
    return tuple(pieces)
