"""Metadata templates: which values describe a kind of thing, in both languages, and whether given values fit."""

from app.domain.templates.checking import checked
from app.domain.templates.faults import BadValues
from app.domain.templates.fields import TYPES, VISIBILITY, Choice, Field, as_json, stored
from app.domain.templates.schema import schema_of
from app.domain.templates.showing import Shown, shown_to
from app.domain.templates.texts import search_key, search_keys, tidied, typed
from app.domain.templates.values import Reading, canonical, read
from app.domain.templates.versions import Change, changes, compatible

__all__ = [
    "TYPES", "VISIBILITY", "BadValues", "Change", "Choice", "Field", "Reading", "Shown", "as_json", "canonical",
    "changes", "checked", "compatible", "read", "schema_of", "search_key", "search_keys", "shown_to",
    "stored", "tidied", "typed",
]  # fmt: skip
