"""Texts that begin alike, as a range of an index: what LIKE with a bound value leaves to chance on both databases."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col

LAST = "\U0010ffff"


def beginning(column: Any, text: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions for values of a KeyText column that begin with `text`, case and all."""
    end = beyond(text)
    conditions = (col(column) >= text,)
    return (*conditions, col(column) < end) if end else conditions


def beyond(text: str) -> str:
    """The least text that sorts after all that begin with `text`, by code points; '' when there is none."""
    stem = text.rstrip(LAST)
    if not stem:
        return ""
    following = ord(stem[-1]) + 1
    if 0xD800 <= following <= 0xDFFF:  # no characters of their own
        following = 0xE000
    return stem[:-1] + chr(following)
