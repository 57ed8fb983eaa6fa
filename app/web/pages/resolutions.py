"""How often the identifiers of a company were looked up, day by day."""

from collections import defaultdict
from collections.abc import Iterable

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.services import counting
from app.web import edge, numbers

blueprint = Blueprint("resolutions", __name__, url_prefix="/resolutions")

PERIODS = (7, 30, 90)  # days


@blueprint.get("")
@edge.require("browse")
def index() -> ResponseReturnValue:
    asked = numbers.asked("days")
    days = asked if asked in PERIODS else PERIODS[0]
    with edge.reading() as session:
        rows = counting.counts(session, edge.actor(), days, edge.now())
    return render_template(
        "registry/resolutions.html",
        lines=_lines((row.day, row.prefix, row.outcome, row.count) for row in rows),
        outcomes=[each for each in counting.OUTCOMES if any(row.outcome == each for row in rows)],
        titles=counting.OUTCOMES,
        days=days,
        periods=PERIODS,
    )


def _lines(rows: Iterable[tuple[str, str, str, int]]) -> dict[tuple[str, str], dict[str, int]]:
    """Counts by outcome for each day and prefix, in the order they come in."""
    lines: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for day, prefix, outcome, count in rows:
        lines[day, prefix][outcome] = count
    return lines
