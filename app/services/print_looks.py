"""A look at a print run before anything is made: what stands on a label, on what it is printed, whether that fits.

Nothing is written and nothing drawn. `label_previews` draws the content on the template that are found here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import Refused
from app.services import label_templates, printing, stocks
from app.services.label_templates import Chosen
from app.services.printing import RunAsked, What, merging
from app.services.stocks import Loaded
from app.services.uploads import Upload
from app.store.printing import Earlier
from labels.fields import FIELDS, Content, sample
from labels.fitting import Misfit

NOBODYS = "················"  # where the random part of an identifier will stand that is not minted yet


@dataclass(frozen=True, slots=True)
class Look:
    """`things` get `labels` (copies included) on `sheets`. `content` is that of thing `number`, counted from 1; 0 means
    an example, since a table is read when it is printed. `before`: labels of these were printed already."""

    things: int
    labels: int
    number: int
    content: Content
    chosen: Chosen
    loaded: Loaded | None
    misfits: Sequence[Misfit]
    sheets: int
    before: Earlier | None


def look(
    session: Session,
    actor: Actor,
    asked: RunAsked,
    base_url: str,
    *,
    number: int = 1,
    upload: Upload | None = None,
    roll: str = "",
) -> Look:
    """`roll` is the stock in a label printer, which cuts its labels itself.

    Raises what `printing.preview` raises of things, and Unknown for a template or a stock that is not there.
    """
    things, number, content = _content(session, actor, asked, base_url, number, upload)
    chosen = label_templates.template_of(session, actor, asked.template, asked.version)
    loaded = stocks.stock_of(session, actor, asked.stock) if asked.stock else None
    judged = loaded or (stocks.stock_of(session, actor, roll) if roll else None)
    size = chosen.template.width, chosen.template.height
    labels = things * asked.copies
    return Look(
        things,
        labels,
        number,
        content,
        chosen,
        loaded,
        stocks.misfits(judged, size) if judged else (),
        stocks.sheets_for(loaded.stock, max(labels, 1), asked.start, asked.skip) if loaded else 0,
        printing.printed_before(session, actor, asked.what) if number else None,
    )


def refuse_misfit(found: Look) -> None:
    """Raises Refused with the measure that is off."""
    for misfit in found.misfits:
        error = misfit.error()
        raise Refused(error.code, error.message, error.hint, **error.values)


def purpose_of(content: Content) -> str:
    """The kind of thing that a label is of, as templates name what they are for."""
    for field, purpose in (
        ("sscc", "pallet"),
        ("location", "location"),
        ("serial", "serial"),
        ("lot", "lot"),
    ):
        if content.values.get(field):
            return purpose
    return "product"


def choices_for(
    session: Session, actor: Actor, purpose: str
) -> tuple[list[label_templates.Choice], list[label_templates.Choice], list[label_templates.Choice]]:
    """Templates of one's own, ready-made ones for this purpose, and the other ready-made ones."""
    own, ready = label_templates.listed(session, actor, active_only=True), label_templates.ready_made()
    fit = [each for each in ready if each.purpose == purpose]
    return own, fit, [each for each in ready if each.purpose != purpose]


def _content(
    session: Session, actor: Actor, asked: RunAsked, base_url: str, number: int, upload: Upload | None
) -> tuple[int, int, Content]:
    what = asked.what
    if what.blanks:
        return what.blanks, 0, _blank(actor, base_url, asked.language)
    if what.upload:
        return 0, 0, _row(actor, base_url, what, upload, asked.language)
    things, contents = printing.preview(session, actor, what, base_url, asked.language)
    if number > 1:
        number = min(number, things)
        _, contents = printing.preview(session, actor, _only(what, number), base_url, asked.language)
    return things, number, contents[0]


def _only(what: What, number: int) -> What:
    if what.batch:
        return replace(what, first=what.first + number - 1, count=1)
    return What(epcs=(list(dict.fromkeys(what.epcs))[number - 1],))


def _blank(actor: Actor, base_url: str, language: str) -> Content:
    shown = sample("zh" if language == "zh" else "en")
    suffix = shown.identifier.rpartition("/")[2]
    values = {"prefix": actor.prefix}
    return Content(f"{base_url}/{actor.prefix}/{suffix}".upper(), f"{actor.prefix}/{NOBODYS}", values)


def _row(actor: Actor, base_url: str, what: What, upload: Upload | None, language: str) -> Content:
    """The first row of a table, as far as its own columns say."""
    cells = upload.sample[0] if upload and upload.sample else ()
    values = {name: cell for name, cell in zip(what.mapping, cells, strict=False) if name in FIELDS and cell}
    identifier = values.pop(merging.IDENTIFIER, "")
    shown = _blank(actor, base_url, language)
    return Content(shown.payload, identifier or shown.identifier, {**shown.values, **values})
