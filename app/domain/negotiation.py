"""What a request prefers: media types and languages with their weights (RFC 9110 section 12.5, RFC 4647).

Broken parts of a header are passed over: a header that cannot be read asks for nothing.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

Ranges = tuple[tuple[str, float], ...]  # what is asked for and how much (0 to 1), the most wanted first

MOST_PARTS = 40  # no browser sends more, and each costs time
LONGEST = 2000  # characters of a header that are read
_WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_MEDIA = re.compile(r"(?:\*|[a-z0-9!#$&^_.+-]+)/(?:\*|[a-z0-9!#$&^_.+-]+)")
_LANGUAGE = re.compile(r"\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*")


@lru_cache(maxsize=256)
def media(header: str) -> Ranges:
    """Of an Accept header."""
    return _ranges(header, _MEDIA)


@lru_cache(maxsize=256)
def languages(header: str) -> Ranges:
    """Of an Accept-Language header, in lower case."""
    return _ranges(header, _LANGUAGE)


def _ranges(header: str, form: re.Pattern[str]) -> Ranges:
    found: list[tuple[str, float]] = []
    for part in header[:LONGEST].split(",")[:MOST_PARTS]:
        name, *parameters = (text.strip().lower() for text in part.split(";"))
        weights = [text[2:].strip() for text in parameters if text.startswith("q=")]
        if not form.fullmatch(name) or not all(_WEIGHT.fullmatch(weight) for weight in weights):
            continue
        found.append((name, float(weights[0]) if weights else 1.0))
    return tuple(sorted(found, key=lambda pair: -pair[1]))


def asks_nothing(ranges: Ranges) -> bool:
    """Whether anything would do: no header, or only wildcards."""
    return all(name in ("*", "*/*") for name, _ in ranges)


def quality(ranges: Ranges, media_type: str) -> float:
    """How welcome a media type is; the closest range decides, 0 where none allows it."""
    kind = media_type.partition("/")[0]
    for wanted in (media_type, f"{kind}/*", "*/*"):
        weights = [weight for name, weight in ranges if name == wanted]
        if weights:
            return weights[0]
    return 0.0


def names(ranges: Ranges, media_type: str) -> float:
    """How welcome a media type is where it is named itself, 0 where only a wildcard would allow it."""
    return max((weight for name, weight in ranges if name == media_type), default=0.0)


def closeness(ranges: Ranges, tags: Iterable[str]) -> tuple[float, int]:
    """How welcome the best of these languages is: its weight, then 3 for the very tag asked for, 2 for a wider one
    (zh for zh-CN, RFC 4647 section 3.4), 1 for a narrower one (zh-CN for zh); (0, 0) for none."""
    spoken = [tag.lower() for tag in tags]
    best = (0.0, 0)
    for wanted, weight in ranges:
        for tag in spoken if weight else ():
            if tag == wanted:
                best = max(best, (weight, 3))
            elif wanted.startswith(f"{tag}-"):
                best = max(best, (weight, 2))
            elif tag.startswith(f"{wanted}-"):
                best = max(best, (weight, 1))
    return best
