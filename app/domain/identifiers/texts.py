"""What a scanner, a keyboard or a file adds to an identifier, taken off; and which letters look alike."""

import unicodedata
from urllib.parse import unquote

INVISIBLE = dict.fromkeys(
    [0xAD, 0x61C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)]
)
SPACE = " \t\r\n\v\f\x00\x02\x03\x04"  # what scanners send around the data; FNC1 (0x1D) is data
_UPPER = {lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)}
_ALIKE = ("LATIN", "CYRILLIC", "GREEK", "CHEROKEE", "ARMENIAN")  # alphabets that share the shapes of letters


def cleaned(text: str) -> str:
    """Compatibility forms (full-width letters) made plain, invisible characters gone, nothing around."""
    if text.isascii():
        return text.strip(SPACE)
    return unicodedata.normalize("NFKC", text).translate(INVISIBLE).strip(SPACE)


def decoded(text: str) -> str:
    """Percent-decoded as UTF-8."""
    return unicodedata.normalize("NFKC", unquote(text)) if "%" in text else text


def folded(suffix: str) -> str:
    """The form under which suffixes are equal: ASCII letters as capitals, as a Handle server compares them."""
    if suffix.isascii():
        return suffix.upper().strip()
    # twice, because upper-casing can make a pair that composes (i + dot above)
    suffix = unicodedata.normalize("NFKC", suffix).translate(INVISIBLE).translate(_UPPER)
    return unicodedata.normalize("NFKC", suffix).strip()


def unprintable_at(text: str) -> int:
    """Where a character stands that no identifier may have, from 0; -1 where none does."""
    if text.isprintable():
        return -1 if "\ufffd" not in text else text.index("\ufffd")
    for place, character in enumerate(text):
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character == "\ufffd":
            return place
    return -1


def hidden_at(text: str) -> int:
    """Where the first invisible or direction-changing character stands, from 0; -1 where none does."""
    return -1 if text.isascii() else next((n for n, c in enumerate(text) if ord(c) in INVISIBLE), -1)


def stranger_at(text: str) -> int:
    """Where a letter stands whose alphabet shares shapes with that of an earlier letter, from 0; -1 where none does.

    A Latin and a Cyrillic A cannot be told apart in print. Chinese beside Latin is no such mixture.
    """
    if text.isascii():
        return -1
    first = ""
    for place, character in enumerate(text):
        alphabet = _alphabet(character)
        if alphabet and first and alphabet != first:
            return place
        first = first or alphabet
    return -1


def _alphabet(character: str) -> str:
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "")
    return next((alphabet for alphabet in _ALIKE if name.startswith(alphabet)), "")
