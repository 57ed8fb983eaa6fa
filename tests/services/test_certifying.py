"""What the node vouches for: its key, its checkpoints, its proofs; and the check that finds every tampering."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from app.domain import checkpoints, merkle
from app.errors import TraceError
from app.services import certifying, keeping, rebuilding, verifying
from app.services.faults import Fault
from app.store import log
from app.store.database import is_sqlite, reading, writing
from app.store.tables import Checkpoint
from tests.support.history import eventful
from tests.support.sources import ROOT
from tests.support.world import World

ORIGIN = "trace.example/log"


def sign(world: World, keys: Path) -> Checkpoint | None:
    with writing(world.engine) as session:
        return certifying.checkpoint(session, keys, ORIGIN, world.tick())


def faults(world: World, keys: Path) -> list[Fault]:
    with reading(world.engine) as session:
        return list(verifying.verify_log(session, certifying.verifier_key(keys, ORIGIN)).faults)


# --- the key ---


def test_a_key_is_made_once_and_for_its_owner_only(keys: Path) -> None:
    first = certifying.signing_key(keys)
    assert certifying.signing_key(keys) == first
    assert len(first) == 32
    assert (keys / "node.key").stat().st_mode & 0o777 == 0o600
    assert keys.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in keys.iterdir()] == ["node.key"]


def test_processes_that_start_at_once_agree_on_the_key(keys: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from app.services.keeping import secret_of\n"
        "sys.stdin.readline(); print(secret_of(Path(sys.argv[1]) / 'node.key', 32).hex())"
    )
    starts = [
        subprocess.Popen([sys.executable, "-c", script, keys], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]  # fmt: skip
    for process in starts:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    told = {process.communicate()[0].strip() for process in starts}
    assert told == {(keys / "node.key").read_bytes().hex()}


def test_a_key_file_that_holds_something_else_is_not_replaced(keys: Path) -> None:
    keys.mkdir()
    (keys / "node.key").write_bytes(b"short")
    with pytest.raises(TraceError) as told:
        certifying.signing_key(keys)
    assert told.value.code == "bad-key-file"
    assert (keys / "node.key").read_bytes() == b"short"


def test_a_secret_is_whole_or_not_there(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        keeping.secret_of(keys / "node.key", 32)
    assert list(keys.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Trace.Example.cn", "trace.example.cn/log"),
        ("https://trace.example.cn/", "trace.example.cn/log"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000/log"),
        ("https://example.cn/suyuan/", "example.cn/suyuan/log"),
        ("https://me:pw@example.cn", "example.cn/log"),
        ("https://example.cn/a+b c", "example.cn/a-b-c/log"),
    ],
)
def test_the_log_is_named_after_the_nodes_address(url: str, origin: str, keys: Path) -> None:
    assert certifying.origin_of(url) == origin
    assert checkpoints.parse_verifier_key(certifying.verifier_key(keys, origin)).name == origin


# --- checkpoints ---


def test_an_empty_log_gets_no_checkpoint(engine: Engine, keys: Path, now: object) -> None:
    with writing(engine) as session:
        assert certifying.checkpoint(session, keys, ORIGIN, now) is None  # type: ignore[arg-type]


def test_a_checkpoint_signs_the_head_and_is_made_once(world: World, keys: Path) -> None:
    first = sign(world, keys)
    again = sign(world, keys)
    assert first is not None
    assert again is not None
    assert (again.id, again.note) == (first.id, first.note)
    stated = checkpoints.verify(first.note, certifying.verifier_key(keys, ORIGIN))
    with reading(world.engine) as session:
        assert (stated.size, stated.root) == certifying.head(session) == (first.size, first.root)
    assert stated.origin == ORIGIN
    world.piece()
    later = sign(world, keys)
    assert later is not None
    assert later.size == first.size + 2


def test_checkpoints_asked_for_at_once_are_one(world: World, keys: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        rows = list(pool.map(lambda _: sign(world, keys), range(12)))
    assert len({row.note for row in rows if row}) == 1
    with reading(world.engine) as session:
        assert len(log.checkpoints(session)) == 1


def test_a_log_that_lost_entries_is_not_signed_again(sqlite_world: World, keys: Path) -> None:
    sign(sqlite_world, keys)
    tamper(sqlite_world, "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)")
    with pytest.raises(TraceError) as told:
        sign(sqlite_world, keys)
    assert told.value.code == "log-forked"


# --- proofs ---


def test_every_entry_is_proven_in_every_tree_it_is_in(world: World) -> None:
    with reading(world.engine) as session:
        size, root = certifying.head(session)
        for seq in range(size):
            proof = certifying.inclusion_proof(session, seq)
            entry = log.entry_of(session, seq)
            assert entry
            assert proof.root == root
            assert proof.holds_for(entry.body)
            assert not proof.holds_for(entry.body + " ")
            assert certifying.inclusion_proof(session, seq, seq + 1).holds_for(entry.body)
        for old in range(size + 1):
            found = certifying.consistency_proof(session, old)
            assert merkle.verify_consistency(old, size, found.old_root, found.new_root, found.path)


def test_a_proof_of_what_is_not_there_is_refused_in_a_sentence(world: World) -> None:
    with reading(world.engine) as session:
        size, _ = certifying.head(session)
        for ask in (
            lambda: certifying.inclusion_proof(session, size),
            lambda: certifying.inclusion_proof(session, -1),
            lambda: certifying.inclusion_proof(session, 0, size + 1),
            lambda: certifying.inclusion_proof(session, 3, 2),
            lambda: certifying.inclusion_proof(session, 0, 10**30),
            lambda: certifying.consistency_proof(session, 3, 2),
            lambda: certifying.consistency_proof(session, -1),
            lambda: certifying.consistency_proof(session, 0, size + 1),
        ):
            with pytest.raises(TraceError) as told:
                ask()
            assert told.value.code in {"no-such-entry", "no-such-size"}


def test_the_text_of_an_entry_is_shown_to_its_own_organisation_only(world: World) -> None:
    seq = world.do("inspect", world.piece(), result="pass").seq
    assert seq is not None
    with reading(world.engine) as session:
        assert certifying.entry_of(session, world.bo, seq).seq == seq
        for actor, number in (
            (world.cy, seq),
            (world.dee, seq),
            (world.bo, seq + 1),
            (world.bo, 10**30),
            (world.bo, -1),
        ):
            with pytest.raises(TraceError) as told:
                certifying.entry_of(session, actor, number)
            assert (told.value.code, told.value.values) == ("unknown-event", {"seq": number})


# --- the check of the whole log ---


def test_a_log_nobody_touched_is_sound(world: World, keys: Path) -> None:
    sign(world, keys)
    eventful(world)
    newest = sign(world, keys)
    assert newest is not None
    told: set[str] = set()
    with reading(world.engine) as session:
        key = certifying.verifier_key(keys, ORIGIN)
        report = verifying.verify_log(session, key, lambda title, _done, _total: told.add(title))
    assert report.faults == ()
    assert report.sound
    assert (report.size, report.root, report.checkpoints) == (newest.size, newest.root, 2)
    assert told == {"entries", "index"}


def test_an_empty_log_is_sound(engine: Engine, keys: Path) -> None:
    with reading(engine) as session:
        report = verifying.verify_log(session, certifying.verifier_key(keys, ORIGIN))
    assert (report.size, report.root, report.sound) == (0, merkle.EMPTY_ROOT, True)


def test_checkpoints_signed_under_an_earlier_name_of_the_node_still_count(world: World, keys: Path) -> None:
    sign(world, keys)
    with reading(world.engine) as session:
        assert verifying.verify_log(session, certifying.verifier_key(keys, "new.example/log")).sound


def test_another_nodes_key_signed_nothing_here(world: World, keys: Path, tmp_path: Path) -> None:
    sign(world, keys)
    other = certifying.verifier_key(tmp_path / "other", ORIGIN)
    with reading(world.engine) as session:
        found = verifying.verify_log(session, other).faults
        assert [fault.code for fault in found] == ["not-signed"]
        both = verifying.verify_log(session, [other, certifying.verifier_key(keys, ORIGIN)])
        assert both.sound


def guards(engine: Engine) -> list[str]:
    """Takes down what keeps the log append-only: what somebody with the database's password can do."""
    tables = ("entry", "checkpoint")
    if is_sqlite(engine):
        return [f"DROP TRIGGER {table}_no_{verb}" for table in tables for verb in ("UPDATE", "DELETE")]
    return [f"DROP TRIGGER {table}_append_only ON {table}" for table in tables]


