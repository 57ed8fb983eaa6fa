"""How the parser says no: what is wrong with which character of what, and what to do about it. Callers raise."""

import re

from app.errors import N_, Malformed

_WEB = re.compile(r"https?://", re.IGNORECASE)


def bad(value: str, position: int, code: str, message: str, hint: str = "", **more: object) -> Malformed:
    """Malformed `code` about `value` as a whole; `position` from 1. Message and hint are msgids."""
    hint = hint or N_(
        "An identifier is written 88.118.1001/ABC: digits and dots, a slash, then the number of the thing."
    )
    character = visible(value[position - 1 : position])
    return Malformed(
        code, message, hint, **{"value": short(value), "position": position, "character": character} | more
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
    return "".join(c if c.isprintable() else "�" for c in text)
