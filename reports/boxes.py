"""The boxes of a genealogy drawing: one thing, a stack of alike things, a transformation, or what is not shared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from app.domain.provenance import Node
from reports import shapes
from reports.folding import Box, Graph
from reports.piece import Piece
from reports.placing import Placing
from reports.reader import N_, Reader, clean, ended, identifier_text
from reports.shapes import fitted, text

NAMED = 40  # members of a stack that its tooltip names
_STACK = 8.0  # how far the cards below the top one of a stack peek out
_LINE = 13.0  # what a second line of the name adds


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a box lies, in px; links end at its sides, at `middle` of its top card."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    def piece(self, svg: str) -> Piece:
        return Piece(self.left - 5, self.top - 9, self.right + 5, self.bottom + 9, svg)


def height(box: Box, reader: Reader) -> float:
    """The room a box takes, the lower cards of a stack included."""
    if box.kind == "process":
        return shapes.DIAMOND
    more = _LINE if box.kind != "hidden" and len(_head(box, reader)) > 1 else 0
    return shapes.HEIGHT + more + (_STACK if len(box.members) > 1 else 0)


def frames(graph: Graph, placing: Placing, heights: Sequence[float], x: float, y: float) -> list[Frame]:
    """Where the top cards lie; `heights` are those of the boxes."""
    found = []
    for number, box in enumerate(graph.boxes):
        left, right = placing.edges[box.column]
        width = shapes.DIAMOND if box.kind == "process" else shapes.WIDTH
        start, top = x + (left + right - width) / 2, y + placing.y[number] - heights[number] / 2
        hidden = _STACK if box.kind != "process" and len(box.members) > 1 else 0
        found.append(Frame(start, top, start + width, top + heights[number] - hidden))
    return found


def drawn(box: Box, frame: Frame, reader: Reader, subject: bool, link: Callable[[Node], str] | None) -> str:
    """The box as one group with its tooltip, inside a link when it is one thing and has an address."""
    if box.kind == "process":
        body = shapes.diamond(frame.left, frame.middle, shapes.MUTED)
    elif box.kind == "hidden":
        body = _hidden(box, frame, reader)
    else:
        body = _thing(box, frame, reader, subject)
    lines = [_tooltip(node, reader) for node in box.members[:NAMED]]
    if len(box.members) > NAMED:
        lines.append(reader.say(N_("and {count} more"), count=len(box.members) - NAMED))
    names = escape("\n".join(lines))
    kind = " genealogy-subject" if subject else " genealogy-stack" if len(box.members) > 1 else ""
    held = " genealogy-held" if box.members[0].held else ""
    level = box.members[0].level if box.kind == "thing" else box.kind
    drawing = f'<g class="genealogy-{_word(level)}{kind}{held}"><title>{names}</title>{body}</g>'
    address = link(box.members[0]) if link and box.kind == "thing" and len(box.members) == 1 else ""
    return f'<a href="{escape(address)}">{drawing}</a>' if address else drawing


def _thing(box: Box, frame: Frame, reader: Reader, subject: bool) -> str:
    first = box.members[0]
    look = _look(box)
    held, gone = bool(first.held), ended(first)
    edge = shapes.ALARM if held else shapes.ACCENT if subject else look.ink
    ground = "#fdf3f2" if held else "#f3f4f6" if gone else look.tint
    weight = 2.6 if subject or held else 1.2
    line = f'fill="{ground}" stroke="{edge}" stroke-width="{weight}"' + (
        ' stroke-opacity=".45"' if gone else ""
    )
    left, top, tall = frame.left, frame.top, frame.bottom - frame.top
    parts = _cards(box, frame, look.corner, line)
    if subject:
        halo = f'fill="none" stroke="{shapes.ACCENT}" stroke-width="1" stroke-opacity=".45"'
        parts.append(shapes.outline(left - 4.5, top - 4.5, shapes.WIDTH + 9, tall + 9, look.corner + 4, halo))
    parts.append(shapes.outline(left, top, shapes.WIDTH, tall, look.corner, line))
    parts.append(shapes.icon(look.icon, left + 9, top + 9, look.ink))
    for place, line in enumerate(_head(box, reader)):
        parts.append(text(line, left + 30, top + 20.5 + place * _LINE, 'font-size="11" font-weight="700"'))
    number, owner = _below(box, reader)
    muted = f'font-size="9" fill="{shapes.MUTED}"'
    parts.append(text(fitted(number, shapes.WIDTH - 24, 10), left + 12, frame.bottom - 22))
    parts.append(text(fitted(owner, shapes.WIDTH - 24, 9.2), left + 12, frame.bottom - 8.5, muted))
    return "".join(parts + _tags(first, frame, reader, subject))


def _cards(box: Box, frame: Frame, corner: float, line: str) -> list[str]:
    """The lower cards of a stack, of which only the bottom edges show."""
    if len(box.members) == 1:
        return []
    return [
        shapes.outline(
            frame.left + shift,
            frame.top + shift,
            shapes.WIDTH - 2 * shift,
            frame.bottom - frame.top,
            corner,
            line,
        )
        for shift in (_STACK, _STACK / 2)
    ]


def _tags(first: Node, frame: Frame, reader: Reader, subject: bool) -> list[str]:
    """The words that stand on the upper edge: what must not be told by colour alone."""
    tags = []
    if subject:
        tags.append(shapes.pill(reader.gettext(N_("Subject")), frame.left + 10, frame.top - 1, shapes.ACCENT))
    if first.held or ended(first):
        word = reader.state(first)
        sign = shapes.STOP if first.held else ""
        width = shapes.pill_width(word, sign=bool(sign))
        colour = shapes.ALARM if first.held else shapes.MUTED
        tags.append(shapes.pill(word, frame.right - width - 8, frame.top - 1, colour, sign=sign))
    return tags


def _head(box: Box, reader: Reader) -> list[str]:
    """What it is, on one line or two."""
    count = len(box.members)
    product = _same([reader.product(node) for node in box.members]) or reader.gettext(N_("Items"))
    if box.kind == "more":
        product = reader.gettext(N_("Items farther away"))
    return shapes.wrapped(product if count == 1 else f"{count:,} × {product}", shapes.WIDTH - 38, 11.6)


def _below(box: Box, reader: Reader) -> tuple[str, str]:
    """Its number, and whose it is."""
    first, count = box.members[0], len(box.members)
    owner = _same([reader.party(node.owner) for node in box.members]) or reader.gettext(N_("Several owners"))
    owner = " – ".join(
        part for part in (_same([clean(node.part_number) for node in box.members]), owner) if part
    )
    if count == 1:
        return reader.number(first), owner if first.owner or first.part_number else ""
    numbers = ", ".join(reader.number(node) for node in box.members[:6] if not node.hidden)
    return numbers + (", ..." if count > 6 else ""), owner


def _hidden(box: Box, frame: Frame, reader: Reader) -> str:
    line = f'fill="#fff" stroke="{shapes.MUTED}" stroke-width="1.2" stroke-dasharray="5 4"'
    count = len(box.members)
    head = (
        reader.gettext(N_("Not shared")) if count == 1 else f"{count:,} × {reader.gettext(N_('Not shared'))}"
    )
    parts = [
        *_cards(box, frame, 6, line),
        shapes.outline(frame.left, frame.top, shapes.WIDTH, shapes.HEIGHT, 6, line),
        shapes.icon(shapes.LOCK, frame.left + 12, frame.top + 21, shapes.MUTED),
        text(
            head, frame.left + 36, frame.top + 27, f'font-size="11" font-weight="700" fill="{shapes.MUTED}"'
        ),
    ]
    reason = fitted(reader.gettext(N_("Another company's data")), shapes.WIDTH - 44, 9)
    return "".join(parts) + text(
        reason, frame.left + 36, frame.top + 40, f'font-size="9" fill="{shapes.MUTED}"'
    )


def _tooltip(node: Node, reader: Reader) -> str:
    if node.hidden:
        return reader.product(node)
    if node.level == "process":
        return " · ".join(part for part in (reader.level("process"), reader.party(node.owner)) if part)
    own = (reader.thing(node), identifier_text(node.epc), reader.party(node.owner))
    parts = (*own, reader.state(node), reader.reason(node.held))
    return " · ".join(part for part in parts if part)


def _look(box: Box) -> shapes.Look:
    level = _same([node.level for node in box.members])
    return shapes.LOOKS.get(level, shapes.OTHER)


def _same(values: Sequence[str]) -> str:
    return values[0] if len(set(values)) == 1 else ""


def _word(level: str) -> str:
    return level if level.isalpha() and level.isascii() else "other"
