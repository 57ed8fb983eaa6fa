"""The genealogy as a picture for a page."""

from collections.abc import Callable

from app.domain.provenance import Node, Provenance


def genealogy(
    provenance: Provenance,
    *,
    language: str,
    gettext: Callable[[str], str],
    link: Callable[[Node], str],
    limit: int = 200,
) -> str:
    """An SVG element with at most `limit` boxes, folded beyond; `link` gives a thing's address, '' for none."""
    from reports import genealogy as drawing

    return drawing.svg(provenance, language=language, gettext=gettext, link=link, limit=limit)
