"""What all forms share: their one course, rules in sentences of ours, a refusal shown at the field it is about."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import render_template
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.errors import N_, Malformed, TraceError
from app.web.errors import translate_error
from app.web.i18n import language


def respond(
    form: FlaskForm, act: Callable[[], ResponseReturnValue], template: str, **values: Any
) -> ResponseReturnValue:
    """Shows the form; sent and in order it does `act`, which redirects; else shows what was typed and what is wrong."""
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                return act()
            except TraceError as error:
                show_error(form, error)
                status = error.http_status
    return render_template(template, form=form, **values), status


GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?: \d{3})+(?:\.\d+)?")


def typed_amount(text: str | None, field: str = "quantity") -> Decimal | None:
    """The number that somebody typed, also as 12,000.5 or 12 000, None for nothing. Malformed `not-a-number`, for NaN
    and the infinite too."""
    typed = unicodedata.normalize("NFKC", text or "").strip()
    if GROUPED.fullmatch(typed):  # 1,5 is none: fifteen or one and a half
        typed = typed.replace(",", "").replace(" ", "")
    try:
        found = Decimal(typed) if typed else None
    except InvalidOperation:
        found = Decimal("nan")
    if found is not None and not found.is_finite():
        raise Malformed(
            "not-a-number",
            N_("'{text}' is not a number."),
            N_("Type digits, with a point for fractions."),
            text=typed[:40],
            field=field,
        )
    return found


def show_once(title: str, note: str, value: str) -> None:
    """A secret for the next page only: it travels in the person's own cookie and is kept nowhere else."""
    cookie["once"] = {"title": title, "note": note, "value": value}


def shown_once() -> dict[str, str]:
    return cookie.pop("once", {}) if "once" in cookie else {}


def offered(names: Mapping[str, str]) -> list[SelectChoice]:
    """What a list or a row of buttons offers, from a table of code and msgid."""
    return [SelectChoice(code, _l(title)) for code, title in names.items()]


def required(most: int = 200) -> list[Any]:
    return [InputRequired(_l("Please fill this in.")), *optional(most)]


def optional(most: int = 200) -> list[Any]:
    return [Length(max=most, message=_l("At most %(max)d characters."))]


def show_error(form: FlaskForm, error: TraceError) -> None:
    """At the field the error names in its value `field`, above the form where it names none; typed values stay."""
    space = "" if language() == "zh" else " "
    text = space.join(part for part in translate_error(error) if part)
    name = error.values.get("field", "")
    if name in form:
        form[name].errors = [*form[name].errors, text]
    else:
        form.form_errors.append(text)
