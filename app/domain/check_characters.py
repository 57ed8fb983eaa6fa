"""Check characters over the letters A to Z and digits: made from a text, and looked for at the end of one.

Other characters, such as the hyphens between the parts of a name, take no part: people leave them out or change them.
"""

from collections.abc import Callable, Iterable

from app.errors import N_

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BASE = len(ALPHABET)
SYSTEMS = {
    "mod37": N_(
        "ISO 7064 MOD 37,36: one character; finds every single wrong character and nearly every swap"
    ),
    "mod1271": N_("ISO 7064 MOD 1271-36: two characters; finds every single wrong character and every swap"),
    "luhn36": N_(
        "Luhn modulo 36: one character; finds every single wrong character and every swap but 0 with Z"
    ),
}
LENGTHS = {"mod37": 1, "mod1271": 2, "luhn36": 1}

_CODES = bytes(ALPHABET.index(chr(c).upper()) if chr(c).isalnum() and c < 128 else 0 for c in range(256))
_OTHERS = bytes(c for c in range(256) if not (c < 128 and chr(c).isalnum()))
# Luhn: twice the code, its two digits to the base of 36 added up
_DOUBLED = bytes(sum(divmod(2 * code, BASE)) for code in _CODES)
# hybrid system of ISO 7064 §7: the next product, by the product so far and the character's code
_NEXT = [[((p + c - 1) % BASE + 1) * 2 % (BASE + 1) for c in range(BASE)] for p in range(BASE + 1)]


def check_of(system: str, text: str) -> str:
    """The check character or characters of `text`, whose letters may be of either case. Characters beyond A to Z and
    0 to 9 do not count."""
    return _MAKERS[system](text.encode("ascii", "ignore").translate(None, _OTHERS))


def checks_of(system: str, texts: Iterable[str]) -> list[str]:
    """The same for many ASCII texts: about 2 s per million."""
    make = _MAKERS[system]
    return [make(text.encode("ascii").translate(None, _OTHERS)) for text in texts]


def holds(system: str, text: str) -> bool:
    """Whether `text` ends with the check characters of what stands before them."""
    length = LENGTHS[system]
    return len(text) > length and check_of(system, text[:-length]) == text[-length:].upper()


def _mod37(text: bytes) -> str:
    """ISO 7064 §7.2: the check character brings the sum to 1 modulo 36."""
    product, table = BASE, _NEXT
    for code in text.translate(_CODES):
        product = table[product][code]
    return ALPHABET[(1 - product) % BASE]


def _mod1271(text: bytes) -> str:
    """ISO 7064 §6: the whole, read as a number to the base of 36, leaves 1 when divided by 1271."""
    missing = (1 - int(text or b"0", BASE) * BASE * BASE) % 1271
    return ALPHABET[missing // BASE] + ALPHABET[missing % BASE]


def _luhn36(text: bytes) -> str:
    total = sum(text[::-2].translate(_DOUBLED)) + sum(text[-2::-2].translate(_CODES))
    return ALPHABET[-total % BASE]


_MAKERS: dict[str, Callable[[bytes], str]] = {"mod37": _mod37, "mod1271": _mod1271, "luhn36": _luhn36}
