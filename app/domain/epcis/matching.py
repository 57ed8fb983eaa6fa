"""Which events a query means: the only judge of it, for pages, named queries and subscriptions alike.

Events are EPCIS JSON objects as a reader is told them, with eventID and recordTime. Clauses are all to hold, each by
any of its values (EPCIS 2.0 §8.2.7.1); what an event lacks does not match.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from app.domain.epcis import fields
from app.domain.epcis.fields import names_in, object_of, objects, place_of, text, texts, values_of
from app.domain.epcis.measures import converted
from app.domain.epcis.queries import Clause, Query
from app.domain.epcis.query_names import QUANTITY_LISTS, TYPED_LISTS
from app.domain.epcis.query_values import moment_of, number_of
from app.domain.epcis.sameness import (
    class_of_pattern,
    compares,
    equals,
    ordered,
    same_field,
    same_name,
    same_word,
    scalars,
)

Event = Mapping[str, Any]
Rule = Callable[[Event], bool]
_NUMBERS = (Decimal, int, float)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Master data of places and terms, by `same_name`: what lies directly below each, and its attributes' values."""

    children: Mapping[str, frozenset[str]] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    def with_descendants(self, names: Iterable[str]) -> frozenset[str]:
        """The names themselves and all that is below them; ends on cycles."""
        found: set[str] = set()
        queue = [same_name(name) for name in names]
        while queue:
            if (name := queue.pop()) not in found:
                found.add(name)
                queue += self.children.get(name, ())
        return frozenset(found)


NOTHING_KNOWN = Vocabulary()


def matches(event: Event, query: Query, vocabulary: Vocabulary = NOTHING_KNOWN) -> bool:
    """Whether the query means this event. For many events take `compiled`, which reads the query once."""
    return compiled(query, vocabulary)(event)


def compiled(query: Query, vocabulary: Vocabulary = NOTHING_KNOWN) -> Rule:
    rules = [_RULES[clause.how](clause, vocabulary) for clause in query.clauses]
    return lambda event: all(rule(event) for rule in rules)


def order_key(event: Event, query: Query) -> Decimal | str | None:
    """What orders by an extension field: its first value, times and numbers as numbers; None where it has none."""
    for raw, name, value in fields.extensions(event, "", inner=False):
        if same_field(query.order_by) in (raw, same_field(name)):
            for one in scalars(value):
                if (moment := moment_of(one)) is not None:
                    return Decimal(repr(moment.timestamp()))
                number = None if isinstance(one, bool) else number_of(one)
                return number if number is not None else str(one)
    return None


def _word(clause: Clause, _: Vocabulary) -> Rule:
    wanted = {same_word(clause.field, str(value)) for value in clause.values}
    return lambda event: same_word(clause.field, text(event.get(clause.field))) in wanted


def _persistent(clause: Clause, _: Vocabulary) -> Rule:
    wanted = {same_word("disposition", str(value)) for value in clause.values}

    def rule(event: Event) -> bool:
        values = object_of(event.get("persistentDisposition")).get(clause.field)
        return any(same_word("disposition", value) in wanted for value in texts(values))

    return rule


def _place(clause: Clause, _: Vocabulary) -> Rule:
    wanted = {same_name(str(value)) for value in clause.values}
    return lambda event: place_of(event, clause.field) in wanted


def _within(clause: Clause, vocabulary: Vocabulary) -> Rule:
    wanted = vocabulary.with_descendants(map(str, clause.values))
    return lambda event: place_of(event, clause.field) in wanted


def _name(clause: Clause, _: Vocabulary) -> Rule:
    wanted = {same_name(str(value)) for value in clause.values}
    return lambda event: clause.field in event and same_name(text(event[clause.field])) in wanted


def _exists(clause: Clause, _: Vocabulary) -> Rule:
    return lambda event: bool(event.get(clause.field))


def _declared(clause: Clause, _: Vocabulary) -> Rule:
    kind = "reason" if clause.field == "reason" else ""
    wanted = {same_word(kind, str(value)) if kind else str(value) for value in clause.values}

    def rule(event: Event) -> bool:
        values = texts(object_of(event.get("errorDeclaration")).get(clause.field))
        return any((same_word(kind, value) if kind else value) in wanted for value in values)

    return rule


def _declared_time(clause: Clause, _: Vocabulary) -> Rule:
    (wanted,) = clause.values
    return lambda event: compares(
        object_of(event.get("errorDeclaration")).get(clause.field), clause.op, wanted
    )


def _time(clause: Clause, _: Vocabulary) -> Rule:
    (wanted,) = clause.values
    return lambda event: compares(event.get(clause.field), clause.op, wanted)


