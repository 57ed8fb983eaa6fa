"""Resolving through the network of nodes: see the modules named here, one a subject."""

from collections.abc import Iterator
from typing import Any

from bench import _country, _provenance, _recursion


def figures() -> Iterator[dict[str, Any]]:
    yield from _recursion.figures()
    yield from _country.figures()
    yield from _provenance.figures()
