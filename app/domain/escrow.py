"""A copy of a node in escrow as lines: what a differential copy holds against the full one, and both put together.

No files and no ciphers. Lines are those of an export of the log, then the zones handed out, a JSON object each.
"""

import hashlib
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson

from app.errors import N_, Malformed

FULL, DIFFERENTIAL = "full", "diff"
ROUTES = ("escrow-delegation", "escrow-membership")  # lines that no export of the log has
GONE = "escrow-gone"  # names a line of the full copy that is there no more
DIGEST_LENGTH = 16
# Kinds in the order in which an empty database can take them.
ORDER = (
    *(
        "header",
        "organisation",
        "allotment",
        "site",
        "template",
        "template_version",
        "product",
        "reserved_range",
    ),
    *(
        "counter",
        "declared_alias",
        "link",
        "label_template",
        "label_stock",
        "label_offset",
        "record",
        "record_version",
        "entry",
        "checkpoint",
        "footer",
        *ROUTES,
    ),
)
_RANK = {kind: rank for rank, kind in enumerate(ORDER)}


@dataclass(frozen=True, slots=True)
class Line:
    kind: str
    text: str
    seq: int = -1  # of an entry

    @property
    def digest(self) -> bytes:
        return hashlib.blake2b(self.text.encode(), digest_size=DIGEST_LENGTH).digest()


def line(text: str) -> Line:
    """Malformed `bad-escrow` for what is no line of a copy."""
    try:
        values: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        _bad()
    kind = values.get("kind") if isinstance(values, dict) else None
    if kind != GONE and kind not in _RANK:
        _bad()
    seq = values.get("seq", -1) if kind == "entry" else -1
    return Line(str(kind), text, seq if isinstance(seq, int) else -1)


def differences(lines: Iterable[Line], base: Container[bytes], entries: int) -> Iterator[Line]:
    """What is not in the full copy that has so many entries and, of other lines, those with the digests `base`. The
    digests of lines that are gone have to be added by `gone`."""
    for each in lines:
        if each.kind == "entry":
            if each.seq >= entries:
                yield each
        elif each.kind in {"header", "footer"} or each.digest not in base:
            yield each


def gone(digests: Iterable[bytes]) -> Iterator[Line]:
    for digest in digests:
        yield Line(GONE, orjson.dumps({"kind": GONE, "digest": digest.hex()}).decode())


def together(full: Iterable[Line], differential: Iterable[Line]) -> Iterator[Line]:
    """The lines of the later moment: of the full copy what is still there, each kind followed by what is new of it. The
    differential copy is held in memory."""
    missing: set[bytes] = set()
    new: dict[int, list[Line]] = {}
    for each in differential:
        if each.kind == GONE:
            missing.add(_digest_in(each))
        else:
            new.setdefault(_RANK[each.kind], []).append(each)
    if not new:
        yield from full
        return
    for each in full:
        rank = _RANK.get(each.kind)
        if rank is None:
            _bad()
        for before in sorted(place for place in new if place < rank):
            yield from new.pop(before)
        replaced = each.kind in {"header", "footer"}
        if not replaced and (each.kind == "entry" or each.digest not in missing):
            yield each
    for rest in sorted(new):
        yield from new[rest]


def _digest_in(each: Line) -> bytes:
    told = orjson.loads(each.text).get("digest")
    try:
        return bytes.fromhex(told)
    except (TypeError, ValueError):
        _bad()


def _bad() -> NoReturn:
    raise Malformed(
        "bad-escrow",
        N_("This is no copy that a node left in escrow, or it is damaged."),
        N_("Take another copy, or an older one."),
    )
