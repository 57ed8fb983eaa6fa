"""The Merkle tree of the log: RFC 6962 hashes, growth by complete subtrees, proofs and their checks. No I/O.

A `leaf` is always a leaf hash, 32 bytes. A node (level, index) is the root of the complete subtree over the leaves
index * 2**level up to (index + 1) * 2**level, and never changes. `node` reads one from wherever they are kept.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

from app.errors import N_, Malformed

Node = Callable[[int, int], bytes]
NewNodes = list[tuple[int, int, bytes]]

HASH_LENGTH = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """RFC 6962 section 2.1: SHA-256(0x00 || data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 section 2.1: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over all leaf hashes, read once in order; keeps log2(n) of them."""
    complete: list[tuple[int, bytes]] = []  # (level, hash), levels strictly falling
    for leaf in leaves:
        level, value = 0, leaf
        while complete and complete[-1][0] == level:
            level, value = level + 1, node_hash(complete.pop()[1], value)
        complete.append((level, value))
    if not complete:
        return EMPTY_ROOT
    result = complete.pop()[1]
    while complete:
        result = node_hash(complete.pop()[1], result)
    return result


def append(size: int, leaf: bytes, node: Node) -> NewNodes:
    """The nodes that become complete with one more leaf, level 0 first; reads at most log2(size) nodes."""
    return append_many(size, [leaf], node)


def append_many(size: int, leaves: Sequence[bytes], node: Node) -> NewNodes:
    """The nodes that become complete with these leaves, level by level; reads at most one node per level."""
    new: NewNodes = []
    start, hashes = size, list(leaves)
    level = 0
    while hashes:
        new.extend((level, start + offset, value) for offset, value in enumerate(hashes))
        if start % 2:
            start -= 1
            hashes.insert(0, node(level, start))
        hashes = [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=False)]
        start //= 2
        level += 1
    return new


def needed(size: int, count: int) -> list[tuple[int, int]]:
    """The nodes, at most one per level, that `append_many` reads for so many leaves."""
    found: list[tuple[int, int]] = []
    level, start = 0, size
    while count:
        if start % 2:
            start, count = start - 1, count + 1
            found.append((level, start))
        level, start, count = level + 1, start // 2, count // 2
    return found


def root(size: int, node: Node) -> bytes:
    """The root of the first `size` leaves; reads one node per set bit of `size`."""
    return _range_root(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1."""
    if not 0 <= index < size:
        raise Malformed(
            "no-such-entry",
            N_("A log of {size} entries has no entry {index}."),
            N_("Entries are counted from 0; ask for one below the size."),
            index=index, size=size,
        )  # fmt: skip
    path = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_range_root(middle, end, node))
            end = middle
        else:
            path.append(_range_root(begin, middle, node))
            begin = middle
    return path[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2; empty for old = 0 and old = new."""
    if not 0 <= old <= new:
        raise Malformed(
            "no-such-size",
            N_("A log of {new} entries has never had {old}."),
            N_("Ask from the smaller size to the larger."),
            old=old, new=new,
        )  # fmt: skip
    if old in (0, new):
        return []
    path = []
    begin, end = 0, new
    while end != old:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(_range_root(middle, end, node))
            end = middle
        else:
            path.append(_range_root(begin, middle, node))
            begin = middle
    if begin:  # else the verifier has this one: it is the old root
        path.append(_range_root(begin, end, node))
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2. False for anything wrong, also in form; `leaf` is the leaf hash."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    left = _left_siblings(index, size - 1, len(proof))
    if left is None:
        return False
    value = leaf
    for sibling, is_left in zip(proof, left, strict=True):
        value = node_hash(sibling, value) if is_left else node_hash(value, sibling)
    return value == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2. False for anything wrong, also in form.

    Any log grows out of the empty one, so old = 0 takes an empty proof, but its root has to be the empty root.
    """
    if not 0 <= old <= new or not _are_hashes(old_root, new_root, *proof):
        return False
    if old in (0, new):
        same = old_root == (EMPTY_ROOT if old == 0 else new_root)
        return same and not proof and (new > 0 or new_root == EMPTY_ROOT)
    level = (
        old & -old
    ).bit_length() - 1  # of the last complete subtree of the old tree, where both walks start
    whole = (
        old == 1 << level
    )  # that subtree is the whole old tree, so the verifier has it and the proof does not
    siblings = proof if whole else proof[1:]
    left = _left_siblings(old - 1 >> level, new - 1 >> level, len(siblings))
    if left is None or not proof:
        return False
    old_value = new_value = old_root if whole else proof[0]
    for sibling, is_left in zip(siblings, left, strict=True):
        if is_left:
            old_value, new_value = node_hash(sibling, old_value), node_hash(sibling, new_value)
        else:
            new_value = node_hash(new_value, sibling)
    return old_value == old_root and new_value == new_root


def _left_siblings(place: int, last: int, count: int) -> list[bool] | None:
    """Which of the `count` siblings on the way up stand to the left; None if the tree's shape asks for another count.

    `place` is the node's index in its level and `last` that of the level's last node, which may have no sibling.
    """
    sides = []
    while last:
        if place % 2 or place < last:
            sides.append(place % 2 == 1)
        place, last = place >> 1, last >> 1
    return sides if len(sides) == count else None


def _split(width: int) -> int:
    """The largest power of two below `width`, where RFC 6962 parts a tree in two."""
    return 1 << (width - 1).bit_length() - 1


def _range_root(begin: int, end: int, node: Node) -> bytes:
    """The hash over the leaves [begin, end); `begin` is a multiple of the next power of two."""
    width = end - begin
    levels = [level for level in range(width.bit_length()) if width >> level & 1]
    indexes = [begin + (width >> level + 1 << level + 1) >> level for level in levels]
    result = node(levels[0], indexes[0])
    for level, index in zip(levels[1:], indexes[1:], strict=True):
        result = node_hash(node(level, index), result)
    return result


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_LENGTH for value in values)
