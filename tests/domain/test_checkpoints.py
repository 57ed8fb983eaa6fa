"""Signed checkpoints: the published example byte for byte, and everything that must not pass."""

import base64
import unicodedata

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.domain import checkpoints
from app.domain.checkpoints import Checkpoint
from app.errors import Malformed, Refused, TraceError

ROOT = bytes(range(32))
NAME = "node.example/88.118.1001"
SEED, OTHER_SEED = b"\x01" * 32, b"\x02" * 32

# the worked example in the documentation of Go's note package
PETER_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
PETER_NOTE = (
    PETER_TEXT + "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# the example of c2sp.org/tlog-checkpoint, for its form
SOFA_NOTE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)


def public_of(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


KEY = checkpoints.verifier_key(NAME, public_of(SEED))
BODY = checkpoints.body(NAME, 1234, ROOT)
NOTE = checkpoints.sign(BODY, NAME, SEED)


def refusal(note: str, key: str = KEY) -> str:
    with pytest.raises(TraceError) as caught:
        checkpoints.verify(note, key)
    assert caught.value.english()
    return caught.value.code


def test_the_published_example_comes_out_byte_for_byte() -> None:
    assert checkpoints.sign(PETER_TEXT, "PeterNeumann", PETER_SEED) == PETER_NOTE
    assert checkpoints.verifier_key("PeterNeumann", public_of(PETER_SEED)) == PETER_KEY
    assert checkpoints.parse_note(PETER_NOTE).text == PETER_TEXT


def test_the_example_of_the_checkpoint_specification_is_read() -> None:
    note = checkpoints.parse_note(SOFA_NOTE)
    assert [signature.name for signature in note.signatures] == ["example.com/behind-the-sofa"]
    assert note.signatures[0].key_id.hex() == "033de0ae"
    root = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    assert note.text == checkpoints.body("example.com/behind-the-sofa", 20852163, root)


def test_a_body_is_three_lines() -> None:
    assert f"{NAME}\n1234\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n" == BODY


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60),
    st.integers(0, 10**18),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
)
def test_what_was_signed_is_what_is_read(origin: str, size: int, root: bytes, seed: bytes) -> None:
    note = checkpoints.sign(checkpoints.body(origin, size, root), NAME, seed)
    assert checkpoints.verify(note, checkpoints.verifier_key(NAME, public_of(seed))) == Checkpoint(
        origin, size, root
    )


@given(st.integers(0, len(NOTE) - 1), st.characters(exclude_categories=["Cs"]))
def test_no_changed_character_passes(place: int, character: str) -> None:
    changed = NOTE[:place] + character + NOTE[place + 1 :]
    if changed != NOTE:
        assert refusal(changed) in ("bad-note", "bad-checkpoint", "bad-signature", "not-signed")


@given(st.integers(0, len(NOTE) - 1))
def test_no_cut_or_missing_character_passes(place: int) -> None:
    refusal(NOTE[:place])
    refusal(NOTE[:place] + NOTE[place + 1 :])


def test_a_tampered_size_is_told_as_a_false_signature() -> None:
    assert refusal(NOTE.replace("\n1234\n", "\n1235\n")) == "bad-signature"


def test_a_key_that_did_not_sign_finds_nothing_to_verify() -> None:
    assert refusal(NOTE, checkpoints.verifier_key(NAME, public_of(OTHER_SEED))) == "not-signed"
    assert refusal(NOTE, checkpoints.verifier_key("another.example", public_of(SEED))) == "not-signed"


def test_a_borrowed_name_and_key_id_do_not_help_a_forger() -> None:
    forged = Ed25519PrivateKey.from_private_bytes(OTHER_SEED).sign(BODY.encode())
    key_id = checkpoints.parse_verifier_key(KEY).key_id
    note = f"{BODY}\n— {NAME} {base64.b64encode(key_id + forged).decode()}\n"
    assert refusal(note) == "bad-signature"


def test_several_signatures_are_each_found_and_unknown_ones_ignored() -> None:
    witness = "witness.example"
    note = checkpoints.signature_line(BODY, witness, OTHER_SEED)
    note = NOTE + note + f"— unknown.example {base64.b64encode(b'x' * 80).decode()}\n"
    expected = Checkpoint(NAME, 1234, ROOT)
    assert checkpoints.verify(note, KEY) == expected
    assert checkpoints.verify(note, checkpoints.verifier_key(witness, public_of(OTHER_SEED))) == expected
    assert len(checkpoints.parse_note(note).signatures) == 3


