"""What the content of a component must be, beyond its characters: one function per rule of the table of identifiers.

Each takes the component's text and gives the place of what is wrong, from 0, or -1. Check digits are in `elements`.
"""

import re
from collections.abc import Callable

from app.domain.gs1 import codes, coupons, dates
from app.errors import N_

Lint = Callable[[str], int]
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_IBAN = re.compile(r"[0-9A-Z]*")
_INDEX = re.compile(r"[\-0-9A-Z_a-z]")
_SEQUENCE = re.compile(r"([0-9]+)/([0-9]+)")
_MOST_LATITUDE, _MOST_LONGITUDE = 1_800_000_000, 3_600_000_000  # WGS84 in units of 10⁻⁷ degrees, from 0


def company_prefix(text: str) -> int:
    """A GS1 company prefix has at least 4 digits; whose it is, only GS1 knows."""
    bad = next((place for place, character in enumerate(text[:4]) if not character.isdecimal()), -1)
    return len(text) if bad < 0 and len(text) < 4 else bad


def after_first(lint: Lint) -> Lint:
    def shifted(text: str) -> int:
        bad = lint(text[1:])
        return bad if bad < 0 else bad + 1

    return shifted


def unless(good: Callable[[str], object]) -> Lint:
    return lambda text: -1 if good(text) else 0


def percent(text: str) -> int:
    match = _PERCENT.search(text)
    return match.start() if match else -1


def iban(text: str) -> int:
    """ISO 13616: country, check digits modulo 97, account."""
    match = _IBAN.match(text)
    good = match.end() if match else 0
    if good < len(text) or good <= 10:
        return good
    if text[:2] not in codes.LANDS:
        return 0
    return -1 if int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1 else 2


def piece_of_total(text: str) -> int:
    """Two digits for the piece, two for how many there are (General Specifications 3.9.6)."""
    piece, total = int(text[:2]), int(text[2:])
    if piece == 0:
        return 0
    return 2 if total == 0 or piece > total else -1


def birth_sequence(text: str) -> int:
    match = _SEQUENCE.fullmatch(text)
    if match is None:
        return next((n for n, c in enumerate(text) if (c == "/") != (n == 1) or c not in "0123456789/"), 0)
    if match[1].startswith("0"):
        return 0
    return match.start(2) if match[2].startswith("0") or int(match[1]) > int(match[2]) else -1


def first_other(allowed: str) -> Lint:
    return lambda text: next((place for place, character in enumerate(text) if character not in allowed), -1)


def _place(found: tuple[int, str] | None) -> int:
    return -1 if found is None else found[0]


LINTS: dict[str, Lint] = {
    "gcp": company_prefix,
    "gcp2": after_first(company_prefix),
    "day": dates.bad_day,
    "month": dates.bad_month,
    "birthday": dates.bad_birthday,
    "time": dates.bad_time,
    "hour": dates.bad_hour,
    "minute": dates.bad_minute,
    "country": unless(codes.COUNTRIES.__contains__),
    "country9": unless((codes.COUNTRIES | {"999"}).__contains__),
    "land": unless(codes.LANDS.__contains__),
    "currency": unless(codes.CURRENCIES.__contains__),
    "package": unless(codes.PACKAGES.__contains__),
    "media": unless(codes.MEDIA_TYPES.__contains__),
    "sex": unless("0129".__contains__),
    "flag": unless("01".__contains__),
    "winding": unless("019".__contains__),
    "index": unless(_INDEX.fullmatch),
    "zero": first_other("0"),
    "nonzero": unless(lambda text: text.strip("0")),
    "unpadded": unless(lambda text: not text.startswith("0")),
    "hyphen": first_other("-"),
    "letter": unless(lambda text: not text.isdecimal()),
    "latitude": unless(lambda text: int(text) <= _MOST_LATITUDE),
    "longitude": unless(lambda text: int(text) <= _MOST_LONGITUDE),
    "percent": percent,
    "iban": iban,
    "piece": piece_of_total,
    "birth": birth_sequence,
    "coupon": lambda text: _place(coupons.bad_coupon(text)),
    "offer": lambda text: _place(coupons.bad_offer(text)),
}

_DATE = N_("({ai}) holds “{value}”, where no date can be read at position {position}.")
_TIME = N_("({ai}) holds “{value}”, where no time can be read at position {position}.")
_CODE = N_("({ai}) holds “{value}”, where no code of the list it uses stands at position {position}.")
_ZERO = N_("({ai}) holds “{value}”, with a zero missing or too many at position {position}.")
_RANGE = N_("({ai}) holds “{value}”, with a number out of its range at position {position}.")
_PREFIX = N_(
    "({ai}) holds “{value}”, where the 4 digits that begin a company prefix are missing at position {position}."
)
_FORM = N_("({ai}) holds “{value}”, which is not formed as it must be at position {position}.")
_COUPON = N_(
    "({ai}) holds “{value}”, a coupon that breaks off or has a wrong digit at position {position} ({field})."
)

WHY = {
    **dict.fromkeys(("gcp", "gcp2"), _PREFIX),
    **dict.fromkeys(("day", "month", "birthday"), _DATE),
    **dict.fromkeys(("time", "hour", "minute"), _TIME),
    **dict.fromkeys(
        ("country", "country9", "land", "currency", "package", "media", "sex", "flag", "winding"), _CODE
    ),
    **dict.fromkeys(("zero", "nonzero", "unpadded"), _ZERO),
    **dict.fromkeys(("latitude", "longitude", "piece", "birth"), _RANGE),
    **dict.fromkeys(("index", "hyphen", "letter", "percent", "iban"), _FORM),
    **dict.fromkeys(("coupon", "offer"), _COUPON),
}


def field_of(lint: str, text: str) -> str:
    """In which field of a coupon something is wrong, as the standard calls it; "" for any other rule."""
    found = {"coupon": coupons.bad_coupon, "offer": coupons.bad_offer}.get(lint, lambda _: None)(text)
    return "" if found is None else found[1]
