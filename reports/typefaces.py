"""The report's typeface, cut down to the characters it uses: a Chinese one has 20 MB, which layout would copy about."""

import base64
from collections.abc import Callable, Iterable

# (characters, bold) -> an OpenType file that writes them; None where the machine has no such typeface
Cut = Callable[[str, bool], bytes | None]
FAMILY = "Suyuan Sans CJK"  # named first in the style sheet and in the drawings; without it the system's faces serve


def rules(characters: Iterable[str], cut: Cut) -> str:
    """The @font-face rules that make FAMILY known, normal and bold."""
    distinct = "".join(sorted(set(characters)))
    return "".join(_rule(cut(distinct, weight == "bold"), weight) for weight in ("normal", "bold"))


def _rule(font: bytes | None, weight: str) -> str:
    if font is None:
        return ""
    source = base64.b64encode(font).decode()
    return f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; src: url(data:font/otf;base64,{source}) }}\n'