def tamper(world: World, *statements: str) -> None:
    with writing(world.engine) as session:
        for statement in (*guards(world.engine), *statements):
            session.connection().execute(text(statement))


TAMPERINGS = {
    "a text": (["UPDATE entry SET body = replace(body, 'Ana', 'Eva') WHERE seq = 1"], {("text-changed", 1), ("checkpoint-differs", 16)}),
    "a step": (["UPDATE entry SET step = 'scrap' WHERE seq = 11"], {("row-differs", 11)}),
    "an owner": (
        ["UPDATE entry SET organisation_id = (SELECT id FROM organisation WHERE prefix = '88.118.2002') WHERE seq = 5"],
        {("row-differs", 5), ("index-differs", None)},
    ),
    "a time of recording": (["UPDATE entry SET record_time = '2026-05-20T09:59:59.000000Z' WHERE seq = 5"], {("row-differs", 5)}),
    "a missing entry": (["DELETE FROM entry WHERE seq = 16"], {("node-surplus", 16), ("checkpoint-ahead", 16), ("index-differs", None)}),
    "a gap": (["DELETE FROM entry WHERE seq = 12"], {("missing", 12), ("index-differs", None), ("unplayable", 13), ("unplayable", 14)}),
    "a stored hash": (["UPDATE merkle_node SET hash = (SELECT hash FROM merkle_node WHERE level = 0 AND idx = 0) WHERE level = 1 AND idx = 3"],
                      {("node-differs", 6), ("node-differs", 4)}),
    "a leaf's hash": (["UPDATE merkle_node SET hash = (SELECT hash FROM merkle_node WHERE level = 0 AND idx = 0) WHERE level = 0 AND idx = 3"],
                      {("node-differs", 3), ("node-differs", 2)}),
    "a lost hash": (["DELETE FROM merkle_node WHERE level = 2 AND idx = 1"], {("node-missing", 4)}),
    "a hash too many": (["INSERT INTO merkle_node SELECT 9, 0, hash FROM merkle_node WHERE level = 0 AND idx = 0"], {("node-surplus", 0)}),
    "a checkpoint's text": (["UPDATE checkpoint SET note = replace(note, '17', '16')"],
                            {("bad-signature", 16)}),
    "a checkpoint's row": (["UPDATE checkpoint SET size = 16"], {("checkpoint-row-differs", 15), ("checkpoint-differs", 15)}),
    "a state": (["UPDATE thing SET held = '', site = 'hdl:88.118.1001/ELSEWHERE' WHERE held <> ''"], {("index-differs", None)}),
    "a balance": (["UPDATE balance SET quantity = quantity + 1000000"], {("index-differs", None)}),
    "an edge": (["DELETE FROM edge"], {("index-differs", None)}),
    "a party": (["INSERT INTO party SELECT t.id, o.id FROM thing t, organisation o WHERE t.level = 'lot' AND o.prefix = '88.118.2002'"],
                {("index-differs", None)}),
    "a reference": (["UPDATE reference SET value = 'PO-2'"], {("index-differs", None)}),
    "rows for queries": (["DELETE FROM event_fact WHERE seq = 7"], {("index-differs", None)}),
    "a term for queries": (["DELETE FROM event_term"], {("index-differs", None)}),
    "a word for queries": (["UPDATE event_word SET value = 'x' WHERE value = 'shipping'"], {("index-differs", None)}),
    "an invented thing": ([("INSERT INTO thing (epc, level, organisation_id, lot, serial, unit, minted_seq, lifecycle, disposition, holder, "
                           "site, \"to\", origin, container, bond, held) SELECT 'hdl:88.118.1001/FALSE', level, organisation_id, lot, 'F-1', unit, "
                           "minted_seq, lifecycle, disposition, holder, site, \"to\", origin, container, bond, held FROM thing WHERE level = 'serial'")],
                          {("index-differs", None)}),
    "a hidden thing": (["DELETE FROM entry_thing", "DELETE FROM edge", "DELETE FROM party",
                        "DELETE FROM thing WHERE level = 'serial'"], {("index-differs", None)}),
}  # fmt: skip


