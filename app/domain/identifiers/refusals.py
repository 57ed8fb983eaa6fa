"""How the parser says no: what is wrong with which character of what, and what to do about it. Callers raise."""

import re

from app.errors import N_, Malformed

_WEB = re.compile(r"https?://", re.IGNORECASE)


# code -> the way out
REFUSALS = {
    "bad-prefix": N_(
        "An identifier is written 88.118.1001/ABC: digits and dots, a slash, then the number of the thing."
    ),
    "bad-suffix": N_(
        "An identifier is written 88.118.1001/ABC: digits and dots, a slash, then the number of the thing."
    ),
    "bad-vaa": N_("A VAA code is written VAA08810012345678/ABC-1."),
    "bad-oid": N_(
        "It is written 1.2.156.10197: begins with 0, 1 or 2, no zero leads a part, no part is empty."
    ),
    "bad-ecode": N_(
        "It is written ecode:1006412345678: a version from 1 to 4, 4 or 5 digits of the scheme, then the code."
    ),
    "bad-did": N_(
        "It is written did:bid:ef2AATqnCqEgrqmDwxWmUqYFqDMyfQCRz: did, the method, then what the method gave."
    ),
    "hidden-characters": N_("Type it anew; what cannot be seen cannot be typed from a label."),
    "look-alike-letters": N_(
        "Use letters of one alphabet, Chinese characters, digits and punctuation that can be seen."
    ),
}


def bad(value: str, position: int, code: str, message: str) -> Malformed:
    """Malformed `code` about `value` as a whole; `position` from 1. `code` is one of REFUSALS, `message` a msgid."""
    character = visible(value[position - 1 : position])
    return Malformed(
        code, message, REFUSALS[code], value=short(value), position=position, character=character
    )


def not_an_identifier(text: str) -> Malformed:
    hint = N_("Scan the label with the identifier on it, or type the line under its code.")
    if _WEB.match(text):
        hint = N_("This code opens some other web page. Scan the label with the identifier on it.")
    return Malformed(
        "not-an-identifier", N_("“{value}” is not an identifier."), hint, value=short(text), position=1
    )


def empty() -> Malformed:
    return Malformed(
        "empty-scan",
        N_("The scan is empty."),
        N_("Scan the label again, or type what it says."),
        value="", position=1,
    )  # fmt: skip


def too_long(text: str, most: int) -> Malformed:
    return Malformed(
        "too-long",
        N_("“{value}” has {length} characters; at most {most} can be an identifier."),
        N_("Scan one label at a time, or type the line under its code."),
        value=short(text), length=len(text), most=most, position=most + 1,
    )  # fmt: skip


def short(text: str) -> str:
    """At most 60 characters, without any that a terminal or a page would act on."""
    return visible(text[:60]) + ("…" if len(text) > 60 else "")


def visible(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)
