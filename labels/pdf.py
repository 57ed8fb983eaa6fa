"""A PDF 1.7 file written from front to back: what has been written is not held in memory. Draws nothing.

Numbers 1 and 2 are the catalogue and the root of the page tree, written last. Several files are made into one by
copying their objects: `joined`.
"""

import hashlib
import re
import zlib
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

CATALOGUE, PAGES, FIRST = 1, 2, 3
_BRANCH = 64  # pages in a node of the tree

_HEADER = b"%PDF-1.7\n%\xe6\xba\xaf\xe6\xba\x90\n"
_END = re.compile(rb"startxref\n(\d+)\n%%EOF\n$")
_REFERENCE = re.compile(rb"(\d+) 0 R")
_MARK = re.compile(rb"/ID\[<([0-9a-f]{32})>")
_KIDS = re.compile(rb"/Kids\[([0-9 R]*)\]/Count (\d+)")


class Stream(NamedTuple):
    """Always an object of its own; its length and filter are added when it is written."""

    entries: dict[str, Any]
    data: bytes


class Indirect(NamedTuple):
    """A value to be an object of its own."""

    value: Any


class Reference(NamedTuple):
    number: int


class PdfFile:
    """Objects go out as they come; `finish` writes the rest of the page tree, the table of places and the trailer.

    Values are dictionaries, lists, numbers, names with their slash, `bytes` for strings, and the tuples above.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._places = array("Q")  # of the numbers from FIRST on
        self._tree: list[int] = []
        self._branch = 0
        self._kids: list[int] = []
        self._sum = 0
        self.pages = 0
        self.length = 0
        self._write(_HEADER)

    def number(self) -> int:
        """A free one, for an object that is written later."""
        self._places.append(0)
        return FIRST + len(self._places) - 1

    def batch(self, bodies: Iterable[bytes]) -> int:
        """Objects with numbers that follow each other; returns the first."""
        first = FIRST + len(self._places)
        place, objects = self.length, []
        for number, body in enumerate(bodies, first):
            whole = b"%d 0 obj\n%b\nendobj\n" % (number, body)
            self._places.append(place)
            place += len(whole)
            objects.append(whole)
        self._write(b"".join(objects))
        return first

    def add(self, value: Any) -> int:
        """A value with all that it refers to, as an object; returns its number."""
        return self.batch([self._body(value)])

    def put(self, number: int, value: Any) -> None:
        """The object of a `number` taken before."""
        body = self._body(value)
        self._places[number - FIRST] = self.length
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def page(self, entries: bytes) -> None:
        """A page with these entries; its type and parent are added."""
        if not self._branch:
            self._branch = self.number()
        self._kids.append(self.batch([b"<</Type/Page/Parent %d 0 R%b>>" % (self._branch, entries)]))
        self.pages += 1
        if len(self._kids) == _BRANCH:
            self._end_branch()

    def finish(self, catalogue: dict[str, Any]) -> None:
        if self._kids:
            self._end_branch()
        root = self._text({"Type": "/Catalog", "Pages": Reference(PAGES)} | catalogue)
        mark = hashlib.blake2s(b"%d %d" % (self._sum, self.length), digest_size=16).digest()
        self._write(_ending(self.length, root, _node(self._tree, self.pages), self._places, mark))

    def _write(self, data: bytes) -> None:
        self._sum = zlib.crc32(data, self._sum)
        self._out.write(data)
        self.length += len(data)

    def _end_branch(self) -> None:
        node = _node(self._kids, len(self._kids), PAGES)
        self._places[self._branch - FIRST] = self.length
        self._write(b"%d 0 obj\n%b\nendobj\n" % (self._branch, node))
        self._tree.append(self._branch)
        self._branch, self._kids = 0, []

    def _body(self, value: Any) -> bytes:
        if isinstance(value, Indirect):
            value = value.value
        if not isinstance(value, Stream):
            return self._text(value)
        data = zlib.compress(value.data, 6)
        entries = self._text(value.entries)[2:-2]
        return stream_head(entries, len(data)) + data + STREAM_TAIL

    def _text(self, value: Any) -> bytes:
        if isinstance(value, dict):
            return b"<<%b>>" % b"".join(
                b"/%b %b" % (name.encode("ascii"), self._text(item)) for name, item in value.items()
            )
        if isinstance(value, list):
            return b"[%b]" % b" ".join(map(self._text, value))
        if isinstance(value, (Indirect, Stream)):
            return b"%d 0 R" % self.add(value)
        if isinstance(value, Reference):
            return b"%d 0 R" % value.number
        if isinstance(value, bytes):
            return b"<%b>" % value.hex().encode("ascii")
        return str(value).encode("ascii")


STREAM_TAIL = b"\nendstream"


def stream_head(entries: bytes, length: int) -> bytes:
    """What stands before deflated data of `length` bytes; `STREAM_TAIL` stands behind it."""
    return b"<<%b/Filter/FlateDecode/Length %d>>\nstream\n" % (entries, length)


def joined(out: BinaryIO, paths: Iterable[Path]) -> None:
    """One file of several by `PdfFile`: pages in the order given, objects as they are but for their numbers.

    One of the files is held in memory at a time. Raises ValueError for one that is not complete.
    """
    out.write(_HEADER)
    place, mark = len(_HEADER), hashlib.blake2s(digest_size=16)
    places, tree = array("Q"), []
    pages, root = 0, b""
    for path in paths:
        data = path.read_bytes()
        part = _parted(data)
        shift = len(places)
        objects = []
        for number, begin, end in part.objects:
            whole = b"%d 0 obj\n%b" % (number + shift, _shifted(data[begin:end].split(b"\n", 1)[1], shift))
            objects.append(whole)
            places.append(place)
            place += len(whole)
        out.write(b"".join(objects))
        tree += [kid + shift for kid in part.tree]
        pages += part.pages
        root = root or part.root
        mark.update(part.mark)
    out.write(_ending(place, root, _node(tree, pages), places, mark.digest()))


class _Part(NamedTuple):
    objects: list[tuple[int, int, int]]  # number, where it begins, where it ends
    tree: list[int]
    pages: int
    root: bytes
    mark: bytes


def _parted(data: bytes) -> _Part:
    found = _END.search(data[-64:])
    if found is None:
        raise ValueError("A part of a PDF is not complete.")
    start = int(found[1])
    table = data[start:].split(b"\n")
    count = int(table[1].split()[1])
    places = [int(line[:10]) for line in table[2 : 2 + count]]
    end = places[CATALOGUE]
    order = sorted(range(FIRST, count), key=places.__getitem__)
    ends = [*(places[number] for number in order[1:]), end]
    root, node = (body.split(b" 0 obj\n", 1)[1] for body in data[end:start].split(b"\nendobj\n")[:2])
    kids, mark = _KIDS.search(node), _MARK.search(data, start)
    if kids is None or mark is None:
        raise ValueError("A part of a PDF was not written here.")
    objects = sorted((number, places[number], until) for number, until in zip(order, ends, strict=True))
    return _Part(objects, [int(kid) for kid in kids[1].split()[::3]], int(kids[2]), root, mark[1])


def _shifted(body: bytes, shift: int) -> bytes:
    """The object with its references moved; what is compressed has none."""
    entries, stream, data = body.partition(b"\nstream\n")
    if b" 0 R" in entries:
        entries = _REFERENCE.sub(
            lambda found: found[0] if int(found[1]) < FIRST else b"%d 0 R" % (int(found[1]) + shift), entries
        )
    return entries + stream + data


def _node(kids: Sequence[int], count: int, parent: int = 0) -> bytes:
    references = b" ".join(b"%d 0 R" % kid for kid in kids)
    above = b"/Parent %d 0 R" % parent if parent else b""
    return b"<</Type/Pages%b/Kids[%b]/Count %d>>" % (above, references, count)


def _ending(place: int, root: bytes, node: bytes, places: Sequence[int], mark: bytes) -> bytes:
    """Catalogue, root of the tree, table of places and trailer, to stand at `place`."""
    objects = [b"%d 0 obj\n%b\nendobj\n" % pair for pair in ((CATALOGUE, root), (PAGES, node))]
    second = place + len(objects[0])
    table = [b"xref\n0 %d\n0000000000 65535 f \n" % (FIRST + len(places))]
    table += [b"%010d 00000 n \n" % one for one in (place, second, *places)]
    name = mark.hex().encode("ascii")
    trailer = b"trailer\n<</Size %d/Root %d 0 R/ID[<%b><%b>]>>\n" % (
        FIRST + len(places),
        CATALOGUE,
        name,
        name,
    )
    return b"".join([*objects, *table, trailer, b"startxref\n%d\n%%%%EOF\n" % (second + len(objects[1]))])