@pytest.fixture
def small(world: World, keys: Path) -> World:
    """Seventeen entries: ten of master data, a module with some of a lot in it, held, an order number; signed."""
    lot = world.lot("cell", "C-1", 10)
    (module,) = world.mint("module")
    world.do("assemble", lot, parent=module, quantity=4)
    world.do("inspect", module, result="hold", reason="check")
    world.do("ship", lot, destination=world.dee.prefix, order="PO-1", quantity=2)
    world.do("receive", lot, by="dee", at="dock")
    row = sign(world, keys)
    assert row is not None
    assert row.size == 17
    return world


class Untouched(Exception):
    """Ends a transaction in which something was tampered with for a look."""


def test_the_check_finds_whatever_was_tampered_with(small: World, keys: Path) -> None:
    key = certifying.verifier_key(keys, ORIGIN)
    found: dict[str, set[tuple[str, int | None]]] = {}
    for name, (statements, _) in TAMPERINGS.items():
        with suppress(Untouched), writing(small.engine) as session:
            for statement in (*guards(small.engine), *statements):
                session.connection().execute(text(statement))
            report = verifying.verify_log(session, key)
            assert all(fault.seq is not None for fault in report.faults)
            index = {"index-differs"}  # how many rows that is depends on what was taken away
            found[name] = {(f.code, None if f.code in index else f.seq) for f in report.faults}
            raise Untouched
    assert found == {name: expected for name, (_, expected) in TAMPERINGS.items()}
    assert faults(small, keys) == []


