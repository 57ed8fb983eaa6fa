"""The verifier of one file: a bare interpreter runs it, what is sound passes, whatever was changed does not."""

import base64
import json
import shutil
import subprocess
import sys
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.domain import checkpoints, cosignatures, merkle, trust
from app.services import certifying, evidencing, exporting, rotating
from app.settings import Settings
from app.store import log
from app.store.database import reading, writing
from app.web.standalone import suyuan_verify as verifier
from tests.support.world import World

SCRIPT = Path(verifier.__file__)
INCLUSION = Path(__file__).resolve().parents[2] / "shared" / "vectors" / "merkle" / "inclusion"
ORIGIN = "trace.example.cn/log"
PARTNER = b"p" * 32


class Log:
    """A log of six entries, signed at four and at six, the second time by a partner too; its files in a folder."""

    def __init__(self, engine: Engine, settings: Settings, now: datetime, folder: Path) -> None:
        self.folder, self.settings, self.now = folder, settings, now
        world = World(engine, now)
        self.notes = []
        for count in (1, 2):
            for _ in range(count):
                world.piece()
            with writing(engine) as session:
                row = certifying.checkpoint(session, settings.keys_dir, ORIGIN, now)
                assert row
                self.notes.append(row.note)
        self.size = row.size
        self.key = certifying.verifier_key(settings.keys_dir, ORIGIN)
        text = checkpoints.parse_note(self.notes[1]).text
        self.notes[1] += cosignatures.line(text, "partner.example/log", PARTNER, now)
        self.partner = cosignatures.verifier_key("partner.example/log", trust.public_key_of(PARTNER).raw)
        with reading(engine) as session:
            bundle = evidencing.bundle(
                session, world.ana, 1, rotating.verifier_keys(settings.keys_dir, ORIGIN)
            )
            old = checkpoints.checkpoint_of(checkpoints.parse_note(self.notes[0]).text).size
            proof = certifying.consistency_proof(session, old, self.size)
            lines = list(exporting.export(session, self.key, now))
        consistency = {
            "from": proof.old,
            "to": proof.new,
            "from_root": proof.old_root.hex(),
            "to_root": proof.new_root.hex(),
        }
        self.write("evidence.json", json.dumps(bundle))
        self.write("proof.json", json.dumps(consistency | {"path": [each.hex() for each in proof.path]}))
        self.write("old.txt", self.notes[0])
        self.write("new.txt", self.notes[1])
        self.write("export.jsonl", "\n".join(lines) + "\n")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def run(self, *words: str) -> tuple[int, str]:
        """In an interpreter without our packages, our folder or our environment."""
        script = self.folder / SCRIPT.name
        shutil.copy(SCRIPT, script)
        found = subprocess.run(
            [sys.executable, "-I", "-S", script.name, *words],
            cwd=self.folder,
            env={},
            capture_output=True,
            text=True,
            check=False,
        )
        assert found.stderr == ""
        return found.returncode, found.stdout


@pytest.fixture
def kept(sqlite_engine: Engine, settings: Settings, now: datetime, tmp_path: Path) -> Log:
    folder = tmp_path / "evidence"
    folder.mkdir()
    return Log(sqlite_engine, settings, now, folder)


def test_a_bare_interpreter_checks_all_that_a_node_gives(kept: Log) -> None:
    files = ("evidence.json", "old.txt", "new.txt", "proof.json", "export.jsonl")
    code, told = kept.run(*files, "--key", kept.key, "--key", kept.partner)
    assert code == 0, told
    assert told.splitlines()[-1].startswith("SOUND: ")
    assert "note" not in told
    assert (
        f"checkpoint of {ORIGIN} at {kept.size} entries, signed by partner.example/log on 2026-05-20" in told
    )


def test_keys_that_came_with_the_file_are_not_taken_for_trusted_ones(kept: Log) -> None:
    code, told = kept.run("evidence.json")
    assert code == 0
    assert "compare it with what the node gave you" in told
    assert kept.run("old.txt")[0] == 1
    other = certifying.verifier_key(kept.settings.keys_dir / "other", ORIGIN)
    assert kept.run("evidence.json", "--key", other)[0] == 1


def test_who_gave_a_key_is_not_content_with_what_nobody_signed(kept: Log) -> None:
    """A forger needs no key where leaving out the checkpoint is enough."""
    bundle = json.loads(kept.read("evidence.json"))
    kept.write("honest.json", json.dumps(bundle | {"checkpoint": ""}))
    body = "anything at all"
    leaf = merkle.leaf_hash(body.encode()).hex()
    entry, proof = {"seq": 0, "body": body, "leaf": leaf}, {"size": 1, "path": [], "root": leaf}
    kept.write("forged.json", json.dumps(bundle | {"entry": entry, "inclusion": proof, "checkpoint": ""}))
    assert kept.run("forged.json", "--key", kept.key)[0] == 1
    assert kept.run("honest.json", "--key", kept.key)[0] == 1
    assert kept.run("honest.json", "new.txt", "--key", kept.key)[0] == 0  # the checkpoint came beside it
    assert kept.run("proof.json", "--key", kept.key)[0] == 1
    code, told = kept.run("forged.json")
    assert (code, "its own word only" in told, "read the notes" in told.splitlines()[-1]) == (0, True, True)


