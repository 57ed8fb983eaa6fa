"""The line under a genealogy drawing that says what its signs mean: only those that occur."""

from reports import shapes
from reports.folding import Graph
from reports.reader import LEVELS, N_, Reader

_GAP = 18.0


def legend(graph: Graph, reader: Reader) -> tuple[str, float]:
    """The signs in a row from 0 to the width returned, their middle at height 0."""
    things = [node for box in graph.boxes if box.kind in {"thing", "more"} for node in box.members]
    present = {node.level for node in things}
    signs = [
        (_little_box(look), 22.0, reader.level(level))
        for level, look in shapes.LOOKS.items()
        if level in present and level in LEVELS
    ]
    if any(box.kind == "process" for box in graph.boxes):
        signs.append((shapes.diamond(0, 0, shapes.MUTED), shapes.DIAMOND, reader.level("process")))
    if any(len(box.members) > 1 for box in graph.boxes):
        line = f'fill="#fff" stroke="{shapes.MUTED}"'
        cards = "".join(shapes.outline(s, s - 9, 20 - 2 * s, 12, 3, line) for s in (5, 2.5, 0))
        signs.append((cards, 20.0, reader.gettext(N_("Several alike"))))
    if any(node.held for node in things):
        sign = shapes.outline(0, -8, 22, 16, 3, f'fill="#fdf3f2" stroke="{shapes.ALARM}" stroke-width="2.2"')
        sign += f'<path d="{shapes.STOP}" transform="translate(11 0) scale(.8)" fill="{shapes.ALARM}"/>'
        signs.append((sign, 22.0, reader.gettext(N_("Held"))))
    if any(box.kind == "hidden" for box in graph.boxes):
        line = f'fill="#fff" stroke="{shapes.MUTED}" stroke-dasharray="4 3"'
        signs.append((shapes.outline(0, -8, 22, 16, 4, line), 22.0, reader.gettext(N_("Not shared"))))
    if any(bundle.undone for bundle in graph.bundles):
        line = f'fill="none" stroke="{shapes.LINE}" stroke-width="1.6" stroke-dasharray="4 4"'
        signs.append((f'<path d="M0 0h26" {line}/>', 26.0, reader.gettext(N_("Taken apart again"))))
    return _in_a_row(signs)


def _little_box(look: shapes.Look) -> str:
    ground = shapes.outline(0, -8, 22, 16, look.corner / 2, f'fill="{look.tint}" stroke="{look.ink}"')
    return f'{ground}<g transform="translate(5 -6) scale(.75)">{shapes.icon(look.icon, 0, 0, look.ink)}</g>'


def _in_a_row(signs: list[tuple[str, float, str]]) -> tuple[str, float]:
    parts, x = [], 0.0
    for sign, width, word in signs:
        parts.append(
            f'<g transform="translate({shapes.n(x)} 0)">{sign}{shapes.text(word, width + 5, 3.2)}</g>'
        )
        x += width + 5 + shapes.measure(word) * 9 + _GAP
    return "".join(parts), x
