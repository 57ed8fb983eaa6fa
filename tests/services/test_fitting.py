"""A long chain fits into one signed statement, whatever its length; who gets a part is told so."""

import base64
import zlib
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from app.domain import disclosed
from app.domain.disclosed import MOST_THINGS, PACKED, Disclosed, read
from app.domain.provenance import Link, Node, Party, Record
from app.domain.trust import MOST_PAYLOAD
from app.errors import Malformed
from app.services.disclosing import fitting
from app.services.disclosing.fitting import body_of, nearest, words

ZONE = "88.118.2002"
MAKER = Party(ZONE, "电芯", "Cells")
NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)


def line(length: int) -> Disclosed:
    """A chain: each thing made into the next; every tenth has an entry."""
    nodes = tuple(
        Node(
            key, 0, f"hdl:{ZONE}/{key:016d}", "serial", part_number="MODULE", serial=f"{key:016d}", owner=MAKER,
            lifecycle="active",
        )
        for key in range(1, length + 1)
    )  # fmt: skip
    links = tuple(Link(key, key + 1, "assembled") for key in range(1, length))
    records = tuple(
        Record(key, f"urn:uuid:{key}", "commission", NOW, NOW, MAKER, None, "", (key,), zone=ZONE)
        for key in range(10, length, 10)
    )
    return Disclosed(ZONE, nodes, links, records)


def test_a_chain_of_the_greatest_length_fits_packed_and_is_read_whole() -> None:
    whole = line(MOST_THINGS)
    body = body_of(whole, [whole.nodes[0].epc], packs=True)
    assert len(orjson.dumps(body)) < MOST_PAYLOAD / 4
    again = read(body, ZONE)
    assert (again.nodes, again.links, again.truncated) == (whole.nodes, whole.links, False)
    assert [each.event_id for each in again.records] == [each.event_id for each in whole.records]


def test_who_does_not_read_what_is_packed_gets_as_much_as_fits_nearest_first() -> None:
    whole = line(MOST_THINGS)
    middle = whole.nodes[10_000].epc
    body = body_of(whole, [middle], packs=False)
    assert PACKED not in body
    assert len(orjson.dumps(body)) <= fitting.MOST_BYTES
    part = read(body, ZONE)
    assert part.truncated
    numbers = [int(node.serial) for node in part.nodes]
    assert numbers == list(range(min(numbers), max(numbers) + 1)), "no hole in it"
    assert abs(min(numbers) + max(numbers) - 20_000) < 10, "as far to both sides"


@pytest.mark.parametrize("most", [(5, 9, 9), (9, 4, 9), (9, 9, 0)])
def test_more_than_the_other_side_takes_is_cut_and_said(most: tuple[int, int, int]) -> None:
    part = nearest(line(12), [f"hdl:{ZONE}/{1:016d}"], *most)
    assert part.truncated
    assert (len(part.nodes), len(part.links), len(part.records)) <= most
    assert read(body_of(part, [], packs=True), ZONE).truncated


def test_what_fits_is_told_as_it_is() -> None:
    whole = line(12)
    assert nearest(whole, [], 12, 11, 1) is whole


def test_introductions_have_their_room_and_no_more() -> None:
    told = [{"payload": "x" * 100} for _ in range(50)]
    assert len(words(told, 1_150)) == 10
    assert words(told) == told


def bomb() -> str:
    pieces = zlib.compressobj(9)
    made = b"".join(pieces.compress(b" " * 1_000_000) for _ in range(20))
    return base64.b64encode(made + pieces.flush()).decode()


PACKS: dict[str, Any] = {
    "bomb": bomb(),
    "no base64": "===",
    "no text": 7,
    "no deflate": base64.b64encode(b"{}").decode(),
    "cut off": base64.b64encode(zlib.compress(b'{"things":[]}')[:-4]).decode(),
    "more behind": base64.b64encode(zlib.compress(b"{}") + b"more").decode(),
    "no object": base64.b64encode(zlib.compress(b"[]")).decode(),
    "no json": base64.b64encode(zlib.compress(b"{")).decode(),
}


@pytest.mark.parametrize("packed", PACKS.values(), ids=list(PACKS))
def test_what_is_packed_by_a_liar_is_no_answer(packed: object) -> None:
    with pytest.raises(Malformed):
        read({PACKED: packed}, ZONE)


def test_introductions_stay_outside_of_what_is_packed() -> None:
    body = body_of(Disclosed(ZONE), [], packs=True)
    assert read(body, ZONE) == Disclosed(ZONE)
    inside = disclosed.packed(body_of(Disclosed(ZONE), [], packs=False) | {"introductions": [{"a": 1}]})
    assert read(inside | {"introductions": [{"b": 2}]}, ZONE).introductions == ({"b": 2},)
