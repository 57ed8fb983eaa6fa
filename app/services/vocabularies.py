"""Master data of places and terms as captured documents bring it: what lies below what, and attributes.

Each company has its own words of it; queries with WD_, HASATTR_ and EQ_ATTR_ look there.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlmodel import Session

from app.domain.epcis import matching
from app.domain.epcis.fields import listed, object_of, objects, text, whole
from app.domain.epcis.matching import Vocabulary
from app.domain.epcis.queries import Query
from app.domain.epcis.sameness import same_attribute, same_name, scalars
from app.domain.people import Actor
from app.store import vocabularies as rows

MOST = 10_000  # elements of one document
_LONGEST = 300
_HOW = {"within", "attribute"}


def keep(
    session: Session,
    actor: Actor,
    lists: Iterable[Mapping[str, Any]],
    now: datetime,
    namespaces: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Keeps the vocabulary lists of a document (EPCIS 2.0 §7.4.4); an element that is known is replaced. How many.

    `namespaces` are the document's: an attribute is found by its prefix as sent and by its whole name."""
    found: dict[str, dict[str, Any]] = {}
    for vocabulary in lists:
        for element in objects(vocabulary.get("vocabularyElementList")):
            if name := same_name(text(element.get("id"))):
                found[name[:_LONGEST]] = {
                    "kind": text(vocabulary.get("type"))[:_LONGEST],
                    "attributes": _attributes(element, namespaces),
                    "children": _children(element),
                }
                if len(found) >= MOST:
                    break
    rows.replace(session, actor.organisation_id, found, now)
    return len(found)


def of(session: Session, actor: Actor, query: Query) -> Vocabulary:
    """What the reader's company knows, read only where the query asks for it."""
    if not any(clause.how in _HOW for clause in query.clauses):
        return matching.NOTHING_KNOWN
    children: dict[str, frozenset[str]] = {}
    attributes: dict[str, Mapping[str, frozenset[str]]] = {}
    for row in rows.of(session, actor.organisation_id):
        children[row.name] = frozenset(row.children)
        attributes[row.name] = {
            same_attribute(name): frozenset(values) for name, values in row.attributes.items()
        }
    return Vocabulary(children, attributes)


def _children(element: Mapping[str, Any]) -> list[str]:
    return sorted({same_name(text(child))[:_LONGEST] for child in listed(element.get("children"))} - {""})


def _attributes(element: Mapping[str, Any], namespaces: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for attribute in objects(element.get("attributes")):
        value, name = attribute.get("attribute"), text(attribute.get("id"))
        plain = object_of(value).get("id", value) if isinstance(value, Mapping) else value
        for spelling in {same_attribute(name), same_attribute(whole(name, namespaces))}:
            found.setdefault(spelling, []).extend(str(one)[:_LONGEST] for one in scalars(plain))
    return {name: values for name, values in found.items() if name and values}
