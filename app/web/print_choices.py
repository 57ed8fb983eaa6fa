"""What a person chose on the print form: read from the request, else as they chose last in this browser."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from flask import Response, request

from app.domain import identifiers
from app.errors import N_, Malformed
from app.services.printing import FORMS, MOST_COPIES, RunAsked, What
from app.web import edge, i18n, numbers
from app.web.sheet_picture import places_in, text_of

PRINTER = "printer-"
KEPT_SECONDS = 365 * 24 * 3600
LONGEST_COOKIE = 2_000
MOST_BY_NAME = 1_000  # so many fit into an address
RESOLUTIONS = (150, 203, 300, 600)
MOST_PLACES = 10_000


@dataclass(frozen=True, slots=True)
class Choices:
    """`output` is a form of file, or `printer-` and a printer's number. `used` is text as it was typed."""

    template: str = "ready:product-70x37"
    stock: str = "a4-3x8"
    output: str = "pdf"
    dpi: int = 300
    language: str = "zh"
    copies: int = 1
    cut_marks: bool = False
    start: int = 1
    used: str = ""

    @property
    def form(self) -> str:
        return self.output if self.output in FORMS else "pdf"

    @property
    def printer(self) -> int | None:
        number = self.output.removeprefix(PRINTER)
        return int(number) if self.output.startswith(PRINTER) and numbers.NUMBER.fullmatch(number) else None

    def skip(self, positions: int) -> frozenset[int]:
        return places_in(self.used, positions)

    def run(self, what: What, positions: int, reprint: str = "", only_new: bool = False) -> RunAsked:
        """`positions` are those of the stock; 0 where no stock is needed, since a label printer cuts its own."""
        on_sheet = positions > 0
        return RunAsked(
            what,
            self.template,
            stock=self.stock if on_sheet else "",
            printer=self.printer,
            form=self.form,
            start=self.start if on_sheet else 1,
            skip=self.skip(positions) if on_sheet else frozenset(),
            copies=self.copies,
            dpi=self.dpi,
            language=self.language,
            cut_marks=self.cut_marks,
            reprint=reprint,
            only_new=only_new,
        )


def choices(values: Mapping[str, str]) -> Choices:
    """Of this request; what it does not say is as it was last time. Malformed for what cannot be chosen."""
    last = remembered()
    sent = "output" in values  # a form that was sent says all of it: a box that is not ticked is not there
    return replace(
        last,
        template=values.get("template", last.template)[:100],
        stock=values.get("stock", last.stock)[:60],
        output=_output(values.get("output", last.output)),
        dpi=_one_of("dpi", values.get("dpi", str(last.dpi)), RESOLUTIONS),
        language=_language(values.get("language", last.language)),
        copies=_number(values.get("copies", str(last.copies)), MOST_COPIES),
        cut_marks="cut_marks" in values if sent else last.cut_marks,
        start=_number(values.get("start", "1"), MOST_PLACES),
        used=values.get("used", "")[:2_000],
    )


def remembered() -> Choices:
    """What was chosen last; never anything that a browser could have broken."""
    usual = Choices(language=i18n.language())
    text = request.cookies.get(_name(), "")
    try:
        kept = json.loads(text) if text and len(text) <= LONGEST_COOKIE else {}
    except ValueError:
        return usual
    if not isinstance(kept, dict):
        return usual
    known = {
        each.name: getattr(usual, each.name) for each in fields(usual) if each.name not in ("start", "used")
    }
    fitting = {name: kept[name] for name, value in known.items() if type(kept.get(name)) is type(value)}
    found = replace(usual, **fitting)
    sound = (
        found.dpi in RESOLUTIONS
        and found.language in i18n.LANGUAGES
        and 1 <= found.copies <= MOST_COPIES
        and (found.output in FORMS or found.printer is not None)
    )
    return found if sound else usual


def remember(response: Response, chosen: Choices) -> None:
    """All but where on the sheet it begins; that is another place each time."""
    kept = {
        each.name: getattr(chosen, each.name) for each in fields(chosen) if each.name not in ("start", "used")
    }
    secure = edge.node().settings.secure
    response.set_cookie(
        _name(),
        json.dumps(kept),
        max_age=KEPT_SECONDS,
        path="/labels",
        httponly=True,
        samesite="Lax",
        secure=secure,
    )


def what_of(values: Any) -> What:
    """Which things: of a batch, by name, blank, or of a table. A `What` of nothing where none was chosen."""
    if values.get("upload"):
        mapping = tuple(each[:40] for each in values.getlist("map")[:200])
        return What(upload=values["upload"][:64], mapping=mapping, product=values.get("product", "")[:300])
    if values.get("blanks"):
        return What(blanks=_number(values["blanks"], 10**9, "blanks"))
    if batch := numbers.range_of(values.get("batch", "")):
        first = _number(values.get("first") or "1", 10**9, "first")
        return What(
            batch=batch, first=first, count=_number(values.get("count") or "0", 10**9, "count", least=0)
        )
    typed = [line for text in values.getlist("ids") for line in text.split()]
    names = [*values.getlist("id"), *typed]
    if len(names) > MOST_BY_NAME:
        raise Malformed(
            "bad-label-count",
            N_("{count} labels were asked for."),
            N_("Ask for 1 to {most} at a time."),
            count=len(names),
            most=MOST_BY_NAME,
        )
    return What(epcs=tuple(dict.fromkeys(identifiers.parse(name).epc for name in names)))


def in_query(what: What) -> dict[str, Any]:
    """The same, to be asked again: the fields of a form or of an address."""
    if what.upload:
        return {"upload": what.upload, "map": list(what.mapping), "product": what.product}
    if what.blanks:
        return {"blanks": str(what.blanks)}
    if what.batch:
        return {"batch": f"{what.batch[0]}-{what.batch[1]}"}
    return {"id": [each.removeprefix("hdl:") for each in what.epcs]}


def tidy_places(text: str, positions: int) -> str:
    return text_of(places_in(text, positions))


def _name() -> str:
    return f"print-{edge.actor().operator_id}"


def _output(text: str) -> str:
    number = text.removeprefix(PRINTER)
    if text in FORMS or (text.startswith(PRINTER) and numbers.NUMBER.fullmatch(number)):
        return text
    raise _unknown(text, "output", FORMS)


def _language(text: str) -> str:
    if text in i18n.LANGUAGES:
        return text
    raise _unknown(text, "language", i18n.LANGUAGES)


def _one_of(field: str, text: str, known: tuple[int, ...]) -> int:
    if text not in map(str, known):
        raise _unknown(text, field, known)
    return int(text)


def _unknown(text: str, field: str, known: Any) -> Malformed:
    return Malformed(
        "bad-choice",
        N_("'{value}' cannot be chosen."),
        N_("Choose one of: {known}."),
        value=text[:40],
        known=", ".join(map(str, known)),
        field=field,
    )


def _number(text: str, most: int, field: str = "start", least: int = 1) -> int:
    if not numbers.NUMBER.fullmatch(text.strip()) or not least <= int(text) <= most:
        raise Malformed(
            "bad-number",
            N_("'{text}' is not a number from {least} to {most}."),
            N_("Type a whole number."),
            text=text[:40],
            least=least,
            most=most,
            field=field,
        )
    return int(text)
