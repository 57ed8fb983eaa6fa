"""The inner fields of North American coupon codes, AI 8110 and AI 8112. Values and offers mean nothing here.

A field is read as digits of its own or as a length digit and then so many digits (the "variable length indicator").
"""

from collections.abc import Callable

from app.domain.gs1 import dates


class _Broken(Exception):
    def __init__(self, place: int, field: str) -> None:
        self.place = place
        self.field = field
        super().__init__(field)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def digits(self, field: str, length: int) -> str:
        found = self.text[self.place : self.place + length]
        if len(found) < length or not found.isdecimal():
            bad = next((n for n, c in enumerate(found) if not c.isdecimal()), len(found))
            raise _Broken(self.place + bad, field)
        self.place += length
        return found

    def one_of(self, field: str, allowed: str) -> str:
        digit = self.digits(field, 1)
        if digit not in allowed:
            raise _Broken(self.place - 1, field)
        return digit

    def counted(self, field: str, allowed: str, more: int = 0, *, none: str = "") -> str:
        """A length digit out of `allowed`, then so many digits and `more`; "" where the length digit is `none`."""
        digit = self.one_of(f"{field} length", allowed + none)
        return "" if digit == none else self.digits(field, int(digit) + more)

    def date(self, field: str) -> str:
        found = self.digits(field, 6)
        bad = dates.bad_day(found)
        if bad >= 0:
            raise _Broken(self.place - 6 + bad, field)
        return found


def bad_offer(text: str) -> tuple[int, str] | None:
    """Where a positive offer (AI 8112) breaks, from 0, and in which field; None where it does not."""
    return _broken_at(text, _read_offer)


def bad_coupon(text: str) -> tuple[int, str] | None:
    """Where a coupon code (AI 8110) breaks, from 0, and in which field; None where it does not."""
    return _broken_at(text, _read_coupon)


def _broken_at(text: str, read: Callable[[_Reader], None]) -> tuple[int, str] | None:
    reader = _Reader(text)
    try:
        read(reader)
    except _Broken as broken:
        return broken.place, broken.field
    return (reader.place, "end") if reader.place < len(text) else None


def _read_offer(reader: _Reader) -> None:
    reader.one_of("Format Code", "01")
    reader.counted("Coupon Funder", "0123456", 6)
    reader.digits("Offer Code", 6)
    reader.counted("Serial Number", "0123456789", 6)


def _read_coupon(reader: _Reader) -> None:
    reader.counted("GS1 Company Prefix", "0123456", 6)
    reader.digits("Offer Code", 6)
    reader.counted("Save Value", "12345")
    _read_purchase(reader, "Primary Purchase")
    start, end = "", ""
    if _next(reader, "1"):
        reader.one_of("Additional Purchase Rules", "0123")
        _read_other_purchase(reader, "Second Purchase")
    if _next(reader, "2"):
        _read_other_purchase(reader, "Third Purchase")
    if _next(reader, "3"):
        end = reader.date("Expiration Date")
    if _next(reader, "4"):
        start = reader.date("Start Date")
        if end and end < start:
            raise _Broken(reader.place - 6, "Start Date")
    if _next(reader, "5"):
        reader.counted("Serial Number", "0123456789", 6)
    if _next(reader, "6"):
        reader.counted("Retailer", "1234567", 6)
    if _next(reader, "9"):
        reader.one_of("Save Value Code", "01256")
        reader.one_of("Save Value Applies To", "012")
        reader.digits("Store Coupon", 1)
        reader.one_of("Don't Multiply", "01")


def _read_purchase(reader: _Reader, which: str) -> None:
    reader.counted(f"{which} Requirement", "12345")
    reader.one_of(f"{which} Requirement Code", "012349")
    reader.digits(f"{which} Family Code", 3)


def _read_other_purchase(reader: _Reader, which: str) -> None:
    _read_purchase(reader, which)
    reader.counted(f"{which} Company Prefix", "0123456", 6, none="9")


def _next(reader: _Reader, field: str) -> bool:
    """Optional fields come in order, each announced by its number."""
    if reader.text[reader.place : reader.place + 1] != field:
        return False
    reader.place += 1
    return True
