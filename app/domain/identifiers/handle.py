"""Handles (RFC 3650 to 3652): China's prefixes under 86 and 88, DOIs, and any other prefix.

Written plainly, only what looks like a prefix is taken for one; behind `hdl:` or `doi:` any naming authority is.
"""

import re

from app.domain.identifiers import refusals, texts
from app.domain.identifiers.values import AUTHORITY, PREFIX, Identifier, is_prefix
from app.errors import N_

MAX_LENGTH = 255  # characters of prefix/suffix (SNMS v5 `handle`)
STARTS = "0123456789hd%"
_HANDLE = re.compile(rf"({PREFIX})\s*/(.*)", re.DOTALL)
_MARKS = ("hdl:", "doi:")


def read(text: str) -> Identifier | None:
    """`88.118.1001/ABC`, also percent-encoded, `hdl:…`, `doi:…`; None for anything else."""
    if text[:4].lower() in _MARKS:
        return _read_marked(texts.decoded(text[4:].strip()))
    if "/" not in text and "%2F" in text.upper():
        text = texts.decoded(text)
    prefix, slash, suffix = text.partition("/")
    if not slash:
        return None
    match = _HANDLE.fullmatch(prefix.replace("。", ".") + slash + suffix)
    return made(match[1], match[2]) if match else None


def _read_marked(text: str) -> Identifier | None:
    prefix, slash, suffix = text.partition("/")
    prefix = prefix.strip().replace("。", ".").upper()
    return made(prefix, suffix) if slash and AUTHORITY.fullmatch(prefix) else None


def made(prefix: str, suffix: str) -> Identifier:
    """In canonical form; Malformed `too-long` or `bad-suffix`. The prefix is known to be one."""
    suffix = texts.folded(suffix)
    if not prefix[-1:].isdigit():
        prefix = prefix.upper()
    if len(prefix) + 1 + len(suffix) > MAX_LENGTH:
        raise refusals.too_long(f"{prefix}/{suffix}", MAX_LENGTH)
    if not suffix:
        message = N_("“{value}” ends where the part after the slash should begin.")
        raise refusals.bad(f"{prefix}/", len(prefix) + 2, "bad-suffix", message)
    bad = texts.unprintable_at(suffix)
    if bad >= 0:
        message = N_("“{value}” has an unprintable character at position {position}.")
        raise refusals.bad(f"{prefix}/{suffix}", len(prefix) + bad + 2, "bad-suffix", message)
    return Identifier(prefix, suffix)


def explain(text: str) -> None:
    """Raises Malformed for what is nearly a handle; returns for what is something else."""
    marked = text[:4].lower() in _MARKS
    head, slash, _ = text[4 if marked else 0 :].partition("/")
    if is_prefix(head):
        message = N_("“{value}” is only a prefix; the part after the slash is missing.")
        raise refusals.bad(text, len(text) + 1, "bad-suffix", message)
    if slash and re.match(r"[0-9OolI]{2}\.", head):
        good = re.match(r"[0-9.]*", head)
        place = good.end() if good else 0
        message = N_("“{value}” is not a prefix: it has a part that is empty, too long or too many.")
        if place < len(head):
            message = N_(
                "“{value}” has “{character}” at position {position}; only digits and dots can stand there."
            )
        raise refusals.bad(head, place % len(head) + 1, "bad-prefix", message)
