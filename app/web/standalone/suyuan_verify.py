"""Checks evidence of a Suyuan log with nothing but Python 3.9 or newer: no node, no network, no other package.

    python3 suyuan_verify.py FILE... [--key VERIFIER_KEY]...

FILE is a signed checkpoint (text), evidence of an entry or a consistency proof (JSON), or a whole export of a log
(JSON Lines). Several are checked against each other. VERIFIER_KEY is what the node, or a partner who signs with it,
gave you by a way you trust. What is checked: RFC 6962 hashes and proofs, C2SP signed notes and cosignatures, Ed25519.
The last line says what it comes to; the exit code is 0 for sound, 1 for a fault, 2 where something could not be read.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

MOST_LINE = 20_000_000
MOST_SIGNATURES = 64
EMPTY = hashlib.sha256(b"").digest()
ED25519, COSIGNATURE = 1, 4
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError)


class Fault(Exception):
    """What is wrong, in a sentence."""


class Told:
    def __init__(self, keys: list[Key]) -> None:
        self.keys = keys
        self.roots: dict[tuple[str, int], bytes] = {}  # as signed, by origin and size
        self.proofs: list[tuple[int, int, bytes, bytes]] = []
        self.claims: set[tuple[int, bytes]] = set()  # roots that were given and have to be signed by somebody
        self.counts = {"ok": 0, "note": 0, "FAULT": 0}

    def tell(self, what: str, text: str) -> None:
        self.counts[what] += 1
        say(f"{what:6} {text}")


def say(text: str) -> None:
    """In ASCII only: no letter of a file may move the cursor or hide a line."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in text)
    sys.stdout.write(plain.encode("ascii", "backslashreplace").decode() + "\n")


# --- Ed25519, RFC 8032 section 5.1.7; only public values, so that the time it takes tells nobody anything ---

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
BASE_Y = 4 * pow(5, P - 2, P) % P


def point(raw: bytes) -> tuple[int, ...]:
    both = int.from_bytes(raw, "little")
    y, sign = both & (1 << 255) - 1, both >> 255
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise Fault("a point is not on the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def add(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    u, v = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    w, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = v - u, z - w, z + w, v + u
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar: int, of: tuple[int, ...]) -> tuple[int, ...]:
    found: tuple[int, ...] = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = add(found, of)
        of, scalar = add(of, of), scalar >> 1
    return found


def signed_by(public: bytes, signature: bytes, message: bytes) -> bool:
    s = int.from_bytes(signature[32:], "little")
    malleable = s >= L  # a larger s would be a second signature made of the first
    if len(public) != 32 or len(signature) != 64 or malleable:
        return False
    try:
        key, r = point(public), point(signature[:32])
    except Fault:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    a, b = times(s, point(BASE_Y.to_bytes(32, "little"))), add(r, times(h, key))
    return not ((a[0] * b[2] - b[0] * a[2]) % P or (a[1] * b[2] - b[1] * a[2]) % P)


# --- the Merkle tree, RFC 6962 section 2.1 and RFC 9162 sections 2.1.3 and 2.1.4 ---


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def left_siblings(place: int, last: int, count: int) -> list[bool]:
    """Which hashes of the way up stand to the left; Fault where the tree's shape asks for another number of them."""
    sides = []
    while last:
        if place % 2 or place < last:
            sides.append(place % 2 == 1)
        place, last = place >> 1, last >> 1
    if len(sides) != count:
        raise Fault(f"the proof has {count} hashes, the tree's shape asks for {len(sides)}")
    return sides


def included(index: int, size: int, leaf: bytes, path: list[bytes], root: bytes) -> bool:
    if not 0 <= index < size:
        raise Fault(f"there is no entry {index} in a log of {size}")
    sides = left_siblings(index, size - 1, len(path))
    for sibling, is_left in zip(path, sides):
        leaf = node_hash(sibling, leaf) if is_left else node_hash(leaf, sibling)
    return leaf == root


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]) -> bool:
    if not 0 <= old <= new:
        raise Fault(f"no log grows from {old} entries to {new}")
    if old in (0, new):
        return not path and old_root == (EMPTY if old == 0 else new_root) and (new > 0 or new_root == EMPTY)
    level = (old & -old).bit_length() - 1
    whole = old == 1 << level  # then the verifier has the subtree where both walks start
    if not path:
        return False
    siblings = path if whole else path[1:]
    sides = left_siblings(old - 1 >> level, new - 1 >> level, len(siblings))
    before = after = old_root if whole else path[0]
    for sibling, is_left in zip(siblings, sides):
        if is_left:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
        else:
            after = node_hash(after, sibling)
    return before == old_root and after == new_root


def grow(complete: list[tuple[int, bytes]], leaf: bytes) -> None:
    """One more leaf; `complete` holds (level, hash) of the complete subtrees, levels strictly falling."""
    level = 0
    while complete and complete[-1][0] == level:
        level, leaf = level + 1, node_hash(complete.pop()[1], leaf)
    complete.append((level, leaf))


