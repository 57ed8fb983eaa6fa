"""What a query reads of an event: extension fields wherever they stand, places, names, whatever shape they come in."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.epcis import contexts
from app.domain.epcis.query_names import MATCHED
from app.domain.epcis.sameness import same_field, same_name, scalars

_STANDARD = {"ILMD": "ilmd", "ERROR_DECLARATION": "errorDeclaration"}
PARTS = ("", *_STANDARD, "SENSORELEMENT", "SENSORMETADATA", "SENSORREPORT", "readPoint", "bizLocation")
Field = tuple[str, str, Any]  # the name as written, the name with its namespace, the value


def elements_of(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return objects(event.get("sensorElementList"))


def reports_of(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for element in elements_of(event):
        yield from objects(element.get("sensorReport"))


def metadata_of(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for element in elements_of(event):
        yield from objects(element.get("sensorMetadata"))


def extensions(event: Mapping[str, Any], part: str, *, inner: bool) -> Iterator[Field]:
    """The fields of one of PARTS that are not the standard's; with `inner` those inside of such fields instead."""
    known = contexts.namespaces_of(event)
    for holder in holders(event, part):
        here = {**known, **contexts.defined(holder["@context"])} if "@context" in holder else known
        for name, value in holder.items():
            if ":" not in name:
                continue
            if inner:
                yield from _inside(value, here)
            else:
                yield name, whole(name, here), value


def whole(name: str, known: Mapping[str, str]) -> str:
    """`prefix:name` with its namespace in place of the prefix where that is known; anything else as it is."""
    prefix, colon, local = name.partition(":")
    return known[prefix] + local if colon and prefix in known and not local.startswith("//") else name


def _inside(value: Any, known: Mapping[str, str]) -> Iterator[Field]:
    if isinstance(value, list):
        for one in value:
            yield from _inside(one, known)
    elif isinstance(value, Mapping):
        here = {**known, **contexts.defined(value["@context"])} if "@context" in value else known
        for name, one in value.items():
            if not name.startswith("@"):
                yield name, whole(name, here), one
                yield from _inside(one, here)


def holders(event: Mapping[str, Any], part: str) -> Iterator[Mapping[str, Any]]:
    if part == "":
        yield event
    elif part == "SENSORELEMENT":
        yield from elements_of(event)
    elif part == "SENSORMETADATA":
        yield from metadata_of(event)
    elif part == "SENSORREPORT":
        yield from reports_of(event)
    else:
        yield from objects(event.get(_STANDARD.get(part, part)))


def place_of(event: Mapping[str, Any], name: str) -> str:
    """The canonical name of its readPoint or bizLocation; "" where it has none."""
    return same_name(text(object_of(event.get(name)).get("id")))


def names_in(event: Mapping[str, Any], match: str) -> Iterator[str]:
    """The canonical names that a MATCH parameter looks at."""
    for name in MATCHED[match]:
        for one in listed(event.get(name)):
            yield same_name(text(one.get("epcClass") if isinstance(one, Mapping) else one))


def values_of(event: Mapping[str, Any], name: str) -> Iterator[str]:
    if ":" not in name:
        value = event.get(name)
        yield from texts(value.get("id") if isinstance(value, Mapping) else value)
        return
    for raw, full, value in extensions(event, "", inner=False):
        if same_field(name) in (raw, same_field(full)):
            yield from (str(one) for one in scalars(value))


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def texts(value: Any) -> list[str]:
    return [one for one in listed(value) if isinstance(one, str)]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def object_of(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in listed(value) if isinstance(one, Mapping)]