def test_the_end_of_a_log_that_nobody_signed_yet_is_told(kept: Log) -> None:
    lines = [json.loads(line) for line in kept.read("export.jsonl").splitlines()]
    signed = [line for line in lines if line["kind"] != "checkpoint"]
    first = next(line for line in lines if line["kind"] == "checkpoint")
    kept.write("export.jsonl", "\n".join(map(json.dumps, [*signed, first])))
    code, told = kept.run("export.jsonl", "--key", kept.key)
    assert (code, "entries are not signed by anybody yet" in told) == (0, True)
    kept.write("export.jsonl", "\n".join(map(json.dumps, signed)))
    assert kept.run("export.jsonl", "--key", kept.key)[0] == 1
    assert kept.run("export.jsonl")[0] == 0


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("evidence.json", "reserving", "receiving"),
        ("evidence.json", '"seq": 1', '"seq": 0'),
        ("old.txt", ORIGIN, "trace.example.cn/logg"),
        ("export.jsonl", "reserving", "receiving"),
        ("export.jsonl", '"seq":1,', '"seq":7,'),
        ("proof.json", '"path": ["', '"path": ["00'),
    ],
)
def test_whatever_was_changed_is_a_fault(kept: Log, name: str, before: str, after: str) -> None:
    text = kept.read(name)
    assert before in text
    kept.write(name, text.replace(before, after, 1))
    code, told = kept.run(name, "--key", kept.key)
    assert code == 1, told
    assert told.splitlines()[-1].startswith("NOT SOUND")


def test_two_histories_of_one_log_are_a_fault(kept: Log) -> None:
    body = checkpoints.body(ORIGIN, kept.size, b"\1" * 32)
    kept.write("other.txt", checkpoints.sign(body, ORIGIN, certifying.signing_key(kept.settings.keys_dir)))
    code, told = kept.run("new.txt", "other.txt", "--key", kept.key, "--key", kept.partner)
    assert code == 1
    assert "the log was forked" in told


def test_what_is_nothing_of_a_log_is_told_and_ends(kept: Log) -> None:
    for content in (
        "",
        "{",
        "[" * 100_000,
        '{"kind":"suyuan-evidence"}',
        '{"from_root":1}',
        "\0",
        '{"a":"suyuan-log"}',
    ):
        kept.write("x", content)
        assert kept.run("x", "--key", kept.key)[0] in {1, 2}
    assert kept.run("nowhere.txt")[0] == 2


@cache
def tree(size: int) -> tuple[list[bytes], dict[tuple[int, int], bytes]]:
    leaves = [merkle.leaf_hash(bytes([each])) for each in range(size)]
    return leaves, {
        (level, idx): value for level, idx, value in merkle.append_many(0, leaves, lambda *_: b"")
    }


@given(st.data())
def test_its_proofs_are_those_of_the_node(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    leaves, nodes = tree(size)
    node = lambda level, idx: nodes[level, idx]  # noqa: E731
    root = merkle.root(size, node)
    grown: list[tuple[int, bytes]] = []
    for leaf in leaves:
        verifier.grow(grown, leaf)
    assert verifier.root_of(grown) == root
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    path = merkle.inclusion_proof(index, size, node)
    assert verifier.included(index, size, leaves[index], path, root)
    assert index == 0 or not verifier.included(index, size, leaves[index - 1], path, root)
    proof = merkle.consistency_proof(old, size, node)
    old_root = merkle.root(old, node)
    assert verifier.consistent(old, size, old_root, root, proof)
    assert old in (0, size) or not verifier.consistent(old, size, root, root, proof)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 511))
def test_its_signatures_are_those_of_the_library(seed: bytes, message: bytes, bit: int) -> None:
    suite, public = trust.SUITES["EdDSA"], trust.public_key_of(seed).raw
    signature = suite.sign(seed, message)
    assert verifier.signed_by(public, signature, message)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not verifier.signed_by(public, bytes(flipped), message)
    assert not verifier.signed_by(public, signature, message + b"x")


@pytest.mark.skipif(not INCLUSION.is_dir(), reason="the shared vectors are not here")
def test_it_agrees_with_every_published_inclusion_proof() -> None:
    files = sorted(INCLUSION.rglob("*.json"))
    assert files
    for path in files:
        case = json.loads(path.read_text())
        hashes = [base64.b64decode(each) for each in case["proof"] or []]
        root, leaf = (base64.b64decode(case[name] or "") for name in ("root", "leafHash"))
        try:
            fits = len(root) == len(leaf) == 32 and verifier.included(
                case["leafIdx"], case["treeSize"], leaf, hashes, root
            )
        except verifier.Fault:
            fits = False
        assert fits == (not case["wantErr"]), path


def test_a_log_without_entries_is_one_too(
    sqlite_engine: Engine, settings: Settings, now: datetime, tmp_path: Path
) -> None:
    key = certifying.verifier_key(settings.keys_dir, ORIGIN)
    with reading(sqlite_engine) as session:
        assert log.size(session) == 0
        (tmp_path / "export.jsonl").write_text("\n".join(exporting.export(session, key, now)))
    assert verifier.main([str(tmp_path / "export.jsonl")]) == 0
