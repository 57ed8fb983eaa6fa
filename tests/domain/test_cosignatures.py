"""Partners' signatures under checkpoints: the published form, and the one rule for when one may be given."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.domain import checkpoints, cosignatures, merkle
from app.domain.checkpoints import Checkpoint
from app.domain.cosignatures import BEHIND, FITS, FORKED, OTHER_START, Seen
from app.errors import TraceError

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
LOG_SEED, SEED = b"\x01" * 32, b"\x02" * 32
PUBLIC = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
LEAVES = [merkle.leaf_hash(bytes([at])) for at in range(40)]
NAME = "partner.example/log"
BODY = checkpoints.body("node.example/log", 40, merkle.root_of(LEAVES))


class Tree:
    """The hashes of all complete subtrees over these leaves."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        for level, index, value in merkle.append_many(0, leaves, self.node):
            self.nodes[level, index] = value

    def node(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def at(self, size: int) -> Checkpoint:
        return Checkpoint("node.example/log", size, merkle.root(size, self.node))

    def proof(self, old: int, new: int) -> list[bytes]:
        return merkle.consistency_proof(old, new, self.node)


TREE = Tree(LEAVES)


def seen(size: int) -> Seen:
    return Seen(size, TREE.at(size).root) if size else Seen()


def test_a_line_is_what_the_specification_says_octet_by_octet() -> None:
    line = cosignatures.line(BODY, NAME, SEED, NOW)
    assert line.startswith(f"— {NAME} ")
    raw = base64.b64decode(line.split(" ")[2])
    assert raw[:4] == hashlib.sha256(NAME.encode() + b"\n\x04" + PUBLIC).digest()[:4]
    assert int.from_bytes(raw[4:12], "big") == int(NOW.timestamp())
    message = f"cosignature/v1\ntime {int(NOW.timestamp())}\n{BODY}".encode()
    Ed25519PrivateKey.from_private_bytes(SEED).public_key().verify(raw[12:], message)


def test_the_line_stands_under_the_logs_own_and_both_verify() -> None:
    note = checkpoints.sign(BODY, "node.example/log", LOG_SEED) + cosignatures.line(BODY, NAME, SEED, NOW)
    log_key = Ed25519PrivateKey.from_private_bytes(LOG_SEED).public_key().public_bytes_raw()
    assert checkpoints.verify(note, checkpoints.verifier_key("node.example/log", log_key)).size == 40
    assert cosignatures.verify(BODY, cosignatures.line(BODY, NAME, SEED, NOW), PUBLIC) == NOW
    assert cosignatures.verifier_key(NAME, PUBLIC).startswith(f"{NAME}+")


@pytest.mark.parametrize("line", ["", "— x y\n", "rubbish", "— a AAAA\n", "— a AAAAAA==\n— b AAAAAA==\n"])
def test_what_is_no_line_of_one_signature_is_refused(line: str) -> None:
    with pytest.raises(TraceError):
        cosignatures.verify(BODY, line, PUBLIC)


def test_a_signature_under_another_checkpoint_or_by_another_key_does_not_count() -> None:
    line = cosignatures.line(BODY, NAME, SEED, NOW)
    other = checkpoints.body("node.example/log", 41, merkle.root_of(LEAVES))
    for body, public in ((other, PUBLIC), (BODY, bytes(32))):
        with pytest.raises(TraceError) as caught:
            cosignatures.verify(body, line, public)
        assert caught.value.code == "bad-signature"


def test_a_plain_signature_is_not_taken_for_one_with_a_time() -> None:
    plain = checkpoints.signature_line(BODY, NAME, SEED)
    with pytest.raises(TraceError):
        cosignatures.verify(BODY, plain, PUBLIC)


@given(st.integers(4, 75), st.integers(1, 255))
def test_no_byte_of_a_line_can_be_changed(at: int, flip: int) -> None:
    name, raw = NAME, bytearray(base64.b64decode(cosignatures.line(BODY, NAME, SEED, NOW).split(" ")[2]))
    raw[at] ^= flip
    with pytest.raises(TraceError):
        cosignatures.verify(BODY, f"— {name} {base64.b64encode(bytes(raw)).decode()}\n", PUBLIC)


@given(st.integers(0, 40), st.integers(1, 40))
def test_a_log_that_only_grew_fits_and_one_that_is_shorter_is_behind(old: int, new: int) -> None:
    judged = cosignatures.judge(seen(old), TREE.at(new), old, TREE.proof(old, new) if old <= new else [])
    assert judged == (FITS if old <= new else BEHIND)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 39))
def test_a_log_with_one_entry_changed_never_fits(old: int, new: int, at: int) -> None:
    changed = Tree([merkle.leaf_hash(b"other") if index == at else leaf for index, leaf in enumerate(LEAVES)])
    if at >= old or old > new:
        return
    for tree in (changed, TREE):
        judged = cosignatures.judge(seen(old), changed.at(new), old, tree.proof(old, new))
        assert judged == FORKED


def test_a_proof_from_another_size_has_to_be_made_again() -> None:
    assert cosignatures.judge(seen(7), TREE.at(9), 5, TREE.proof(5, 9)) == OTHER_START
    assert cosignatures.judge(seen(7), TREE.at(9), 0, []) == OTHER_START


def test_the_first_checkpoint_is_taken_as_it_is_and_without_a_proof() -> None:
    assert cosignatures.judge(Seen(), TREE.at(9), 0, []) == FITS
    assert cosignatures.judge(Seen(), TREE.at(9), 0, [bytes(32)]) == FORKED
