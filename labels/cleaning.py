"""Text as it can be printed: composed, one space between words, nothing invisible, and only what a typeface has."""

import re
import unicodedata

from labels.errors import N_, LabelError
from labels.shaping import face_for

_MISSING = "□"
_IGNORED = {"Cc", "Cf", "Cs"}
_KEPT_FORMATS = "\u200c\u200d\u200e\u200f"  # joiners and direction marks, which writing needs
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")


def cleaned(text: str, face: str, what: str, shorten: bool) -> tuple[str, bool]:
    """Rows and their two cells, without control and formatting characters; and whether something was lost.

    What no typeface has becomes □ where the text may be shortened; else LabelError `text-not-writable` names it.
    """
    if _PLAIN.fullmatch(text):
        return text, False
    rows = unicodedata.normalize("NFC", text).split("\n")
    cells = [[_tidy(cell, face, what, shorten) for cell in row.split("\t", 1)] for row in rows]
    done = "\n".join("\t".join(row) for row in cells)
    return done, any(_MISSING in cell for row in cells for cell in row) and _MISSING not in text


def _tidy(cell: str, face: str, what: str, shorten: bool) -> str:
    out: list[str] = []
    skipping = False
    for character in " ".join(cell.split()):
        category = unicodedata.category(character)
        if skipping and (category in ("Mn", "Me", "Cf", "Sk") or character in _KEPT_FORMATS):
            continue
        if (category in _IGNORED and character not in _KEPT_FORMATS) or 0xFE00 <= ord(character) <= 0xFE0F:
            continue
        skipping = not _writable(character, face)
        if not skipping:
            out.append(character)
            continue
        if not shorten:
            _refuse(character, what)
        out.append(_MISSING)
    return "".join(out)


def _writable(character: str, face: str) -> bool:
    return character == " " or character in _KEPT_FORMATS or face_for(character, face) is not None


def _refuse(character: str, what: str) -> None:
    raise LabelError(
        "text-not-writable",
        N_("“{character}” ({point}) in {field} cannot be printed: no typeface of this machine has it."),
        N_("Leave it out, or let the template replace what cannot be printed."),
        character=character,
        point=f"U+{ord(character):04X}",
        field=what,
    )