def root_of(complete: list[tuple[int, bytes]]) -> bytes:
    found = complete[-1][1] if complete else EMPTY
    for _level, value in reversed(complete[:-1]):
        found = node_hash(value, found)
    return found


# --- signed notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature) ---


class Key:
    def __init__(self, text: str) -> None:
        self.name, _, rest = text.strip().partition("+")
        identity, _, encoded = rest.partition("+")
        self.raw = unbased(encoded)
        if not self.name or len(self.raw) != 33 or self.raw[0] not in (ED25519, COSIGNATURE):
            raise Fault(f"this is no verifier key: {text[:100]}")
        if self.known_as(self.name)[1].hex() != identity.lower():
            raise Fault(f"this verifier key was changed: {text[:100]}")

    def known_as(self, name: str) -> tuple[str, bytes]:
        """What a signature line of this key begins with, were that its name."""
        return name, hashlib.sha256(name.encode() + b"\n" + self.raw).digest()[:4]

    def fits(self, signature: bytes, text: str) -> bool:
        if self.raw[0] == ED25519:
            return signed_by(self.raw[1:], signature, text.encode())
        seconds = int.from_bytes(signature[:8], "big")
        message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
        return seconds < 1 << 33 and signed_by(self.raw[1:], signature[8:], message)


class Note:
    """A checkpoint: what it says, and the lines (name, key id, signature) of those who signed it."""

    def __init__(self, text: str) -> None:
        signed, gap, tail = text.rpartition("\n\n")
        self.text, lines = signed + "\n", signed.split("\n")
        size = lines[1] if len(lines) > 2 and len(lines[1]) < 20 else ""
        self.root = unbased(lines[2]) if size else b""
        if not gap or not tail.endswith("\n") or not all(lines) or len(self.root) != 32:
            raise Fault("this is no signed checkpoint")
        self.origin, self.size = lines[0], int(size) if size.isascii() and size.isdigit() else -1
        if str(self.size) != size:
            raise Fault("the checkpoint's second line is no size")
        self.lines = [self._line(line) for line in tail[:-1].split("\n")[:MOST_SIGNATURES]]

    @staticmethod
    def _line(line: str) -> tuple[str, bytes, bytes]:
        parts = line.split(" ")
        raw = unbased(parts[2]) if len(parts) == 3 and parts[0] == "\u2014" else b""
        if len(raw) < 5:
            raise Fault("a signature line of the checkpoint is not well formed")
        return parts[1], raw[:4], raw[4:]


