"""How label templates look: pictures at true printer dots, of drafts as well, with sample or real content.

No session is held while something is drawn. The drawing is imported late: who draws nothing need not have it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from sqlmodel import Session

from app.domain import identifiers
from app.domain.people import Actor
from app.errors import N_, Refused, TraceError, Unavailable
from app.services import contents, label_templates
from labels import fields, readymade
from labels.fields import Content, Language
from labels.templates import Template

if TYPE_CHECKING:
    from labels.drafts import SymbolSeen

SAMPLES = {"usual": N_("Usual sample values"), "longest": N_("Longest sample values")}
RESOLUTIONS = (203, 300, 600)
LARGEST_UPLOAD = 10_000_000  # bytes
AT_ONCE, PATIENCE_SECONDS = 2, 10  # pictures drawn by one process at a time: a large one takes some 50 MB
_turns = BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Problem:
    """`number` of the element, from 1; 0 for the whole label; `property` may be empty."""

    number: int
    property: str
    error: TraceError


@dataclass(frozen=True, slots=True)
class Preview:
    """`png` has a pixel a printer dot; `hidden` and `shortened` are numbers of elements."""

    png: bytes
    width: float
    height: float
    dpi: int
    language: str
    problems: tuple[Problem, ...]
    symbols: tuple["SymbolSeen", ...]
    hidden: tuple[int, ...]
    shortened: tuple[int, ...]


def language_of(code: str) -> Language:
    return "zh" if code.startswith("zh") else "en"


def sample(kind: str, language: str) -> Content:
    return fields.sample(language_of(language), longest=kind == "longest")


def content_of(session: Session, actor: Actor, code: str, base_url: str, language: str) -> Content:
    """What a label of this thing of the company's says. Raises Malformed or Unknown."""
    (found,) = contents.contents_of(session, actor, [identifiers.parse(code).epc], base_url, language)
    return found


def drawn(document: object, dpi: int, language: str, content: Content) -> Preview:
    """A draft as far as it goes; what is wrong with an element stands in `problems`.

    Raises Refused where the label itself is none, Unavailable where too many are being drawn.
    """
    from labels import drafts

    with _turn(), label_templates.told():
        made = drafts.drawn(document, dpi, language_of(language), content)
    problems = tuple(
        Problem(one.number, one.property, label_templates.refused(one.error)) for one in made.problems
    )
    return Preview(
        png=made.png,
        width=made.width,
        height=made.height,
        dpi=made.dpi,
        language=made.language,
        problems=problems,
        symbols=made.symbols,
        hidden=made.hidden,
        shortened=made.shortened,
    )


def picture(template: Template, dpi: int, language: str, kind: str = "usual") -> bytes:
    """PNG of a template that is kept, with sample values."""
    return drawn(label_templates.data_of(template), dpi, language, sample(kind, language)).png


@lru_cache(maxsize=64)
def ready_picture(name: str, dpi: int, language: str) -> bytes:
    """The same of a ready-made one, drawn once by each process. LabelError for one that does not exist."""
    return picture(readymade.ready(name), dpi, language)


def kept_picture(upload: bytes) -> str:
    """An uploaded logo as a template keeps it: PNG in base 64. Raises Refused for what is none or too large."""
    from labels import pictures

    if len(upload) > LARGEST_UPLOAD:
        raise Refused(
            "bad-picture",
            N_("The picture has more than {most} kilobytes."),
            N_("Save it smaller, as PNG, and try again."),
            most=LARGEST_UPLOAD // 1000,
        )
    with _turn(), label_templates.told():
        return pictures.kept(upload)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=PATIENCE_SECONDS):
        raise Unavailable("busy", N_("The node is busy."), N_("Try again in a moment."))
    try:
        yield
    finally:
        _turns.release()
