"""The English sentences of the catalogue: what a Chinese page must not show."""

import re
from functools import cache
from typing import Any

from babel.messages.pofile import read_po

from app.translating import FOLDER

SHORTEST = 13  # letters; shorter English phrases may be part of data


@cache
def english() -> tuple[str, ...]:
    """The longest piece of each English sentence that a Chinese page must not show."""
    with (FOLDER / "zh" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale="zh")
    pieces = set()
    for message in catalogue:
        for text, translated in zip(_strings(message.id), _strings(message.string) * 2, strict=False):
            longest = max(re.split(r"\{\w*\}|%\(\w+\)\w|%%", text), key=len, default="").strip()
            if len(longest) >= SHORTEST and longest not in translated:
                pieces.add(longest)
    return tuple(sorted(pieces))


def _strings(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
