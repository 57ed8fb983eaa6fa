"""Resolving through the network: walking from the root's hints, verifying each step, remembering what was told.

Takes a `fetch` and no session: nothing here waits for another node inside a transaction.
"""

from app.services.recursing import reasons
from app.services.recursing.floors import kept as kept_floors
from app.services.recursing.hints import Hints, hints_of, read
from app.services.recursing.recursor import Recursor
from app.services.recursing.results import (
    FAILED,
    Hop,
    NoAnswer,
    Resolution,
    TooManyLookUps,
    too_many_look_ups,
)

__all__ = [
    "FAILED", "Hints", "Hop", "NoAnswer", "Recursor", "Resolution", "TooManyLookUps", "hints_of", "kept_floors",
    "read", "reasons", "too_many_look_ups",
]  # fmt: skip
