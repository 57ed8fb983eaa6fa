"""What a thing is called: two value types, the one parser for whatever was scanned or typed, and the label's URL.

Six systems, a module each: handle, vaa, oid, ecode, gs1, did. Not here: what an identifier resolves to, and the random
part of a new one (see serials).
"""

from app.domain.identifiers.equivalents import Spelling, spellings
from app.domain.identifiers.handle import MAX_LENGTH
from app.domain.identifiers.minting import (
    check_prefix,
    check_suffix_for_minting,
    check_suffix_for_registering,
)
from app.domain.identifiers.reading import MAX_SCAN, SCHEMES, parse
from app.domain.identifiers.telling import Note, Reading, parse_telling
from app.domain.identifiers.url import PATH_START, short_url
from app.domain.identifiers.values import DIGITAL_LINK, Identifier, Key, from_epc, kind_of

__all__ = [
    "DIGITAL_LINK",
    "MAX_LENGTH",
    "MAX_SCAN",
    "PATH_START",
    "SCHEMES",
    "Identifier",
    "Key",
    "Note",
    "Reading",
    "Spelling",
    "check_prefix",
    "check_suffix_for_minting",
    "check_suffix_for_registering",
    "from_epc",
    "kind_of",
    "parse",
    "parse_telling",
    "short_url",
    "spellings",
]
