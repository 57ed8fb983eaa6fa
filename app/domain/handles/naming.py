"""The name of a handle: which spellings are one and the same, and which a new one may have."""

import re
import unicodedata

from app.domain.handles.errors import refused
from app.errors import N_

MOST_HANDLE = 255  # characters of prefix/suffix, as for every identifier here
_UPPER = {lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)}
_LOOK_ALIKES = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")
_PREFIX = re.compile(r"[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*")


def key_of(handle: str) -> str:
    """What look-ups compare: ASCII letters in capitals (RFC 3651 §2), other text in the canonical form of
    `identifiers.parse`, so that a name typed, scanned or asked for by a program is found alike."""
    if handle.isascii():
        return handle.upper()
    folded = unicodedata.normalize("NFKC", handle).translate(_UPPER)
    return unicodedata.normalize("NFKC", folded)


def split(handle: str) -> tuple[str, str]:
    """Prefix and suffix; the prefix ends at the first slash, but for `0.NA/88.118.8`, which names a prefix."""
    prefix, _, suffix = handle.partition("/")
    return prefix, suffix


def prefix_of(key: str) -> str:
    return key.partition("/")[0]


def check_name(handle: str) -> str:
    """The key of a handle that may be registered. Raises invalid-handle for what could be mistaken for another one, or
    that some client could not hand on: no suffix, unprintable or bidirectional characters, look-alike scripts mixed."""
    key = key_of(handle)
    prefix, suffix = split(key)
    reason = ""
    if not _PREFIX.fullmatch(prefix):
        reason = N_("its prefix has characters that are not letters, digits and dots")
    elif not suffix.strip():
        reason = N_("the part after the slash is missing")
    elif len(handle) > MOST_HANDLE or len(key) > MOST_HANDLE:
        reason = N_("it is too long")
    elif suffix != suffix.strip():
        reason = N_("it begins or ends with a space")
    elif not (handle.isascii() and handle.isprintable()) and not all(map(_visible, handle)):
        reason = N_("it has characters that cannot be seen")
    elif _mixes_scripts(suffix):
        reason = N_("it mixes letters of scripts that look alike")
    if reason:
        raise refused("invalid-handle", handle=_shown(handle), reason=reason)
    return key


def _visible(character: str) -> bool:
    if character.isascii():
        return " " <= character <= "~"
    return (
        unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}
        and character != "\ufffd"
    )


def _mixes_scripts(text: str) -> bool:
    if text.isascii():
        return False
    found = {
        name for letter in text if letter.isalpha() for name in _LOOK_ALIKES if _name(letter).startswith(name)
    }
    return len(found) > 1


def _name(letter: str) -> str:
    return unicodedata.name(letter, "")


def _shown(text: str) -> str:
    visible = "".join(c if c.isprintable() else "\ufffd" for c in text[:80])
    return visible if len(text) <= 80 else f"{visible}…"
