"""Copies in escrow: sealed for one reader, whole or refused, and a database restored from them says what the node said."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from app import escrow as copying
from app import escrow_restoring as restoring
from app.domain import escrow
from app.domain.escrow import Line
from app.domain.messages import Ask, Told
from app.domain.trust import public_key_of
from app.errors import Malformed, Refused, TraceError
from app.rounds import Turn
from app.services import certifying, escrowing, masterdata, sealing
from app.settings import Settings
from app.store.database import engine_for, reading, writing
from app.store.migrate import migrate
from tests.support.world import World

PRIVATE, PUBLIC = sealing.new_key()


@pytest.fixture
def world(engine: Engine, now: object) -> World:
    made = World(engine, now)  # type: ignore[arg-type]
    made.mint("module", 5)
    return made


@pytest.fixture
def node(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, escrow_dir=str(tmp_path / "away"), escrow_key=PUBLIC, zone="88.118.1001")


@pytest.fixture
def leave(world: World, node: Settings) -> Callable[..., copying.Copy]:
    def leave(kind: str = "", later: timedelta = timedelta()) -> copying.Copy:
        made = copying.leave(Turn(node, world.engine, world.now + later, _nowhere), kind)
        assert made is not None
        return made

    return leave


@pytest.fixture
def empty(tmp_path: Path) -> Callable[[], Engine]:
    """A new empty database of the restoring side, always SQLite."""
    count = iter(range(100))

    def made() -> Engine:
        url = f"sqlite:///{tmp_path / f'restored-{next(count)}.db'}"
        migrate(url)
        return engine_for(url)

    return made


def _nowhere(_ask: Ask) -> Told:
    raise AssertionError("nothing is to be asked")


def told(engine: Engine, key: str, world: World) -> list[str]:
    with reading(engine) as session:
        return sorted(each.text for each in escrowing.lines(session, key, world.now))


def test_full_and_differential_copies_restore_to_exactly_what_was_there(
    world: World, node: Settings, leave: Callable[..., copying.Copy], empty: Callable[[], Engine]
) -> None:
    key = certifying.verifier_key(node.keys_dir, certifying.origin_of(node.base_url))
    own = public_key_of(certifying.signing_key(node.keys_dir))
    folder = copying.folder_of(node)
    first = leave()
    world.mint("pack", 1)
    with writing(world.engine) as session:
        certifying.checkpoint(session, node.keys_dir, certifying.origin_of(node.base_url), world.now)
        masterdata.create_site(session, world.ana, "新仓", "New store", "", world.now)
        first_site = masterdata.sites(session, world.ana)[0]
        first_site.name_en = "Renamed"
        session.add(first_site)
    second = leave()
    world.mint("module", 2)
    third = leave()
    assert [each.kind for each in (first, second, third)] == ["full", "diff", "diff"]
    assert second.base == third.base == first.number
    restored = empty()
    rebuilt = restoring.restore(folder, PRIVATE, restored, key=own)
    assert rebuilt.entries == third.entries
    assert told(restored, key, world) == told(world.engine, key, world)
    older = empty()
    assert restoring.restore(folder, PRIVATE, older, key=own, number=first.number).entries == first.entries


def test_a_full_copy_follows_after_a_week_and_when_the_base_is_not_known_any_more(
    node: Settings, leave: Callable[..., copying.Copy]
) -> None:
    assert leave().kind == "full"
    assert leave(later=timedelta(days=6)).kind == "diff"
    assert leave(later=timedelta(days=7)).kind == "full"
    for path in (node.data_dir / "escrow").iterdir():
        path.unlink()
    assert leave("diff", later=timedelta(days=8)).kind == "full"


def test_a_drill_restores_aside_and_asks_what_this_node_answers(
    world: World, node: Settings, leave: Callable[..., copying.Copy]
) -> None:
    url = world.engine.url.render_as_string(hide_password=False)
    serving = replace(node, database_url=url)
    leave()
    world.mint("module", 1)
    leave()
    own = public_key_of(certifying.signing_key(node.keys_dir))
    drill = restoring.drill(serving, copying.folder_of(node), PRIVATE, own)
    assert drill.passed
    assert drill.asked == drill.answered == drill.same == 6
    assert drill.copy.kind == "diff"
    first = restoring.drill(serving, copying.folder_of(node), PRIVATE, own, number=1)
    assert (first.asked, first.copy.kind) == (5, "full")


def test_no_escrow_is_left_where_none_is_configured(world: World, settings: Settings) -> None:
    assert copying.leave(Turn(settings, world.engine, world.now, _nowhere)) is None


def test_a_copy_is_split_into_parts_and_reads_nothing_in_clear(
    world: World, node: Settings, leave: Callable[..., copying.Copy], empty: Callable[[], Engine],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(copying, "PART", 700)
    made = leave()
    assert len(made.parts) > 2
    folder = copying.folder_of(node)
    assert all((folder / name).stat().st_size <= 700 for name, _, _ in made.parts)
    everything = b"".join((folder / name).read_bytes() for name, _, _ in made.parts)
    assert b"Ana" not in everything
    assert restoring.restore(folder, PRIVATE, empty()).entries == made.entries
    assert world.ana.name


@pytest.mark.parametrize("harm", ["flip", "cut", "lost", "swap", "manifest", "key", "outside"])
def test_a_damaged_copy_restores_nothing(
    node: Settings, leave: Callable[..., copying.Copy], empty: Callable[[], Engine], harm: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(copying, "PART", 700)
    made = leave()
    folder = copying.folder_of(node)
    first, second = (folder / name for name, _, _ in made.parts[:2])
    own, private = public_key_of(certifying.signing_key(node.keys_dir)), PRIVATE
    match harm:
        case "flip":
            content = bytearray(first.read_bytes())
            content[300] ^= 1
            first.write_bytes(content)
        case "cut":
            first.write_bytes(first.read_bytes()[:-1])
        case "lost":
            second.unlink()
        case "swap":
            a, b = first.read_bytes(), second.read_bytes()
            first.write_bytes(b)
            second.write_bytes(a)
        case "manifest":
            own = public_key_of(b"x" * 32)
        case "key":
            private = sealing.new_key()[0]
        case "outside":
            monkeypatch.setattr(copying, "_parts", lambda *_: (("../../secret", 1, ""),))
            leave()
    restored = empty()
    with pytest.raises((Malformed, Refused)):
        restoring.restore(folder, private, restored, key=own)
    with reading(restored) as session:
        assert not escrowing.names(session, 5)


def test_a_copy_that_was_never_finished_is_none_and_its_number_is_not_used_again(
    node: Settings, leave: Callable[..., copying.Copy]
) -> None:
    folder = copying.folder_of(node)
    folder.mkdir(parents=True)
    (folder / "000007-full.suy.001").write_bytes(b"half")
    assert leave().number == 8
    assert [copy.number for copy, _ in restoring.copies(folder, None)] == [8]


@given(st.lists(st.binary(max_size=3_000)), st.integers(0, 50))
def test_what_is_sealed_comes_out_again_and_nothing_can_be_cut_off(pieces: list[bytes], cut: int) -> None:
    whole = b"".join(sealing.seal(pieces, PUBLIC))
    assert b"".join(sealing.opened([whole], PRIVATE)) == b"".join(pieces)
    with pytest.raises(TraceError):
        b"".join(sealing.opened([whole[: len(whole) - 1 - cut]], PRIVATE))


def test_pieces_of_a_long_stream_cannot_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "PIECE", 100)
    sealed = list(sealing.seal([b"a" * 500], PUBLIC))
    assert b"".join(sealing.opened(list(sealed), PRIVATE)) == b"a" * 500
    for left_out in range(1, len(sealed)):
        with pytest.raises(TraceError):
            b"".join(sealing.opened(sealed[:left_out] + sealed[left_out + 1 :], PRIVATE))


names = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(0, 3))


@given(names, names, st.integers(0, 3), st.integers(0, 3))
def test_full_and_difference_together_are_the_later_state(
    before: dict[str, int], after: dict[str, int], old: int, new: int
) -> None:
    def state(values: dict[str, int], entries: int) -> list[Line]:
        rows = [
            f'{{"kind":"organisation","n":"{name}","v":{value}}}' for name, value in sorted(values.items())
        ]
        log = [f'{{"kind":"entry","seq":{seq}}}' for seq in range(entries)]
        texts = [
            f'{{"kind":"header","size":{entries}}}',
            *rows,
            *log,
            f'{{"kind":"footer","entries":{entries}}}',
        ]
        return [escrow.line(text) for text in texts]

    full, later = state(before, old), state(after, old + new)
    base = {line.digest for line in full if line.kind == "organisation"}
    seen = {line.digest for line in later if line.kind == "organisation"}
    difference = [*escrow.differences(later, base, old), *escrow.gone(base - seen)]
    found = list(escrow.together(full, difference))
    assert sorted(line.text for line in found) == sorted(line.text for line in later)
    ranks = [escrow.ORDER.index(line.kind) for line in found]
    assert ranks == sorted(ranks)
    assert [line.seq for line in found if line.kind == "entry"] == list(range(old + new))
