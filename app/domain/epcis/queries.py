"""The EPCIS query language: parameters as they come in a URL or a JSON body, read into one typed `Query`.

It only reads (EPCIS 2.0 §8.2.7.1); `matching.matches` says which events a query means.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from app.domain.epcis import query_names as names
from app.domain.epcis.query_values import (
    BadQuery,
    TooComplex,
    TooLarge,
    Value,
    bad_value,
    is_text,
    number_of,
    values_of,
)
from app.domain.epcis.sameness import same_attribute
from app.errors import N_

__all__ = ["BadQuery", "Clause", "Query", "TooComplex", "TooLarge", "parse"]

MOST_CLAUSES = 64
MOST_VALUES = 3_000  # of all parameters: a database takes only so many


@dataclass(frozen=True, slots=True)
class Clause:
    """One parameter. An event has to satisfy every clause, by any of its `values`.

    `how` and `field` are those of query_names; `op` is EQ, GT, GE, LT, LE, EXISTS, MATCH, WD or HASATTR. `detail` is
    the type of a business transaction, source or destination, the unit of a quantity or measurement, the attribute of
    EQ_ATTR, or the part of the event that holds an extension field; `inner` asks for fields inside of such fields.
    """

    parameter: str
    op: str
    how: str
    field: str
    values: tuple[Value, ...]
    detail: str = ""
    inner: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """`order_by` is "", eventTime, recordTime or an extension field; `limit` is eventCountLimit, `most` maxEventCount.

    `parameters` is what was asked, to be kept and shown again: `parse(query.parameters, query.namespaces) == query`.
    """

    clauses: tuple[Clause, ...] = ()
    order_by: str = ""
    descending: bool = True
    limit: int | None = None
    most: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    namespaces: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """The same for the same query: what a token of a page is bound to."""
        return json.dumps([self.parameters, self.namespaces], sort_keys=True, default=str)


def parse(parameters: Mapping[str, Any], namespaces: Mapping[str, str] | None = None) -> Query:
    """From a URL (values are texts, lists with `|` between) or a JSON body (lists, numbers, booleans, "@context").

    `namespaces` is what GS1-Extensions says: prefix -> namespace. Paging (perPage, nextPageToken) is the caller's, who
    takes it out first. Raises BadQuery for what is unknown, repeated in two spellings or contradictory.
    """
    known = dict(namespaces or {}) | _context(parameters.get("@context", ()))
    given = {name: value for name, value in parameters.items() if name != "@context"}
    if len(given) > MOST_CLAUSES:
        _too_complex(N_("The query has {count} parameters; {most} are the most."), len(given), MOST_CLAUSES)
    clauses = tuple(
        _clause(name, value, known) for name, value in given.items() if name not in names.CONTROLS
    )
    if (count := sum(len(clause.values) for clause in clauses)) > MOST_VALUES:
        _too_complex(N_("The query has {count} values; {most} are the most."), count, MOST_VALUES)
    limit, most = (_count(given, name) for name in ("eventCountLimit", "maxEventCount"))
    order_by = _order(given, known)
    if limit is not None and most is not None:
        _contradiction("eventCountLimit", "maxEventCount", N_("{first} and {second} exclude each other."))
    if limit is not None and not order_by:
        _contradiction(
            "eventCountLimit", "orderBy", N_("{first} needs {second}: which events are the first?")
        )
    descending = _direction(given) == "DESC"
    return Query(clauses, order_by, descending, limit, most, given, known)


def _context(context: Any) -> dict[str, str]:
    """The prefixes that a JSON-LD context declares; whatever else it holds is of no use to a query."""
    found: dict[str, str] = {}
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, Mapping):
            found |= {key: value for key, value in part.items() if isinstance(value, str)}
    return found


def _clause(name: str, value: Any, known: Mapping[str, str]) -> Clause:
    if kind := names.KINDS.get(name):
        op = name.partition("_")[0] if "_" in name else "EQ"
        return Clause(name, op, kind.how, kind.field, values_of(name, op, kind.values, value))
    if match := names.TYPED.fullmatch(name):
        texts = values_of(name, "EQ", "texts", value)
        return Clause(name, "EQ", "typed", match["list"], texts, detail=_whole(match["type"], known))
    if match := names.MEASURED.fullmatch(name):
        how = "quantity" if match["value"] == "quantity" else "measure"
        numbers = values_of(name, match["op"], "numbers", value)
        return Clause(name, match["op"], how, match["value"], numbers, detail=match["uom"])
    if match := names.ATTRIBUTE.fullmatch(name):
        if match["holder"]:
            attributes = tuple(
                same_attribute(_whole(str(one), known)) for one in values_of(name, "EQ", "texts", value)
            )
            return Clause(name, "HASATTR", "attribute", _whole(match["holder"], known), attributes)
        of, attribute = _whole(match["of"], known), same_attribute(_whole(match["attribute"], known))
        return Clause(name, "EQ", "attribute", of, values_of(name, "EQ", "any", value), detail=attribute)
    if match := names.EXTENSION.fullmatch(name):
        kind_of_values = "nothing" if match["op"] == "EXISTS" else "any"
        values = values_of(name, match["op"], kind_of_values, value)
        where, field_name = (match["where"] or "").rstrip("_"), _whole(match["field"], known)
        return Clause(name, match["op"], "extension", field_name, values, where, bool(match["inner"]))
    raise BadQuery(
        "unknown-query-parameter",
        N_("There is no query parameter “{parameter}”."),
        N_("See the parameters of SimpleEventQuery in EPCIS 2.0, section 8.2.7.1."),
        parameter=name[:100],
    )


def _whole(name: str, known: Mapping[str, str]) -> str:
    """`prefix:name` with its namespace in place of the prefix where that is declared; anything else as it is."""
    prefix, colon, local = name.partition(":")
    if colon and prefix in known and not local.startswith("//"):
        return known[prefix] + local
    return name


def _count(given: Mapping[str, Any], name: str) -> int | None:
    if name not in given:
        return None
    value = given[name]
    number = None if isinstance(value, bool) else number_of(value)
    if number is None or number != int(number) or not 0 < number < 2**31:
        bad_value(name, value)
    return int(number)


def _order(given: Mapping[str, Any], known: Mapping[str, str]) -> str:
    value = given.get("orderBy", "")
    if value in names.ORDERS:
        return str(value) or ("" if "orderBy" not in given else bad_value("orderBy", value))
    if not is_text(value) or ":" not in value:
        bad_value("orderBy", value)
    return _whole(value, known)


def _direction(given: Mapping[str, Any]) -> str:
    value = given.get("orderDirection", "DESC")
    return value if value in ("ASC", "DESC") else bad_value("orderDirection", value)


def _too_complex(message: str, count: int, most: int) -> NoReturn:
    raise TooComplex("query-too-complex", message, N_("Ask in several queries."), count=count, most=most)


def _contradiction(first: str, second: str, message: str) -> NoReturn:
    raise BadQuery(
        "query-contradicts",
        message,
        N_("Leave one of them out, or add what is missing."),
        first=first,
        second=second,
    )
