"""The ready-made templates: one JSON file each beside this one, named for what it is and how large."""

import json
from functools import lru_cache
from pathlib import Path

from labels.errors import N_, LabelError
from labels.templates import Template, template_of

_FOLDER = Path(__file__).parent


@lru_cache(maxsize=1)
def templates() -> dict[str, Template]:
    """All by name, in the order people look for them: by kind of thing, then by size."""
    found = [template_of(json.loads(path.read_bytes())) for path in _FOLDER.glob("*.json")]
    return {template.name: template for template in sorted(found, key=_order)}


def _order(template: Template) -> tuple[int, float]:
    from labels.templates import PURPOSES

    return PURPOSES.index(template.purpose), template.width * template.height


def ready(name: str) -> Template:
    """Raises LabelError `unknown-label-template`."""
    try:
        return templates()[name]
    except KeyError:
        raise LabelError(
            "unknown-label-template",
            N_("There is no ready-made label “{name}”."),
            N_("Choose one from the list."),
            name=name,
        ) from None
