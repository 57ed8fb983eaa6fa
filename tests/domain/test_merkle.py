"""The tree against RFC 6962 as written, against published hashes, and against every kind of forged proof."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import merkle
from app.errors import Malformed

VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "vectors" / "merkle" / "inclusion"
MOST = 70  # past 64, so that every shape up to six levels occurs

# the eight leaves and roots that Certificate Transparency's own tests have used since 2013
CT_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_FIRST_ROOT = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
CT_LAST_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH(D[n]) word for word from RFC 6962 section 2.1, over leaf hashes."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], whole=False), naive_root(leaves[:k])]


class Log:
    """Keeps complete nodes as a database would, and refuses to read one that is not there or to write one twice."""

    def __init__(self) -> None:
        self.size = 0
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.reads = 0

    def node(self, level: int, index: int) -> bytes:
        self.reads += 1
        return self.nodes[level, index]

    def write(self, new: merkle.NewNodes, count: int) -> None:
        for level, index, value in new:
            assert (level, index) not in self.nodes
            assert (index + 1) << level <= self.size + count
            self.nodes[level, index] = value
        self.size += count


LEAVES = [merkle.leaf_hash(str(number).encode()) for number in range(MOST)]
ROOTS = [naive_root(LEAVES[:size]) for size in range(MOST + 1)]
LOG = Log()
for leaf in LEAVES:
    LOG.write(merkle.append(LOG.size, leaf, LOG.node), 1)

sizes = st.integers(1, MOST)


@st.composite
def inclusions(draw: st.DrawFn) -> tuple[int, int, list[bytes]]:
    size = draw(sizes)
    index = draw(st.integers(0, size - 1))
    return index, size, merkle.inclusion_proof(index, size, LOG.node)


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, int, list[bytes]]:
    new = draw(sizes)
    old = draw(st.integers(1, new))
    return old, new, merkle.consistency_proof(old, new, LOG.node)


def flipped(value: bytes, bit: int) -> bytes:
    bit %= len(value) * 8
    return value[: bit // 8] + bytes([value[bit // 8] ^ 1 << bit % 8]) + value[bit // 8 + 1 :]


def test_published_roots_come_out() -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(text)) for text in CT_LEAVES]
    assert merkle.root_of(leaves[:1]).hex() == CT_FIRST_ROOT
    assert merkle.root_of(leaves).hex() == CT_LAST_ROOT
    assert merkle.root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_leaf_cannot_pass_for_a_node() -> None:
    left, right = LEAVES[:2]
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)


def test_growing_one_by_one_gives_the_root_of_the_standard_at_every_size() -> None:
    for size in range(MOST + 1):
        assert merkle.root(size, LOG.node) == merkle.root_of(LEAVES[:size]) == ROOTS[size]


@given(st.lists(st.integers(0, 40), max_size=8))
def test_growing_in_batches_writes_the_same_nodes(batches: list[int]) -> None:
    one_by_one, in_batches = Log(), Log()
    for count in batches:
        leaves = [merkle.leaf_hash(bytes([number])) for number in range(count)]
        in_batches.write(merkle.append_many(in_batches.size, leaves, in_batches.node), count)
        for value in leaves:
            one_by_one.write(merkle.append(one_by_one.size, value, one_by_one.node), 1)
    assert in_batches.nodes == one_by_one.nodes


def test_one_append_reads_no_more_nodes_than_the_tree_has_levels() -> None:
    log = Log()
    for number in range(1_025):
        before = log.reads
        log.write(merkle.append(log.size, merkle.leaf_hash(number.to_bytes(2, "big")), log.node), 1)
        assert log.reads - before <= number.bit_length()


def test_a_thousand_leaves_at_once_read_one_node_a_level() -> None:
    log = Log()
    log.write(merkle.append_many(0, LEAVES[:63], log.node), 63)
    log.reads = 0
    leaves = [merkle.leaf_hash(number.to_bytes(2, "big")) for number in range(1_000)]
    new = merkle.append_many(63, leaves, log.node)
    assert log.reads == 6
    log.write(new, 1_000)
    assert merkle.root(1_063, log.node) == naive_root(LEAVES[:63] + leaves)


def test_proofs_are_those_of_the_standard_word_for_word() -> None:
    for size in range(1, MOST + 1):
        for index in range(size):
            assert merkle.inclusion_proof(index, size, LOG.node) == naive_path(index, LEAVES[:size])
        for old in range(1, size + 1):
            assert merkle.consistency_proof(old, size, LOG.node) == naive_subproof(old, LEAVES[:size])


def test_every_inclusion_proof_verifies() -> None:
    for size in range(1, MOST + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, LOG.node)
            assert merkle.verify_inclusion(index, size, LEAVES[index], proof, ROOTS[size])


def test_every_consistency_proof_verifies() -> None:
    for new in range(MOST + 1):
        for old in range(new + 1):
            proof = merkle.consistency_proof(old, new, LOG.node)
            assert merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)


@given(inclusions(), st.integers(0), st.data())
def test_no_flipped_bit_passes_as_included(
    case: tuple[int, int, list[bytes]], bit: int, data: st.DataObject
) -> None:
    index, size, proof = case
    leaf, root = LEAVES[index], ROOTS[size]
    assert not merkle.verify_inclusion(index, size, flipped(leaf, bit), proof, root)
    assert not merkle.verify_inclusion(index, size, leaf, proof, flipped(root, bit))
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        forged = [*proof[:place], flipped(proof[place], bit), *proof[place + 1 :]]
        assert not merkle.verify_inclusion(index, size, leaf, forged, root)


@given(growths(), st.integers(0), st.data())
def test_no_flipped_bit_passes_as_consistent(
    case: tuple[int, int, list[bytes]], bit: int, data: st.DataObject
) -> None:
    old, new, proof = case
    old_root, new_root = ROOTS[old], ROOTS[new]
    assert not merkle.verify_consistency(old, new, flipped(old_root, bit), new_root, proof)
    assert not merkle.verify_consistency(old, new, old_root, flipped(new_root, bit), proof)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        forged = [*proof[:place], flipped(proof[place], bit), *proof[place + 1 :]]
        assert not merkle.verify_consistency(old, new, old_root, new_root, forged)


@given(inclusions(), st.integers(-2, MOST))
def test_a_proof_is_for_one_place_only(case: tuple[int, int, list[bytes]], other: int) -> None:
    index, size, proof = case
    assert merkle.verify_inclusion(other, size, LEAVES[index], proof, ROOTS[size]) == (other == index)


@given(
    inclusions(),
    st.integers(0, 5),
    st.sampled_from([b"", b"\0" * 32, LEAVES[0], ROOTS[1], b"x" * 31, b"x" * 33]),
)
def test_a_hash_too_many_or_too_few_never_verifies(
    case: tuple[int, int, list[bytes]], at: int, extra: bytes
) -> None:
    index, size, proof = case
    at = min(at, len(proof))
    assert not merkle.verify_inclusion(
        index, size, LEAVES[index], [*proof[:at], extra, *proof[at:]], ROOTS[size]
    )
    if proof:
        assert not merkle.verify_inclusion(
            index,
            size,
            LEAVES[index],
            proof[:at] + proof[at + 1 :] if at < len(proof) else proof[1:],
            ROOTS[size],
        )


@given(
    growths(),
    st.integers(0, 5),
    st.sampled_from([b"", b"\0" * 32, LEAVES[0], ROOTS[1], b"x" * 31, b"x" * 33]),
)
def test_a_consistency_proof_of_another_length_never_verifies(
    case: tuple[int, int, list[bytes]], at: int, extra: bytes
) -> None:
    old, new, proof = case
    at = min(at, len(proof))
    assert not merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], [*proof[:at], extra, *proof[at:]])
    if proof:
        assert not merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], proof[:-1])
        assert not merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], proof[1:])


@given(growths())
def test_a_log_does_not_shrink(case: tuple[int, int, list[bytes]]) -> None:
    old, new, proof = case
    assert merkle.verify_consistency(new, old, ROOTS[new], ROOTS[old], proof) == (old == new)


def test_hashes_of_odd_lengths_do_not_slide_into_each_other() -> None:
    left, right = LEAVES[:2]
    for cut in (31, 33):
        joined = left + right
        shifted_leaf, shifted_sibling = joined[:cut], joined[cut:]
        assert merkle.node_hash(shifted_leaf, shifted_sibling) == ROOTS[2]
        assert not merkle.verify_inclusion(0, 2, shifted_leaf, [shifted_sibling], ROOTS[2])


@pytest.mark.parametrize(
    ("old", "new", "old_root", "new_root", "proof", "verdict"),
    [
        (0, 0, ROOTS[0], ROOTS[0], [], True),
        (0, 0, ROOTS[1], ROOTS[1], [], False),
        (0, 0, ROOTS[0], ROOTS[1], [], False),
        (0, 0, ROOTS[0], ROOTS[0], [LEAVES[0]], False),
        (0, 0, b"", b"", [], False),
        (0, 5, ROOTS[0], ROOTS[5], [], True),
        (0, 5, ROOTS[1], ROOTS[5], [], False),
        (0, 5, ROOTS[0], ROOTS[5], [LEAVES[0]], False),
        (5, 5, ROOTS[5], ROOTS[5], [], True),
        (5, 5, ROOTS[5], ROOTS[4], [], False),
        (5, 5, ROOTS[5], ROOTS[5], [LEAVES[0]], False),
        (4, 8, ROOTS[4], ROOTS[8], [], False),
        (3, 8, ROOTS[3], ROOTS[8], [], False),
        (5, 0, ROOTS[5], ROOTS[0], [], False),
        (-1, 5, ROOTS[0], ROOTS[5], [], False),
        (-1, -1, ROOTS[0], ROOTS[0], [], False),
    ],
)
def test_an_empty_proof_proves_only_what_needs_none(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes], verdict: bool
) -> None:
    assert merkle.verify_consistency(old, new, old_root, new_root, proof) is verdict


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (6, 5)])
def test_there_is_no_proof_for_an_entry_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(Malformed) as caught:
        merkle.inclusion_proof(index, size, LOG.node)
    assert caught.value.code == "no-such-entry"
    assert not merkle.verify_inclusion(index, size, LEAVES[0], [], ROOTS[max(size, 0)])


@pytest.mark.parametrize(("old", "new"), [(6, 5), (-1, 5)])
def test_there_is_no_proof_from_a_size_the_log_never_had(old: int, new: int) -> None:
    with pytest.raises(Malformed) as caught:
        merkle.consistency_proof(old, new, LOG.node)
    assert caught.value.code == "no-such-size"


def test_a_proof_in_a_huge_log_is_checked_without_a_huge_effort() -> None:
    assert not merkle.verify_inclusion(2**62, 2**63, LEAVES[0], [LEAVES[0]] * 63, ROOTS[1])
    assert not merkle.verify_inclusion(0, 1, LEAVES[0], [LEAVES[0]] * 100_000, ROOTS[1])


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not here")
@pytest.mark.parametrize(
    "file", sorted(VECTORS.rglob("*.json")), ids=lambda file: f"{file.parent.name}/{file.stem}"
)
def test_the_vectors_of_others(file: Path) -> None:
    vector = json.loads(file.read_text())
    proof = [base64.b64decode(value) for value in vector["proof"] or []]
    leaf, root = base64.b64decode(vector["leafHash"]), base64.b64decode(vector["root"])
    verdict = merkle.verify_inclusion(vector["leafIdx"], vector["treeSize"], leaf, proof, root)
    assert verdict is not vector["wantErr"]


@given(st.integers(0, 5_000), st.integers(0, 300))
def test_what_an_append_will_read_is_known_before(size: int, count: int) -> None:
    read: list[tuple[int, int]] = []

    def node(level: int, idx: int) -> bytes:
        read.append((level, idx))
        return bytes(32)

    merkle.append_many(size, [bytes(32)] * count, node)
    assert merkle.needed(size, count) == read
