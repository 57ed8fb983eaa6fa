"""What all forms share: rules with sentences in the reader's language, and a service's refusal shown at its field."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, Length

from app.errors import TraceError
from app.web.errors import translate_error


def required(most: int = 200) -> list[Any]:
    return [
        InputRequired(_l("Please fill this in.")),
        Length(max=most, message=_l("At most %(max)d characters.")),
    ]


def optional(most: int = 200) -> list[Any]:
    return [Length(max=most, message=_l("At most %(max)d characters."))]


def show_error(form: FlaskForm, error: TraceError) -> None:
    """At the field the error names in its value `field`, above the form where it names none; typed values stay."""
    text = " ".join(part for part in translate_error(error) if part)
    name = error.values.get("field", "")
    if name in form:
        form[name].errors = [*form[name].errors, text]
    else:
        form.form_errors.append(text)
