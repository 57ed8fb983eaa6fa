"""What can be wrong with a value, as sentences that name the field, the value and the way out."""

from collections.abc import Sequence

from app.domain.templates.fields import Field, shown
from app.errors import N_, Malformed

# code: (sentence, way out); each also gets {name} and {value}
ERRORS = {
    "value-missing": (N_("{name} is needed."), N_("Give it a value.")),
    "unknown-field": (N_("The template has no field '{name}'."), N_("Its fields: {known}.")),
    "value-out-of-range": (N_("{name}: {value} is not allowed."), N_("Give {range}.")),
    "value-bad-length": (N_("{name}: '{value}' has {length} characters."), N_("Give {least} to {most}.")),
    "value-bad-pattern": (N_("{name}: '{value}' does not have the form asked for."), N_("It has to fit {pattern}.")),
    "value-bad-text": (
        N_("{name}: '{value}' has characters that are not text."),
        N_("Give one line, without control characters."),
    ),
    "value-not-offered": (N_("{name}: '{value}' is not on the list."), N_("Choose one of: {known}.")),
    "value-bad-identifier": (
        N_("{name}: '{value}' is not an identifier."),
        N_("Give prefix/suffix, a GS1 key, an OID, an Ecode, a VAA code or a DID."),
    ),
    "value-too-fine": (N_("{name}: {value} is more exact than can be kept."), N_("Give at most {digits} digits.")),
    "value-not-a-list": (N_("{name}: '{value}' is not a list."), N_("Give a list of values, also for a single one.")),
    "value-bad-count": (N_("{name} has {count} values."), N_("Give 1 to {most}.")),
    "value-twice": (N_("{name} has '{value}' twice."), N_("Give each once.")),
    "values-too-large": (N_("The values take {count} bytes."), N_("Shorten the texts; at most {most} are kept.")),
    "values-not-an-object": (N_("The values are not an object of names and values."), N_("Send a JSON object.")),
}  # fmt: skip
WAYS_OUT = {
    "text": N_("Give text."),
    "integer": N_("Give a whole number, up to 16 digits."),
    "decimal": N_("Give a number, with a point for fractions."),
    "boolean": N_("Give true or false."),
    "date": N_("Give a date like 2026-05-31."),
    "datetime": N_("Give a time with its zone, like 2026-05-31T08:30:00Z."),
    "choice": N_("Give one of the values as text."),
    "url": N_("Give a web address that begins with https:// or http://."),
    "identifier": N_("Give an identifier as text."),
    "hash": N_("Give sha256: and 64 hexadecimal digits."),
}


class BadValues(Malformed):
    """The first fault of some values, with all of them in `faults`."""

    def __init__(self, faults: Sequence[Malformed]) -> None:
        first = faults[0]
        self.faults = tuple(faults)
        super().__init__(first.code, first.message, first.hint, **first.values)


class Wrong(Exception):
    """One value cannot be used; carries the code and what its sentence needs."""

    def __init__(self, code: str, **values: str) -> None:
        self.code, self.values = code, values
        super().__init__(code)


def told(field: Field, raw: object, wrong: Wrong) -> Malformed:
    values = {"value": shown(raw)} | wrong.values
    if kind := values.pop("kind", ""):
        message = N_("{name}: '{value}' cannot be used.")
        return Malformed(
            "value-wrong-kind",
            message,
            WAYS_OUT[kind],
            field=f"values.{field.name}",
            name=field.name,
            **values,
        )
    return fault(wrong.code, field.name, name=field.name, **values)


def fault(code: str, at: str, **values: str) -> Malformed:
    message, hint = ERRORS[code]
    place = "values" if at in {"", "values"} else f"values.{shown(at)}"
    return Malformed(code, message, hint, field=place, **values)
