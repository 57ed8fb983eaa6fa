"""Check digits of GS1 keys (General Specifications 7.9), and the keys that are nothing but digits and one of these."""

import re
from typing import NoReturn

from app.domain.gs1.showing import shown
from app.errors import N_, Malformed

_DIGITS = re.compile(r"[0-9]+")
_PAIR_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_CSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_WEIGHT_OF = {character: weight for weight, character in enumerate(_CSET_82)}
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)


def check_digit(body: str) -> str:
    """The mod-10 digit that belongs after `body`, ASCII digits (7.9.1)."""
    codes = body.encode()
    odd, even = codes[::-2], codes[-2::-2]  # as bytes: summing them is far quicker than digit by digit
    return str(-(3 * (sum(odd) - 48 * len(odd)) + sum(even) - 48 * len(even)) % 10)


def check_pair(body: str) -> str:
    """The two check characters that belong after the first 23 or fewer characters of a GMN (7.9.5)."""
    total = sum(prime * _WEIGHT_OF[c] for prime, c in zip(_PRIMES, reversed(body), strict=False)) % 1021
    return _PAIR_ALPHABET[total >> 5] + _PAIR_ALPHABET[total & 31]


def sscc(extension_digit: str, company_prefix: str, serial_reference: str) -> str:
    """18 digits. The serial reference is filled up with zeros; Malformed when the parts do not fit."""
    for part in (extension_digit, company_prefix, serial_reference):
        require_digits(part)
    room = 16 - len(company_prefix)
    serial = serial_reference.zfill(room)
    if len(extension_digit) != 1 or not 4 <= len(company_prefix) <= 12 or len(serial) != room:
        raise Malformed(
            "bad-sscc-parts",
            N_("Extension “{extension}”, company prefix “{prefix}” and serial “{serial}” do not make an SSCC."),
            N_("It takes 1 digit, 4 to 12 digits and a serial that fills the rest up to 17 digits."),
            extension=extension_digit, prefix=company_prefix, serial=serial_reference,
        )  # fmt: skip
    body = extension_digit + company_prefix + serial
    return body + check_digit(body)


def check_sscc(text: str) -> str:
    return _checked("SSCC", text, (18,))


def check_gln(text: str) -> str:
    return _checked("GLN", text, (13,))


def check_gtin(text: str) -> str:
    """Takes GTIN-8, -12, -13 or -14 and returns it as 14 digits, the form of AI 01."""
    return _checked("GTIN", text, (8, 12, 13, 14)).zfill(14)


def require_digits(text: str) -> None:
    match = _DIGITS.match(text)
    position = match.end() if match else 0
    if position < len(text) or not text:
        raise Malformed(
            "bad-gs1-key",
            N_("“{value}” has “{character}” at position {position}, where only digits can stand."),
            N_("Look for a letter typed in place of a digit, such as O for 0."),
            value=shown(text), character=shown(text[position : position + 1]), position=position + 1,
        )  # fmt: skip


def wrong_check_digit(kind: str, value: str, found: str, expected: str, position: int) -> NoReturn:
    """`position` of the check digit or pair in `value`, from 1."""
    message = N_("{kind} “{value}” ends in {found}, but its check digit would be {expected}.")
    if position - 1 + len(found) < len(value):
        message = N_(
            "{kind} “{value}” has {found} at position {position}, where its check digit would be {expected}."
        )
    raise Malformed(
        "wrong-check-digit",
        message,
        N_("A digit was misread or mistyped: scan again or compare it with the label."),
        kind=kind, value=shown(value), found=found, expected=expected, position=position,
    )  # fmt: skip


def _checked(kind: str, text: str, lengths: tuple[int, ...]) -> str:
    require_digits(text)
    if len(text) not in lengths:
        raise Malformed(
            "bad-gs1-key",
            N_("{kind} “{value}” has {length} digits; it takes {lengths}."),
            N_("A digit may be missing or doubled: compare it with the label."),
            kind=kind, value=shown(text), length=len(text), lengths="/".join(map(str, lengths)), position=1,
        )  # fmt: skip
    expected = check_digit(text[:-1])
    if text[-1] != expected:
        wrong_check_digit(kind, text, text[-1], expected, len(text))
    return text
