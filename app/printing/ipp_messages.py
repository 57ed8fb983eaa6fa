"""The octets of IPP (RFC 8010): requests written, answers read. An answer is bounded and believed in nothing."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

OPERATION, JOB, END, PRINTER = 0x01, 0x02, 0x03, 0x04
INTEGER, BOOLEAN, ENUM = 0x21, 0x22, 0x23
TEXT_WITH_LANGUAGE = 0x35
NAME, KEYWORD, URI, CHARSET, LANGUAGE, MEDIA_TYPE = 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
PRINT_JOB, CANCEL_JOB, JOB_ATTRIBUTES, PRINTER_ATTRIBUTES = 0x0002, 0x0008, 0x0009, 0x000B
VERSION = (1, 1)
MOST_VALUES = 5_000

Value = int | str | bool | bytes
Given = tuple[int, str, Sequence[Value]]  # tag, name, values


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` below 0x100 is success; `groups` in order, each a tag and its attributes."""

    status: int
    groups: tuple[tuple[int, Mapping[str, tuple[Value, ...]]], ...]

    def first(self, tag: int, name: str) -> Value | None:
        return next((group[name][0] for found, group in self.groups if found == tag and name in group), None)

    def all(self, tag: int, name: str) -> tuple[Value, ...]:
        return next((group[name] for found, group in self.groups if found == tag and name in group), ())


def request(
    operation: int, number: int, operation_attributes: Sequence[Given], job_attributes: Sequence[Given] = ()
) -> bytes:
    """Without the document, which follows it as it is. Charset and language come first, as RFC 8011 4.1.4 wants."""
    parts = [struct.pack(">BBHI", *VERSION, operation, number), bytes([OPERATION])]
    leading: tuple[Given, ...] = (
        (CHARSET, "attributes-charset", ["utf-8"]),
        (LANGUAGE, "attributes-natural-language", ["en"]),
    )
    parts += [_attribute(*given) for given in (*leading, *operation_attributes)]
    if job_attributes:
        parts += [bytes([JOB]), *(_attribute(*given) for given in job_attributes)]
    return b"".join([*parts, bytes([END])])


def answer(data: bytes) -> Answer:
    """Raises ValueError for what is no IPP."""
    try:
        return _answer(data)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ValueError("not an answer in IPP") from error


def _attribute(tag: int, name: str, values: Sequence[Value]) -> bytes:
    parts = []
    for number, value in enumerate(values):
        key = b"" if number else name.encode()
        octets = _octets(value)
        parts.append(struct.pack(">BH", tag, len(key)) + key + struct.pack(">H", len(octets)) + octets)
    return b"".join(parts)


def _octets(value: Value) -> bytes:
    match value:
        case bool():
            return bytes([value])
        case int():
            return struct.pack(">i", value)
        case bytes():
            return value
        case _:
            return value.encode()


def _answer(data: bytes) -> Answer:
    _, _, status, _ = struct.unpack(">BBHI", data[:8])
    groups: list[tuple[int, dict[str, tuple[Value, ...]]]] = []
    position, name, count = 8, "", 0
    while (tag := data[position]) != END:
        position += 1
        if tag <= 0x0F:  # the beginning of a group
            groups.append((tag, {}))
            continue
        key, position = _text(data, position)
        octets, position = _text(data, position)
        name, count = key.decode() or name, count + 1
        if not groups or count > MOST_VALUES:
            raise ValueError("not an answer in IPP")
        group = groups[-1][1]
        group[name] = (*group.get(name, ()), _value(tag, octets)) if not key else (_value(tag, octets),)
    return Answer(status, tuple(groups))


def _text(data: bytes, position: int) -> tuple[bytes, int]:
    (length,) = struct.unpack(">H", data[position : position + 2])
    end = position + 2 + length
    if end > len(data):
        raise ValueError("not an answer in IPP")
    return data[position + 2 : end], end


def _value(tag: int, octets: bytes) -> Value:
    if tag in (INTEGER, ENUM) and len(octets) == 4:
        return int(struct.unpack(">i", octets)[0])
    if tag == BOOLEAN:
        return octets == b"\x01"
    if 0x40 <= tag <= 0x5F:
        return octets.decode(errors="replace")
    if tag in (TEXT_WITH_LANGUAGE, TEXT_WITH_LANGUAGE + 1) and len(octets) > 4:
        start = 4 + int.from_bytes(octets[:2], "big")
        return octets[start:].decode(errors="replace")
    return octets
