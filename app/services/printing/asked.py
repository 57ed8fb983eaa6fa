"""What is asked of a print run, and the checks that need no look at what exists already."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from app.errors import N_, Malformed, Refused

MOST = 100_000  # labels of one run
MOST_COPIES = 20
MOST_BY_NAME = 2_000
LONGEST_REASON = 500
FORMS = {"pdf": "PDF", "zpl": "ZPL II", "tspl": "TSPL", "epl": "EPL2"}
LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class What:
    """Which things get labels, said in one of four ways.

    `epcs`: by name. `batch`: what the entries first to last of the log minted, of these `count` from number `first`
    on (0: all). `blanks`: so many that are minted ahead and belong to nothing yet. `upload`: the rows of a table, with
    what each column means ('identifier', a name of `labels.fields`, '' for nothing); without a column of identifiers
    its rows are minted, of `product`.
    """

    epcs: tuple[str, ...] = ()
    batch: tuple[int, int] | None = None
    first: int = 1
    count: int = 0
    blanks: int = 0
    upload: str = ""
    mapping: tuple[str, ...] = ()
    product: str = ""

    @property
    def kind(self) -> str:
        if self.upload:
            return "table"
        return "blanks" if self.blanks else "things"


@dataclass(frozen=True, slots=True)
class RunAsked:
    """`template` and `stock` are named as in `label_templates` and `stocks`; without `printer` the run is a file.

    `start` and `skip` are places of the first sheet, from 1. `reprint` says why labels are printed that were printed
    before; `only_new` leaves these out instead. Neither: they are refused, with who printed them and when.
    """

    what: What
    template: str
    version: int = 0
    stock: str = ""
    printer: int | None = None
    form: str = "pdf"
    start: int = 1
    skip: frozenset[int] = frozenset()
    copies: int = 1
    dpi: int = 300
    language: str = "zh"
    cut_marks: bool = False
    reprint: str = ""
    only_new: bool = False


def check(asked: RunAsked) -> None:
    """Raises Malformed or Refused with the first thing that is wrong."""
    _check_what(asked.what)
    if asked.form not in FORMS:
        raise _not_among("form", asked.form, FORMS)
    if asked.language not in LANGUAGES:
        raise _not_among("language", asked.language, LANGUAGES)
    _check_number("copies", asked.copies, 1, MOST_COPIES)
    if asked.reprint:
        checked_reason(asked.reprint)


def check_quantity(quantity: int) -> None:
    """How many labels a run has. Raises Malformed for none, Refused for more than a run may have."""
    if quantity < 1:
        raise Malformed(
            "nothing-to-print", N_("There is nothing to print."), N_("Choose what to print first.")
        )
    if quantity > MOST:
        raise Refused(
            "run-too-long",
            N_("{count} labels were asked for; one run prints at most {most}."),
            N_("Print them in several runs: from label 1, from label {next} and so on."),
            count=quantity,
            most=MOST,
            next=MOST + 1,
            field="count",
        )


def checked_reason(text: str) -> str:
    """Why a label is spoiled, lost or printed again, in one line. Raises Malformed."""
    tidy = " ".join(text.split())
    if not tidy:
        raise Malformed(
            "reason-missing",
            N_("Why?"),
            N_("Write in a few words what happened to the label."),
            field="reason",
        )
    if len(tidy) > LONGEST_REASON or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in tidy):
        raise Malformed(
            "bad-text",
            N_("'{text}' is too long or has characters that are not text."),
            N_("Use one line of at most {most} characters."),
            text=tidy[:60].encode("utf-8", "replace").decode(),
            most=LONGEST_REASON,
            field="reason",
        )
    return tidy


def _check_what(what: What) -> None:
    ways = [bool(what.epcs), what.batch is not None, bool(what.blanks), bool(what.upload)]
    if sum(ways) != 1:
        raise Malformed(
            "nothing-chosen",
            N_("It is not clear which labels to print."),
            N_("Choose a batch, or identifiers, or a number of blank labels, or a table: one of these."),
            field="what",
        )
    if what.blanks:
        check_quantity(max(what.blanks, 0))
    if what.count:
        check_quantity(max(what.count, 0))
    _check_number("first", what.first, 1, 10**9)
    if len(what.epcs) > MOST_BY_NAME:
        raise Malformed(
            "bad-label-count",
            N_("{count} labels were asked for."),
            N_("Ask for 1 to {most} at a time."),
            count=len(what.epcs),
            most=MOST_BY_NAME,
        )


def _check_number(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise Malformed(
            "bad-number",
            N_("'{text}' is not a number from {least} to {most}."),
            N_("Type a whole number."),
            text=str(value)[:40],
            least=least,
            most=most,
            field=field,
        )


def _not_among(field: str, value: str, known: Any) -> Malformed:
    return Malformed(
        "bad-choice",
        N_("'{value}' cannot be chosen."),
        N_("Choose one of: {known}."),
        value=value[:40],
        known=", ".join(known),
        field=field,
    )