def test_the_check_finds_a_history_rewritten_with_all_its_hashes(small: World, keys: Path) -> None:
    """Everything in the database fits again, but for what was signed before."""
    with reading(small.engine) as session:
        entry = log.entry_of(session, 1)
        assert entry
        body = entry.body.replace('"suyuan:operator":"Ana"', '"suyuan:operator":"Eva"')
    with writing(small.engine) as session:
        for statement in guards(small.engine):
            session.connection().execute(text(statement))
        change = text("UPDATE entry SET body = :body, leaf = :leaf WHERE seq = 1")
        session.connection().execute(change, {"body": body, "leaf": merkle.leaf_hash(body.encode())})
        with pytest.raises(TraceError, match="does not continue what was signed"):
            rebuilding.rebuild(session)
    assert {fault.code for fault in faults(small, keys)} == {"checkpoint-differs"}


def test_every_fault_has_a_sentence(small: World, keys: Path) -> None:
    tamper(
        small,
        "UPDATE entry SET body = '{}'",
        "UPDATE checkpoint SET note = 'x'",
        "DELETE FROM merkle_node WHERE level = 1",
    )
    found = faults(small, keys)
    codes = {fault.code for fault in found}
    assert {"text-changed", "unreadable", "unplayable", "bad-note", "node-missing", "index-differs"} <= codes
    assert all("{" not in fault.english().replace("'{}'", "") for fault in found)


def test_event_ids_that_repeat_are_found_without_the_constraint(sqlite_world: World, keys: Path) -> None:
    with Session(sqlite_world.engine) as session:
        assert log.repeated_event_ids(session) == []


def test_a_partners_signature_is_a_witness_against_a_changed_log(world: World, keys: Path) -> None:
    from app.domain import cosignatures
    from app.store import cosigning
    from app.store.tables import Cosignature

    eventful(world)
    with writing(world.engine) as session:
        row = certifying.checkpoint(session, keys, ORIGIN, world.now)
        assert row is not None
        for zone, size, root in (
            ("88.1", row.size, row.root),
            ("88.2", row.size, bytes(32)),
            ("88.3", 10_000, bytes(32)),
        ):
            text = checkpoints.body(ORIGIN, size, root)
            line = cosignatures.line(text, "partner/log", b"\x05" * 32, world.now)
            told = Cosignature(
                zone=zone, size=size, signed=text, line=line, key="", stated=world.now, record_time=world.now
            )
            cosigning.keep_cosignature(session, told)
    assert [(fault.code, fault.values["zone"]) for fault in faults(world, keys)] == [
        ("cosigned-differs", "88.2"),
        ("cosigned-ahead", "88.3"),
    ]
