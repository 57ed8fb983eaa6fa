"""The values of a template on pages: forms turned into values, what is wrong beside each, how each is shown."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from app.domain import templates
from app.domain.identifiers import DIGITAL_LINK
from app.domain.industries import names_of
from app.domain.templates import Field
from app.errors import N_, Malformed, TraceError
from app.web import i18n
from app.web.errors import translate_error

OWN_PATHS = ("hdl:", DIGITAL_LINK)  # of identifiers that this node can have a page of
MARK = "v-"  # begins the name of every input of a value


def configure(app: Flask) -> None:
    app.jinja_env.filters.update(
        choice_title=choice_title,
        date_text=date_text,
        moment_text=moment_text,
        path_here=path_here,
        industry_name=industry_name,
    )


def sent(fields: Sequence[Field], form: MultiDict[str, str] | None = None) -> dict[str, Any]:
    """What the form says of each field, as `templates.read` takes it; an empty input says nothing."""
    given = request.form if form is None else form
    values = {field.name: _value(field, given.getlist(MARK + field.name)) for field in fields}
    return {name: value for name, value in values.items() if value is not None}


def refusal(error: templates.BadValues, wrong: dict[str, str]) -> Malformed:
    """What stands above a form; what is wrong with each value goes into `wrong`, to be told beside its input."""
    wrong.update(errors_of(error))
    return Malformed(
        "invalid-input",
        N_("Some values cannot be used."),
        N_("Correct the fields named and send it again."),
    )


def errors_of(error: TraceError) -> dict[str, str]:
    """What is wrong with which field, in the reader's language; empty where the error is about something else."""
    faults = error.faults if isinstance(error, templates.BadValues) else ()
    told: dict[str, str] = {}
    for fault in faults:
        name = str(fault.values.get("field", "")).removeprefix("values.")
        told.setdefault(name, _sentence(fault))
    return told


def choice_title(field: Field, value: str) -> str:
    return next((each.title(i18n.language()) for each in field.choices if each.value == value), value)


def date_text(value: str) -> str:
    return i18n.local_date(date.fromisoformat(value))


def moment_text(value: str) -> Markup | str:
    return i18n.local_time(datetime.fromisoformat(value))


def path_here(epc: str) -> str:
    """Where this node's page of an identifier would be; '' for a kind of identifier that has none."""
    start = next((each for each in OWN_PATHS if epc.startswith(each)), "")
    return f"/{epc.removeprefix(start)}" if start else ""


def industry_name(code: str) -> str:
    if not code:
        return ""
    zh, en = names_of(code)
    return f"{code} {zh if i18n.language() == 'zh' else en}"


def _sentence(fault: TraceError) -> str:
    return ("" if i18n.language() == "zh" else " ").join(part for part in translate_error(fault) if part)


def _value(field: Field, texts: Sequence[str]) -> Any:
    if field.type == "datetime":
        texts = [_with_zone(line.strip()) for text in texts for line in text.splitlines()]
    return templates.typed(field, texts)


def _with_zone(text: str) -> str:
    """A browser's own input for a moment knows no zone: it is the reader's. Anything else stays as it was typed."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is not None:
        return text
    return moment.replace(tzinfo=ZoneInfo(i18n.zone())).astimezone(UTC).isoformat().replace("+00:00", "Z")
