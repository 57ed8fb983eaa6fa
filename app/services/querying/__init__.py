"""Queries of EPCIS events for one reader: a page at a time, a single event with its declarations, the collections."""

from app.services.querying.collections import collection_of, has, within
from app.services.querying.pages import (
    CHECK_IT,
    NOT_HERE,
    NoSuchName,
    Page,
    event_of,
    page_of,
    recorded_after,
)

__all__ = [
    "CHECK_IT",
    "NOT_HERE",
    "NoSuchName",
    "Page",
    "collection_of",
    "event_of",
    "has",
    "page_of",
    "recorded_after",
    "within",
]
