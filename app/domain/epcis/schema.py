"""Whether an event or the frame of a document is what EPCIS 2.0.1 asks for, and what is wrong, field by field."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from app.domain.epcis import terms
from app.domain.epcis.faults import Fault
from app.domain.epcis.values import TYPES
from app.errors import N_, Malformed

if TYPE_CHECKING:
    import jsonschema_rs

LASTING, BORROWED = "persistentDisposition", "borrowed"
_MOST = 20  # faults told of one event: whoever sent them mends the first and sends again
_EXTEND = N_("Fields that are not of the standard are named with a prefix: example:field.")
_KINDS = {
    "string": N_("“{value}” must be text."),
    "number": N_("“{value}” must be a number."),
    "boolean": N_("“{value}” must be true or false."),
    "object": N_("“{value}” must be an object with named fields."),
    "array": N_("“{value}” must be a list."),
}


@cache
def _validator(kind: str) -> "jsonschema_rs.Draft7Validator":
    import jsonschema_rs  # late: 6 MB that most processes never need

    from app.domain.epcis import schema_data

    return jsonschema_rs.Draft7Validator(schema_data.SCHEMAS[kind], validate_formats=True)


def schema_faults(event: Any, *, bare: bool = False) -> list[Fault]:
    """What the schema finds wrong in one event, at most 20 faults; `bare`: it was sent alone and needs its context."""
    if not isinstance(event, dict):
        return [Fault("", "not-an-object", N_("An event is an object with named fields."))]
    kind = event.get("type")
    if not isinstance(kind, str):
        return [_missing("", "type")]
    validator = _validator(kind if kind in TYPES else "")
    try:
        found = [] if validator.is_valid(event) else _faults(validator, event)
    except ValueError:  # the validator's own bound, far beyond that of sense
        return [
            Fault(
                "", "nested-too-deep", N_("Fields are nested more than {most} levels deep."), "", {"most": 64}
            )
        ]
    if bare and "@context" not in event:
        found.append(_missing("", "@context"))
    return found


def lasting_faults(value: Any) -> list[Fault]:
    """What is wrong with a persistentDisposition."""
    validator = _validator(LASTING)
    found = [] if validator.is_valid(value) else _faults(validator, value)
    return [replace(fault, path=f"/persistentDisposition{fault.path}") for fault in found]


def borrowed_faults(event: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with the fields that an event of somebody's own type has in common with the standard's."""
    validator = _validator(BORROWED)
    return [] if validator.is_valid(event) else _faults(validator, event)


def check_frame(frame: Mapping[str, Any]) -> None:
    """Raises Malformed `invalid-epcis` with the first fault, and its `path`, of a document without its events."""
    validator = _validator(frame["type"])
    if not validator.is_valid(frame):
        fault = _faults(validator, frame)[0]
        hint = fault.hint or N_("Correct it and send it again; nothing of it was taken.")
        raise Malformed("invalid-epcis", fault.message, hint, **{**fault.values, "path": fault.path or "/"})


def _faults(validator: "jsonschema_rs.Draft7Validator", value: Any) -> list[Fault]:
    found: dict[tuple[str, str], Fault] = {}
    for error in validator.iter_errors(value):
        fault = _fault(error)
        found.setdefault((fault.path, fault.english()), fault)
        if len(found) == _MOST:
            break
    return list(found.values())


def _fault(error: "jsonschema_rs.ValidationError") -> Fault:
    steps = error.instance_path
    path = "".join(f"/{step}" for step in steps)
    field = next((step for step in reversed(steps) if isinstance(step, str)), "")
    kind: Any = error.kind  # each kind has fields of its own
    value = _shown(error.instance)
    match kind.name:
        case "required":
            return _missing(path, kind.property)
        case "additionalProperties":
            return _unknown_field(path, kind.unexpected[0])
        case "propertyNames":
            return _unknown_field(path, kind.error.instance)
        case "type":
            message = _KINDS.get(kind.types[0], N_("“{value}” has the wrong type."))
            return Fault(path, "wrong-type", message, values={"value": value})
        case "minItems":
            return Fault(path, "empty-list", N_("“{field}” is an empty list."), values={"field": field})
        case "uniqueItems":
            return Fault(path, "named-twice", N_("“{field}” has something twice."), values={"field": field})
        case "anyOf":
            return _choice(path, field)
    return _of_value(path, field, kind.name, value)


def _of_value(path: str, field: str, kind: str, value: str) -> Fault:
    values = {"field": field, "value": value}
    if vocabulary := _vocabulary_of(path):
        message = N_("“{value}” is no {field} of the Core Business Vocabulary and no URI of your own.")
        hint = N_("Write the bare word ({words}), or a URI that is yours.")
        words = ", ".join(sorted(terms.KINDS[vocabulary][0])[:5]) + ", …"
        return Fault(
            path, "unknown-term", message, hint, {"field": vocabulary, "value": value, "words": words}
        )
    if kind == "enum":
        return Fault(
            path, "unknown-action", N_("“{value}” is no action: ADD, OBSERVE or DELETE."), "", values
        )
    if kind == "const":
        message = N_("Only an event with the action ADD can have master data of its things (ilmd).")
        return Fault(path, "ilmd-without-add", message, "", values)
    if field.lower().endswith("time") or field == "creationDate":
        message = N_("“{value}” is no time of day with date and offset.")
        return Fault(path, "bad-time", message, N_("Write it as 2026-03-31T12:00:00+08:00."), values)
    if field == "eventTimeZoneOffset":
        message = N_("“{value}” is no offset from UTC.")
        return Fault(
            path, "bad-offset", message, N_("Write it as +08:00, between -14:00 and +14:00."), values
        )
    if kind == "pattern":
        return Fault(path, "bad-value", N_("“{value}” is not what “{field}” can be."), "", values)
    return Fault(path, "not-a-uri", N_("“{value}” in “{field}” is no URI."), "", values)


def _vocabulary_of(path: str) -> str:
    """The kind of words that the field at the path has; "" where it has none."""
    steps = [step for step in path.split("/") if step and not step.isdecimal()]
    field, parent = (steps[-1] if steps else ""), (steps[-2] if len(steps) > 1 else "").removesuffix("List")
    if field in ("set", "unset"):
        field = "disposition"
    if field == "type":
        field = "measurement" if parent == "sensorReport" else parent
        return field if field in terms.KINDS else ""
    return field if field in terms.KINDS and field != parent else ""


def _choice(path: str, field: str) -> Fault:
    if field == "persistentDisposition":
        return Fault(path, "names-nothing", N_("“{field}” needs “set” or “unset”."), values={"field": field})
    return Fault(
        path,
        "names-nothing",
        N_("The event names no thing that it happened to."),
        N_("Give a list of EPCs or of quantities; a transformation has inputs and outputs."),
    )


def _unknown_field(path: str, name: Any) -> Fault:
    return Fault(
        path, "unknown-field", N_("“{field}” is no field of EPCIS here."), _EXTEND, {"field": _shown(name)}
    )


def _missing(path: str, name: str) -> Fault:
    return Fault(path, "missing-field", N_("“{field}” is missing."), values={"field": name})


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= 100 else text[:97] + "…"
