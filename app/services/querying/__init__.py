"""Queries of EPCIS events for one reader: a page at a time, a single event with its declarations, the collections."""

from app.services.querying.collections import collection_of, has, within
from app.services.querying.pages import Page, event_of, no_such, page_of, recorded_after

__all__ = ["Page", "collection_of", "event_of", "has", "no_such", "page_of", "recorded_after", "within"]