def _typed(clause: Clause, _: Vocabulary) -> Rule:
    listed, inner = TYPED_LISTS[clause.field]
    wanted_type = same_word(inner, clause.detail)
    wanted = {same_name(str(value)) for value in clause.values}

    def rule(event: Event) -> bool:
        return any(
            same_word(inner, text(pair.get("type"))) == wanted_type
            and same_name(text(pair.get(inner))) in wanted
            for pair in objects(event.get(listed))
        )

    return rule


def _match(clause: Clause, _: Vocabulary) -> Rule:
    asked = [str(value) for value in clause.values]
    wanted = {same_name(name) for name in asked}
    of_classes = "Class" in clause.field  # there a pattern is a class's own name
    begins = () if of_classes else tuple(start for start in map(class_of_pattern, asked) if start)

    def rule(event: Event) -> bool:
        return any(
            name in wanted or (begins and name.startswith(begins)) for name in names_in(event, clause.field)
        )

    return rule


def _quantity(clause: Clause, _: Vocabulary) -> Rule:
    def rule(event: Event) -> bool:
        return any(
            "quantity" in element and _measures(element["quantity"], element.get("uom", ""), clause)
            for listed in QUANTITY_LISTS
            for element in objects(event.get(listed))
        )

    return rule


def _measure(clause: Clause, _: Vocabulary) -> Rule:
    def rule(event: Event) -> bool:
        return any(
            clause.field in report and _measures(report[clause.field], report.get("uom", ""), clause)
            for report in fields.reports_of(event)
        )

    return rule


def _measures(found: Any, unit: Any, clause: Clause) -> bool:
    """Compared in the unit that the clause says; without one, number by number."""
    number = None if isinstance(found, bool) else number_of(found)
    if number is None or not isinstance(unit, str):
        return False
    deviation = clause.field == "sDev"
    value = (
        converted(number, unit, clause.detail, difference=deviation) if clause.detail else Fraction(number)
    )
    if value is None:
        return False
    wanted = [Fraction(each) for each in clause.values if isinstance(each, Decimal)]
    if clause.op == "EQ":
        return value in wanted
    return ordered(value, clause.op, wanted[0])


def _sensor(clause: Clause, _: Vocabulary) -> Rule:
    plain = clause.field in ("booleanValue", "stringValue")
    wanted = {_sensor_value(clause.field, value) for value in clause.values}

    def rule(event: Event) -> bool:
        for holder in (*fields.reports_of(event), *fields.metadata_of(event)):
            value = holder.get(clause.field)
            if isinstance(value, bool if clause.field == "booleanValue" else str) and (
                value in wanted if plain else _sensor_value(clause.field, value) in wanted
            ):
                return True
        return False

    return rule


def _sensor_value(name: str, value: Any) -> Any:
    if name == "type":
        return same_word("measurement", value)
    if name == "hexBinaryValue":
        return value.lower()
    return same_name(value) if isinstance(value, str) and name != "stringValue" else value


def _sensor_time(clause: Clause, _: Vocabulary) -> Rule:
    (wanted,) = clause.values

    def rule(event: Event) -> bool:
        holders = (*fields.reports_of(event), *fields.metadata_of(event))
        return any(compares(holder.get(clause.field), clause.op, wanted) for holder in holders)

    return rule


def _extension(clause: Clause, _: Vocabulary) -> Rule:
    wanted = same_field(clause.field)

    def rule(event: Event) -> bool:
        for raw, name, value in fields.extensions(event, clause.detail, inner=clause.inner):
            if wanted not in (raw, same_field(name)):
                continue
            if clause.op == "EXISTS":
                if value not in (None, "", [], {}):
                    return True
            elif any(_holds(one, clause) for one in scalars(value)):
                return True
        return False

    return rule


def _attribute(clause: Clause, vocabulary: Vocabulary) -> Rule:
    """HASATTR: the field's term has one of these attributes. EQ_ATTR: its attribute `detail` has such a value."""

    def rule(event: Event) -> bool:
        for name in values_of(event, clause.field):
            attributes = vocabulary.attributes.get(same_name(name), {})
            if clause.op == "HASATTR" and any(attributes.get(str(value)) for value in clause.values):
                return True
            if clause.op == "EQ" and any(
                equals(found, wanted)
                for found in attributes.get(clause.detail, ())
                for wanted in clause.values
            ):
                return True
        return False

    return rule


def _holds(found: Any, clause: Clause) -> bool:
    if clause.op == "EQ":
        return any(equals(found, wanted) for wanted in clause.values)
    return compares(found, clause.op, clause.values[0])


_RULES: dict[str, Callable[[Clause, Vocabulary], Rule]] = {
    "word": _word,
    "persistent": _persistent,
    "place": _place,
    "within": _within,
    "name": _name,
    "exists": _exists,
    "declared": _declared,
    "declared-time": _declared_time,
    "time": _time,
    "typed": _typed,
    "match": _match,
    "quantity": _quantity,
    "measure": _measure,
    "sensor": _sensor,
    "sensor-time": _sensor_time,
    "extension": _extension,
    "attribute": _attribute,
}
