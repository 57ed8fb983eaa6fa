"""What may become a new identifier. Stricter than what is read: it must survive every client, URL and keyboard."""

import re
import unicodedata

from app.domain.identifiers import refusals, texts
from app.domain.identifiers.refusals import short
from app.errors import N_, Malformed

_ORGANISATION_PREFIX = re.compile(r"(8[68])\.([0-9]{3,5})\.([0-9]{1,32})")
_MINTABLE = re.compile(r"[A-Za-z0-9._-]{1,200}")


def check_prefix(text: str) -> str:
    """An organisation's prefix, `88.118.1001`, or Malformed `bad-prefix`."""
    prefix = unicodedata.normalize("NFKC", text).strip()
    if not _ORGANISATION_PREFIX.fullmatch(prefix):
        raise Malformed(
            "bad-prefix",
            N_("“{value}” is not an organisation prefix."),
            N_("It is written 88.<industry, 3 to 5 digits>.<organisation, digits>, for example 88.118.1001."),
            value=short(prefix),
        )
    return prefix


def check_suffix_for_minting(text: str) -> str:
    """Upper-cased, or Malformed `bad-suffix`: what we mint must survive every client, URL and file name unescaped."""
    good = re.match(r"[A-Za-z0-9._-]{0,200}", text)
    bad = good.end() if good else 0
    if not _MINTABLE.fullmatch(text) or not text.strip("."):
        raise Malformed(
            "bad-suffix",
            N_("“{value}” cannot be the suffix of a new identifier (position {position})."),
            N_("Use 1 to 200 of the letters A to Z, digits, dot, hyphen and underscore, not dots alone."),
            value=short(text), position=bad + 1,
        )  # fmt: skip
    return text.upper()


def check_suffix_for_registering(text: str) -> str:
    """The suffix of a handle that somebody else's client chose, unchanged: any script, but nothing that deceives.

    Malformed `bad-suffix` for what cannot be printed or is empty, `hidden-characters` for what is invisible or
    changes the direction of writing, `look-alike-letters` for alphabets that share shapes.
    """
    bad = texts.unprintable_at(text)
    if bad >= 0 or not text.strip():
        message = N_("“{value}” has an unprintable character at position {position}.")
        raise refusals.bad(
            text, max(bad, 0) + 1, "bad-suffix", message if bad >= 0 else N_("“{value}” is empty.")
        )
    hidden = texts.hidden_at(text)
    if hidden >= 0:
        message = N_("“{value}” has a hidden character at position {position}.")
        raise refusals.bad(text, hidden + 1, "hidden-characters", message)
    stranger = texts.stranger_at(text)
    if stranger >= 0:
        message = N_("“{value}” mixes alphabets that look alike: “{character}” at position {position}.")
        raise refusals.bad(text, stranger + 1, "look-alike-letters", message)
    return text
