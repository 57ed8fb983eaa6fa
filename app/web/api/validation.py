"""Input that does not fit its model, told field by field in sentences of ours: pydantic's own are English only."""

from collections.abc import Mapping
from typing import Any

from apiflask import HTTPError
from flask import Response
from flask_babel import gettext
from pydantic import ValidationError

from app.errors import N_, TraceError
from app.web.errors import SENTENCES, problem

WHOLE = N_("Give a whole number.")
NUMBER = N_("Give a number, with a point for fractions.")
YES_NO = N_("Give true or false.")
DAY = N_("Give a date like 2026-05-31.")
MOMENT = N_("Give a time with its zone, like 2026-05-31T08:30:00Z.")
FORM = N_("This does not have the form that is needed here.")
LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"  # control characters are no text, and PostgreSQL takes no \0
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"  # the same with tabs and line ends
PATTERNS = {
    LINE: N_("Give one line of text, without control characters."),
    TEXT: N_("Give text without control characters."),
}
OBJECT = N_("Give a JSON object.")
# pydantic's type of error -> what to do about it; fields are those of its context
MESSAGES: dict[str, str] = {
    "missing": N_("This is needed."),
    "extra_forbidden": N_("There is no such field here."),
    "string_type": N_("Give text."),
    "string_too_short": N_("Give at least {min_length} characters."),
    "string_too_long": N_("Give at most {max_length} characters."),
    "string_pattern_mismatch": FORM,
    "string_unicode": N_("Give text in proper Unicode."),
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_parsing_size": WHOLE,
    "int_from_float": WHOLE,
    "bool_type": YES_NO,
    "bool_parsing": YES_NO,
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "finite_number": NUMBER,
    "decimal_max_digits": N_("Give at most {max_digits} digits."),
    "decimal_max_places": N_("Give at most {decimal_places} decimals."),
    "decimal_whole_digits": N_("Give at most {whole_digits} digits before the point."),
    "greater_than": N_("Give more than {gt}."),
    "greater_than_equal": N_("Give {ge} or more."),
    "less_than": N_("Give less than {lt}."),
    "less_than_equal": N_("Give {le} or less."),
    "date_type": DAY,
    "date_parsing": DAY,
    "date_from_datetime_parsing": DAY,
    "date_from_datetime_inexact": DAY,
    "datetime_type": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_from_date_parsing": MOMENT,
    "timezone_aware": MOMENT,
    "literal_error": N_("Give one of: {expected}."),
    "list_type": N_("Give a list."),
    "too_short": N_("Give at least {min_length}."),
    "too_long": N_("Give at most {max_length}."),
    "model_type": OBJECT,
    "model_attributes_type": OBJECT,
    "dict_type": OBJECT,
    "value_error": FORM,
}
UNKNOWN = N_("This cannot be used.")


def answer(error: HTTPError) -> Response:
    """The problem document for what APIFlask raises; `errors` names each field and says what to do."""
    status = error.status_code
    told = problem(
        status,
        TraceError(*SENTENCES[status if status in SENTENCES else 400]),
        errors=errors_of(error.__cause__),
    )
    told.headers.update(dict(error.headers))
    return told


def errors_of(cause: BaseException | None) -> list[dict[str, str]]:
    if not isinstance(cause, ValidationError):
        return []
    return [
        {
            "field": ".".join(str(part) for part in error["loc"]),
            "message": _sentence(error["type"], error.get("ctx", {})),
        }
        for error in cause.errors(include_url=False, include_input=False)
    ]


def _sentence(kind: str, context: Mapping[str, Any]) -> str:
    pattern = context.get("pattern")
    if pattern in PATTERNS:
        return gettext(PATTERNS[pattern])
    if context.get("min_length") == 1:
        kind = "missing"
    values = {name: str(value) for name, value in context.items()}
    if kind == "literal_error":
        values["expected"] = values["expected"].replace("'", "").replace(" or ", ", ")
    return gettext(MESSAGES.get(kind, UNKNOWN)).format(**values)
