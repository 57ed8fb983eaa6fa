"""EPCIS 2.0 events: values, their JSON form, what is stored. The only package with the standard's camelCase.

These everyday names cost little to import. Documents of others, their schema, XML, the event hash and the query
language are modules of this package that are imported where they are used.
"""

from app.domain.epcis.captured import CAPTURED, event_of, parse
from app.domain.epcis.forms import (
    CONTEXT,
    EPC_FIELDS,
    QUANTITY_FIELDS,
    VERSION,
    canonical,
    from_json,
    time_of,
    time_text,
    to_json,
)
from app.domain.epcis.values import TYPES, ErrorDeclaration, Event, Mention, Quantity, mentions

__all__ = [
    "CAPTURED",
    "CONTEXT",
    "EPC_FIELDS",
    "QUANTITY_FIELDS",
    "TYPES",
    "VERSION",
    "ErrorDeclaration",
    "Event",
    "Mention",
    "Quantity",
    "canonical",
    "event_of",
    "from_json",
    "mentions",
    "parse",
    "time_of",
    "time_text",
    "to_json",
]
