"""Labels of things without a print run: sheets of A4 in one go, and single labels as pictures.

Each thing has the ready-made label of its kind, 70 × 37 mm. Every file was read back before it is returned.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Malformed, Refused, Unknown
from app.services import contents
from app.services.contents import contents_of
from app.store import browsing
from labels import readymade
from labels.errors import LabelError
from labels.fields import Content, Language
from labels.spec import DOTS_PER_MM
from labels.stock import A4_3X8

if TYPE_CHECKING:
    from labels.placed import Placed

__all__ = ["contents_of", "contents_of_batch", "first_of_batch", "png", "sheet", "svg"]

MOST = 100_000
STOCK = A4_3X8
RESOLUTIONS = tuple(sorted(DOTS_PER_MM))
Progress = Callable[[int, int], object]


def contents_of_batch(
    session: Session, actor: Actor, first_seq: int, last_seq: int, base_url: str, language: str
) -> list[Content]:
    """What stands on the labels of what the entries `first_seq` to `last_seq` of the actor's organisation minted, but
    for what is void.
    """
    _check_batch(session, actor, first_seq, last_seq)
    things = browsing.minted_between(session, actor.organisation_id, first_seq, last_seq)
    found: list[Content] = []
    for start in range(0, len(things), contents.MOST):
        block = things[start : start + contents.MOST]
        found += contents.contents_of_things(session, block, base_url, language)
    return found


def first_of_batch(
    session: Session, actor: Actor, first_seq: int, last_seq: int, base_url: str, language: str
) -> tuple[Content, int]:
    """The first of `contents_of_batch`, and how many there would be: for a look before a long run."""
    count = _check_batch(session, actor, first_seq, last_seq)
    things = browsing.minted_between(session, actor.organisation_id, first_seq, last_seq, limit=1)
    return contents.contents_of_things(session, things, base_url, language)[0], count


def sheet(
    said: Sequence[Content],
    language: str,
    start: int = 1,
    dpi: int = 300,
    progress: Progress | None = None,
) -> bytes:
    """A PDF of label sheets, every symbol decoded from the finished pages. Needs no session: call it outside one.

    `progress` hears (done, in all) of drawing and reading back. Raises Refused, with the label that is to blame.
    """
    from labels.places import Layout
    from labels.proof import Prover
    from labels.sheets import write_sheets

    out = io.BytesIO()
    try:
        write_sheets(
            out, _counted(_placed(said, dpi, language), 0, len(said), progress), Layout(STOCK, start)
        )
        with Prover() as prover:
            again = _counted(_placed(said, dpi, language), len(said), len(said), progress)
            prover.pdf(out.getvalue(), again, STOCK, start)
    except LabelError as error:
        raise _told(error) from error
    return out.getvalue()


def png(said: Content, language: str, dpi: int = 300) -> bytes:
    """A pixel for each dot of the printer, read back. Raises Refused."""
    return _picture("png_of", said, language, dpi)


def svg(said: Content, language: str, dpi: int = 300) -> bytes:
    """In millimetres, read back. Raises Refused."""
    return _picture("svg_of", said, language, dpi)


def _picture(name: str, said: Content, language: str, dpi: int) -> bytes:
    """Imports the drawing late: it costs tens of megabytes that a process which prints nothing need not have."""
    from labels import proof, single

    try:
        (placed,) = _placed([said], dpi, language)
        drawn: bytes = getattr(single, name)(placed)
        proof.prove_picture(drawn, placed)
    except LabelError as error:
        raise _told(error) from error
    return drawn


def _placed(said: Iterable[Content], dpi: int, language: str) -> Iterator["Placed"]:
    """In order; labels of one kind that follow each other are put together in one go."""
    from labels.composing import Plan

    spoken: Language = "zh" if language.startswith("zh") else "en"
    plans: dict[str, Plan] = {}
    for name, group in groupby(said, key=template_for):
        if name not in plans:
            plans[name] = Plan(readymade.ready(name), dpi, spoken)
        yield from plans[name].placed(group)


def template_for(said: Content) -> str:
    """The ready-made label of this kind of thing on `STOCK`."""
    values = said.values
    if "location" in values:
        return "location-70x37"
    if "sscc" in values or not (values.get("name_zh") or values.get("name_en")):
        return "carton-70x37"
    return "lot-70x37" if "lot" in values and "serial" not in values else "product-70x37"


def _counted(
    placed: Iterable["Placed"], before: int, count: int, progress: Progress | None
) -> Iterator["Placed"]:
    for done, label in enumerate(placed, 1):
        if progress is not None and (done % 100 == 0 or done == count):
            progress(before + done, 2 * count)
        yield label


def _told(error: LabelError) -> Refused:
    return Refused(error.code, error.message, error.hint, **error.values)


def _check_batch(session: Session, actor: Actor, first_seq: int, last_seq: int) -> int:
    actor.require("print")
    count = browsing.count_minted(session, actor.organisation_id, first_seq, last_seq)
    if not count or last_seq - first_seq > MOST:
        raise Unknown("unknown-batch", N_("There is no such batch."), N_("Choose one from the list."))
    if count > MOST:
        raise Malformed(
            "bad-label-count",
            N_("{count} labels were asked for."),
            N_("Ask for 1 to {most} at a time."),
            count=count,
            most=MOST,
        )
    return count