def unbased(text: str) -> bytes:
    """b'' for what is no base64 in its one right spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.b64encode(raw).decode() == text else b""


def check_note(text: str, told: Told, own: list[Key]) -> Note:
    """Its signatures, by the keys that were given, else by those that came with it. Fault without one that fits."""
    note, keys = Note(text), told.keys or own
    fits = 0
    for name, key_id, signature in note.lines:
        key = next((key for key in keys if (name, key_id) == key.known_as(name)), None)
        if key is None:
            told.tell("note", f"signed by {name} too, whose key was not given")
            continue
        if not key.fits(signature, note.text):
            raise Fault(f"the signature of {name} does not fit the checkpoint")
        fits += 1
        seconds = int.from_bytes(signature[:8], "big") if key.raw[0] == COSIGNATURE else 0
        when = f" on {datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M} UTC" if seconds else ""
        told.tell("ok", f"checkpoint of {note.origin} at {note.size} entries, signed by {name}{when}")
    if not fits:
        raise Fault(f"the checkpoint of {note.origin} is not signed by any key that was given")
    if not told.keys:
        told.tell("note", "the key came with the file itself: compare it with what the node gave you (--key)")
    if told.roots.setdefault((note.origin, note.size), note.root) != note.root:
        raise Fault(f"two checkpoints of {note.origin} at {note.size} entries differ: the log was forked")
    return note


# --- files ---


def check_evidence(found: dict[str, Any], told: Told) -> None:
    entry, proof = found["entry"], found["inclusion"]
    index, size = whole(entry["seq"]), whole(proof["size"])
    leaf, root = leaf_hash(entry["body"].encode()), hashed(proof["root"])
    path = [hashed(text) for text in proof["path"]]
    if leaf != hashed(entry["leaf"]):
        raise Fault(f"the text of entry {index} was changed: it has another hash than the evidence says")
    if not included(index, size, leaf, path, root):
        raise Fault(f"the proof does not lead from entry {index} to the log's root")
    told.tell("ok", f"entry {index} is in the log of {size} entries, with exactly this text")
    if not found.get("checkpoint"):
        told.claims.add((size, root))
        return
    own = [Key(text) for text in found["verifier_keys"]]
    note = check_note(found["checkpoint"], told, own)
    if (note.size, note.root) != (size, root):
        raise Fault("the checkpoint is about another size or root than the proof")


def check_consistency(found: dict[str, Any], told: Told) -> None:
    old, new = whole(found["from"]), whole(found["to"])
    before, after = hashed(found["from_root"]), hashed(found["to_root"])
    if not consistent(old, new, before, after, [hashed(text) for text in found["path"]]):
        raise Fault(f"the log of {new} entries does not begin with that of {old}")
    told.tell("ok", f"the log of {new} entries begins with that of {old}")
    told.proofs.append((old, new, before, after))


def compare(told: Told) -> None:
    """Who gave a key wants its signature on everything: a forger would only have to leave it out."""
    given = {pair for old, new, before, after in told.proofs for pair in ((old, before), (new, after))}
    for size, root in sorted(given | told.claims):
        signed = [value for (_origin, at), value in told.roots.items() if at == size]
        if signed and root not in signed:
            told.tell("FAULT", f"the proof is not about the checkpoint at {size} entries")
        elif not signed and size:
            what = "FAULT" if told.keys else "note"
            told.tell(what, f"no checkpoint signed at {size} entries: its own word only")
    proven = {(old, new) for old, new, _, _ in told.proofs}
    last: tuple[str, int] | None = None
    for origin, size in sorted(told.roots):
        if last and last[0] == origin and (last[1], size) not in proven:
            told.tell("note", f"that {origin} only grew from {last[1]} to {size} takes a consistency proof")
        last = origin, size


def check_export(path: Path, told: Told) -> None:
    """A whole log: each entry's text and hash, the tree, and the checkpoints signed on the way."""
    header = next(lines(path))
    notes = [line["note"] for line in lines(path) if line["kind"] == "checkpoint"]
    sizes = {Note(text).size for text in notes}
    count, complete, roots = 0, list[tuple[int, bytes]](), {0: EMPTY}
    for line in (line for line in lines(path) if line["kind"] == "entry"):
        leaf = leaf_hash(line["body"].encode())
        if whole(line["seq"]) != count or leaf != hashed(line["leaf"]):
            raise Fault(f"entry {count} is missing, stands there twice, or its text was changed")
        grow(complete, leaf)
        count += 1
        if count in sizes:
            roots[count] = root_of(complete)
    if (count, root_of(complete)) != (whole(header["size"]), hashed(header["root"])):
        raise Fault(f"the {count} entries do not make up the root that the header says")
    told.tell("ok", f"{count} entries make up the root {root_of(complete).hex()}")
    own = [Key(text) for text in [header["key"], *header.get("former", [])]]
    for note in [check_note(text, told, own) for text in notes]:
        if roots.get(note.size) != note.root:
            raise Fault(f"the first {note.size} entries are not those that were signed")
    known = sorted(roots)
    told.proofs += [(old, new, roots[old], roots[new]) for old, new in zip(known, known[1:])]
    if not notes and count and told.keys:
        raise Fault("nothing of this log was ever signed")
    if unsigned := count - max(sizes, default=0):
        told.tell("note", f"the last {unsigned} entries are not signed by anybody yet")


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        while line := file.readline(MOST_LINE + 1):
            if len(line) > MOST_LINE:
                raise Fault(f"a line is longer than {MOST_LINE} bytes")
            yield dict(json.loads(line))


def whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 62:
        raise Fault("what should be a number is none")
    return value


def hashed(text: str) -> bytes:
    raw = bytes.fromhex(text)
    if len(raw) != 32:
        raise Fault("a hash has not 32 bytes")
    return raw


def check(path: Path, told: Told) -> None:
    with path.open("rb") as file:
        first = file.readline(4_000)
    if b'"suyuan-log"' in first:
        check_export(path, told)
        return
    text = path.read_bytes().decode()
    if not text.lstrip().startswith("{"):
        if not told.keys:
            raise Fault("a checkpoint alone says nothing without the key of who signed it (--key)")
        check_note(text, told, [])
        return
    found = json.loads(text)
    if found.get("kind") == "suyuan-evidence":
        check_evidence(found, told)
    elif "from_root" in found:
        check_consistency(found, told)
    else:
        raise Fault("this is neither a checkpoint nor evidence, a consistency proof or an export")


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Checks evidence of a Suyuan log, without Suyuan.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--key", action="append", default=[], metavar="VERIFIER_KEY")
    given, unread, told = parser.parse_args(words), 0, Told([])
    try:
        told.keys = [Key(text) for text in given.key]
    except Fault as fault:
        parser.error(str(fault))
    for path in given.files:
        try:
            check(path, told)
        except Fault as fault:
            told.tell("FAULT", f"{path.name}: {fault}")
        except UNREADABLE as error:
            unread += 1
            told.tell("FAULT", f"{path.name} cannot be read: {type(error).__name__} {str(error)[:200]}")
    compare(told)
    faults = told.counts["FAULT"]
    sound = f"SOUND: {told.counts['ok']} check(s)" + ", read the notes above" * bool(told.counts["note"])
    say(f"NOT SOUND: {faults} fault(s)" if faults else sound)
    return 0 if not faults else 2 if faults == unread else 1


if __name__ == "__main__":
    sys.exit(main())
