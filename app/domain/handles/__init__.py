"""Handles and their values as the Handle HTTP API has them: rules only, values in and values out.

Not here: where records are kept (store.records), who has proven to be whom (services).
"""

from app.domain.handles.answers import Answer, elsewhere, failure, found, missing, refusal, unreadable
from app.domain.handles.errors import HandleError, refused
from app.domain.handles.naming import MOST_HANDLE, check_name, key_of, prefix_of, split
from app.domain.handles.parsing import parse_body, parse_value
from app.domain.handles.rights import EVERYTHING, Identity, Right, identity_of, rights_in
from app.domain.handles.values import (
    MASK,
    MOST_BYTES,
    MOST_VALUES,
    SECRET,
    Value,
    dump,
    json_of,
    load,
    public_json,
    searchable,
    shown_json,
    stamped,
    text_value,
    unique,
)

__all__ = [
    "EVERYTHING", "MASK", "MOST_BYTES", "MOST_HANDLE", "MOST_VALUES", "SECRET", "Answer", "HandleError", "Identity",
    "Right", "Value", "check_name", "dump", "elsewhere", "failure", "found", "identity_of", "json_of", "key_of", "load",
    "missing", "parse_body", "parse_value", "prefix_of", "public_json", "refusal", "refused", "rights_in", "searchable",
    "shown_json", "split", "stamped", "text_value", "unique", "unreadable",
]  # fmt: skip