def test_one_false_signature_of_ours_spoils_the_note_even_beside_a_true_one() -> None:
    line = NOTE.splitlines(keepends=True)[-1]
    false = line.replace(line[-10:-3], "AAAAAAA")
    assert refusal(NOTE + false) == "bad-signature"


def test_sixteen_signatures_are_read_and_a_flood_is_not() -> None:
    line = f"— unknown.example {base64.b64encode(b'x' * 68).decode()}\n"
    assert checkpoints.verify(NOTE + line * 15, KEY).size == 1234
    assert refusal(NOTE + line * 64) == "bad-note"
    assert refusal("x" * 3_000_000 + NOTE) == "bad-note"


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        BODY,
        BODY + "\n",
        NOTE.removesuffix("\n"),
        NOTE + "\n",
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("— ", "- "),
        NOTE.replace("— ", "—"),
        NOTE + "trailing\n",
        NOTE + f"— a+b {base64.b64encode(b'x' * 68).decode()}\n",
        NOTE + "— short AAAA\n",
        NOTE + "— not-base64 ****\n",
        NOTE.replace(NAME, NAME + "\t", 1),
    ],
)
def test_what_is_no_signed_note_is_refused(note: str) -> None:
    assert refusal(note) == "bad-note"


@pytest.mark.parametrize(
    "text",
    [
        "just one line\n",
        f"{NAME}\n5\n",
        f"{NAME}\n05\n{base64.b64encode(ROOT).decode()}\n",
        f"{NAME}\n-5\n{base64.b64encode(ROOT).decode()}\n",
        f"{NAME}\n５\n{base64.b64encode(ROOT).decode()}\n",
        f"{NAME}\n5\n{base64.b64encode(ROOT[:31]).decode()}\n",
        f"{NAME}\n5\n{base64.b64encode(ROOT).decode()[:-1]}\n",
        f"{NAME}\n5\n{base64.b64encode(ROOT).decode()[:-2]}9=\n",
        f"\n5\n{base64.b64encode(ROOT).decode()}\n",
        f"{NAME}\n5\n{base64.b64encode(ROOT).decode()}\n\nextension\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    assert refusal(checkpoints.sign(text, NAME, SEED)) == "bad-checkpoint"


def test_extension_lines_are_signed_and_passed_over() -> None:
    assert checkpoints.verify(checkpoints.sign(BODY + "extension\n", NAME, SEED), KEY).size == 1234


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 1, ROOT),
        ("a\nb", 1, ROOT),
        ("a\rb", 1, ROOT),
        ("a", -1, ROOT),
        ("a", 10**20, ROOT),
        ("a", 1, ROOT[1:]),
        ("a", 1, b""),
    ],
)
def test_a_body_that_could_not_be_read_back_is_not_made(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(Malformed):
        checkpoints.body(origin, size, root)


def test_a_text_without_its_last_newline_is_not_signed() -> None:
    with pytest.raises(Malformed):
        checkpoints.sign("text", NAME, SEED)


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.binary(min_size=32, max_size=32),
)
def test_a_verifier_key_reads_back_or_its_name_is_refused(name: str, public: bytes) -> None:
    unfit = "+" in name or any(c.isspace() or unicodedata.category(c)[0] in "CZ" for c in name)
    if unfit:
        with pytest.raises(Malformed):
            checkpoints.verifier_key(name, public)
    else:
        text = checkpoints.verifier_key(name, public)
        key = checkpoints.parse_verifier_key(text)
        assert (key.name, key.public, str(key)) == (name, public, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        PETER_KEY.replace("c74f20a3", "c74f20a4"),
        PETER_KEY.replace("c74f20a3", "C74F20A3"),
        PETER_KEY.replace("PeterNeumann", "PeterNeumanN"),
        PETER_KEY.replace("PeterNeumann", ""),
        PETER_KEY.replace("+AR", "+Ah"),
        PETER_KEY[:-4],
        PETER_KEY + "\n",
        " " + PETER_KEY,
    ],
)
def test_a_verifier_key_with_a_flaw_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        checkpoints.parse_verifier_key(text)
    assert caught.value.code == "bad-verifier-key"


def test_a_missing_signature_is_a_refusal_and_not_bad_input() -> None:
    with pytest.raises(Refused):
        checkpoints.verify(NOTE, PETER_KEY)
