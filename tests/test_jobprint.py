"""Print runs through their job: asked for, made, resumed, cancelled, printed again; and two people who want the same."""

import errno
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pikepdf
import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import col

from app import jobprint, jobprint_taking, jobs, printruns
from app.errors import Conflict, Malformed, Refused, Unknown
from app.services import listing, printing, scanning, voiding
from app.services.printing import RunAsked, What, files, spans
from app.services.printing.press import Press
from app.settings import Settings
from app.store import printing as rows
from app.store.database import reading, writing
from app.store.tables import Job, Thing
from tests.support.pressing import LinePress
from tests.support.print_shop import TEMPLATE, Shop, names, shop_of


@pytest.fixture(autouse=True)
def press(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobprint, "Press", LinePress)


@pytest.fixture
def shop(sqlite_engine: Engine, now: datetime, settings: Settings, sqlite_url: str) -> Shop:
    return shop_of(sqlite_engine, now, settings, sqlite_url)


@pytest.fixture
def each_shop(engine: Engine, now: datetime, settings: Settings, database_url: str) -> Shop:
    """On either database."""
    return shop_of(engine, now, settings, database_url)


def test_a_run_prints_every_label_once_and_says_who_asked_for_what(each_shop: Shop) -> None:
    what = each_shop.modules(3)
    run = each_shop.work(each_shop.ask(what))
    assert (run.state, run.quantity, run.operator, run.template, run.version) == (
        "printed", 3, each_shop.world.ana.name, TEMPLATE, 1
    )  # fmt: skip
    assert each_shop.lines(run) == names(what)
    assert (f"{run.first_name} ", f"{run.last_name} ") == (names(what)[0], names(what)[-1])
    assert run.proof["labels"] == 3
    assert each_shop.sums(run) == {"asked": 3, "printed": 3}
    with reading(each_shop.world.engine) as session:
        job = session.get_one(Job, run.job_id)
        assert (
            jobs.result_path(each_shop.settings, job).read_bytes() == "\n".join([*names(what), ""]).encode()
        )


def test_a_batch_is_printed_in_the_order_of_its_numbers_and_part_by_part(shop: Shop) -> None:
    shop.world.mint("module", 1_203, serial_start="SN-0001")
    with reading(shop.world.engine) as session:
        batch = listing.batches(session, shop.world.ana)[0]
    whole = What(batch=(batch.first, batch.last))
    first = shop.work(shop.ask(replace(whole, count=1_000)))
    second = shop.work(shop.ask(replace(whole, first=1_001)))
    assert (first.quantity, second.quantity) == (1_000, 203)
    lines = [line.strip() for run in (first, second) for line in shop.lines(run)]
    assert len(set(lines)) == 1_203
    with reading(shop.world.engine) as session:
        (piece,) = printing.pieces_of(session, shop.world.ana, second.id or 0, after=202)
        assert scanning.look(session, shop.world.ana, piece.epc).serial == "SN-1203"


def test_who_prints_what_another_has_printed_is_told_and_must_say_why(each_shop: Shop) -> None:
    what = each_shop.modules(2)
    first = each_shop.ask(What(epcs=what.epcs[:1]))  # not even printed yet
    with pytest.raises(Conflict) as refused:
        each_shop.ask(what)
    assert refused.value.code == "already-printed"
    assert refused.value.values["name"] == each_shop.world.ana.name
    assert (refused.value.values["count"], refused.value.values["run"]) == (1, first.id)
    each_shop.work(first)
    again = each_shop.work(each_shop.ask(what, reprint="the roll got wet"))
    assert [line.split(" ", 1)[1] for line in each_shop.lines(again)] == ["第 2 份", ""]
    assert each_shop.sums(first) == {"asked": 1, "reprinted": 1}
    more = each_shop.modules(1)
    rest = each_shop.work(each_shop.ask(What(epcs=what.epcs + more.epcs), only_new=True))
    assert each_shop.lines(rest) == names(more)


def test_of_two_who_print_the_same_at_once_one_is_told_of_the_other(each_shop: Shop) -> None:
    what, start = each_shop.modules(5), Barrier(2)

    def asks(_: int) -> str:
        asked = RunAsked(what, TEMPLATE, form="zpl")
        start.wait()
        try:
            with writing(each_shop.world.engine) as session:
                printruns.ask(session, each_shop.world.ana, asked, "en", each_shop.world.now)
        except Conflict as error:
            return error.code
        return ""

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(asks, range(2))) == ["", "already-printed"]


def test_somebody_may_be_faster_with_the_end_of_a_long_run(shop: Shop) -> None:
    shop.world.mint("module", 2_100)
    with reading(shop.world.engine) as session:
        batch = listing.batches(session, shop.world.ana)[0]
    long = shop.ask(What(batch=(batch.first, batch.last)))
    assert long.taken == 2_000
    fast = shop.work(shop.ask(What(batch=(batch.first, batch.last), first=2_100)))
    run = shop.work(long)
    assert (run.state, run.error_code, fast.state) == ("failed", "already-printed", "printed")
    assert shop.do(printruns.cancel, run.id).state == "stopped"
    assert shop.sums(run) == {"asked": 2_100, "dropped": 2_100}
    assert shop.work(shop.ask(What(batch=(batch.first, batch.last)), only_new=True)).quantity == 2_099


def test_a_reprint_is_the_same_thing_again_and_never_a_second_one(each_shop: Shop) -> None:
    shop, what = each_shop, each_shop.modules(3)
    run = shop.work(shop.ask(what))
    shop.do(printing.spoil, run.id, [2], "torn")
    with writing(shop.world.engine) as session:
        again = printruns.reprint(session, shop.world.ana, run.id or 0, [2], "torn", "en", shop.world.tick())
    again = shop.work(again)
    assert shop.lines(again) == [f"{names(what)[1]}第 2 份"]
    assert (again.kind, again.of_run, again.reason) == ("reprint", run.id, "torn")
    assert shop.sums(run) == {"asked": 3, "printed": 2, "reprinted": 1}
    with writing(shop.world.engine) as session:
        third = printruns.reprint(
            session, shop.world.ana, again.id or 0, [1], "torn too", "en", shop.world.tick()
        )
    assert shop.lines(shop.work(third)) == [f"{names(what)[1]}第 3 份"]
    with pytest.raises(Malformed):
        shop.do(printing.spoil, run.id, [1], "  ")


def test_two_labels_alike_stand_beside_each_other_and_are_no_copies(shop: Shop) -> None:
    what = shop.modules(2)
    run = shop.work(shop.ask(what, copies=2))
    assert shop.lines(run) == [name for name in names(what) for _ in range(2)]


def test_each_of_two_labels_alike_says_which_copy_it_is(shop: Shop) -> None:
    what = shop.modules(1)
    run = shop.work(shop.ask(what, copies=2))
    for positions, lines, sums in (
        ([1], ["第 2 份"], {"asked": 2, "printed": 1, "reprinted": 1}),
        ([1, 2], ["第 3 份", "第 2 份"], {"asked": 2, "reprinted": 2}),
    ):
        with writing(shop.world.engine) as session:
            again = printruns.reprint(
                session, shop.world.ana, run.id or 0, positions, "torn", "en", shop.world.tick()
            )
        assert shop.lines(shop.work(again)) == [f"{names(what)[0]}{line}" for line in lines]
        assert shop.sums(run) == sums


def test_what_is_scanned_is_applied(shop: Shop) -> None:
    what = shop.modules(2)
    run = shop.work(shop.ask(what))
    assert shop.world.scan("commission", what.epcs[0]).colour == "green"
    assert shop.sums(run) == {"asked": 2, "printed": 1, "applied": 1}
    with pytest.raises(Conflict):
        shop.do(printing.lose, run.id, [1], "cannot be")
    shop.do(printing.lose, run.id, [2], "not on the roll")
    assert shop.sums(run) == {"asked": 2, "applied": 1, "lost": 1}


def test_a_run_of_ten_million_is_refused_with_the_limit_and_the_way_out(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        shop.ask(What(blanks=10_000_000))
    assert refused.value.code == "run-too-long"
    assert (refused.value.values["count"], refused.value.values["most"]) == (10_000_000, 100_000)
    assert "several runs" in refused.value.hint


def test_a_full_disk_fails_the_run_which_goes_on_when_there_is_room(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = shop.modules(1_200)
    run, whole, written = shop.ask(what), files.write, []

    def full(folder: Path, name: str, parts: Any) -> files.Written:
        written.append(name)
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(folder, name, parts)

    monkeypatch.setattr(files, "write", full)
    failed = shop.work(run)
    assert (failed.state, failed.error_code, failed.made) == ("failed", "file-failed", 500)
    with pytest.raises(Conflict):
        shop.ask(what)
    done = shop.resume(run)
    assert (done.state, shop.lines(done)) == ("printed", names(what))
    assert written.count("000001.zpl") == 1


def test_a_file_that_was_damaged_meanwhile_is_made_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    what = shop.modules(1_000)
    run = shop.ask(what)
    with monkeypatch.context() as patch:
        patch.setattr(files, "joined", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "broken")))
        assert shop.work(run).state == "failed"
    (shop.settings.prints_dir / str(run.id) / "000001.zpl").write_text("rubbish")
    assert shop.lines(shop.resume(run)) == names(what)


def test_what_is_cancelled_can_be_printed_by_another_run(shop: Shop) -> None:
    what = shop.modules(2)
    run = shop.ask(what)
    assert shop.do(printruns.cancel, run.id).state == "stopped"
    assert shop.work(run).state == "stopped"
    assert shop.sums(run) == {"asked": 2, "dropped": 2}
    assert shop.work(shop.ask(what)).state == "printed"
    with pytest.raises(Conflict):
        shop.do(printruns.cancel, run.id)


def test_another_company_sees_no_run_and_prints_nothing_of_it(shop: Shop) -> None:
    what = shop.modules(1)
    run = shop.work(shop.ask(what))
    with reading(shop.world.engine) as session:
        for cy in (shop.world.cy, shop.world.dee):
            with pytest.raises(Unknown):
                printing.run_of(session, cy, run.id or 0)
            assert printing.runs_of(session, cy) == []
    with pytest.raises(Unknown):
        shop.ask(what, by=shop.world.cy)


def test_a_thing_that_becomes_void_meanwhile_gets_no_label(shop: Shop) -> None:
    what = shop.modules(2)
    run = shop.ask(what)
    shop.do(voiding.void, what.epcs[1], "torn")
    failed = shop.work(run)
    assert (failed.state, failed.error_code) == ("failed", "identifier-void")


# --- killed ---


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_a_run_killed_again_and_again_has_each_serial_exactly_once(each_shop: Shop, kills: int) -> None:
    each_shop.world.mint("module", 2_400)
    with reading(each_shop.world.engine) as session:
        batch = listing.batches(session, each_shop.world.ana)[0]
    what = What(batch=(batch.first, batch.last))
    run = each_shop.ask(what)
    url = each_shop.settings.database_url
    words = [url, str(each_shop.settings.data_dir), str(run.id), str(kills), str(kills)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killing", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seen = each_shop.seen(run)
    with reading(each_shop.world.engine) as session:
        wanted = rows.epcs_minted(session, each_shop.world.ana.organisation_id, batch.first, batch.last)
        pieces = printing.pieces_of(session, each_shop.world.ana, run.id or 0, limit=3_000)
    assert each_shop.lines(seen) == [f"{epc.removeprefix('hdl:')} " for epc in wanted]
    assert [piece.epc for piece in pieces] == wanted
    assert {piece.state for piece in pieces} == {"printed"}
    assert int(done.stdout) >= min(kills, 3)


def test_blanks_whose_minting_was_killed_are_minted_and_printed_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shop.ask(What(blanks=2_500))
    noted = jobprint_taking.note_minted
    with monkeypatch.context() as patch:
        patch.setattr(jobprint_taking, "note_minted", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(
            KeyboardInterrupt
        ):  # as if the process had been killed between the mint and its note
            shop.work(run)
    assert jobprint_taking.note_minted is noted
    with writing(shop.world.engine) as session:
        session.get_one(Job, run.job_id).lease = None
        session.get_one(Job, run.job_id).state = "queued"
    done = shop.work(run)
    assert (done.state, len(set(shop.lines(done)))) == ("printed", 2_500)
    with reading(shop.world.engine) as session:
        assert session.execute(select(func.count()).where(col(Thing.level) == "blank")).scalar_one() == 2_500


# --- as it is drawn ---


@pytest.mark.parametrize(
    ("form", "sign"), [("pdf", b"%PDF-"), ("zpl", b"^XA"), ("tspl", b"SIZE "), ("epl", b"\n")]
)
def test_a_run_as_it_is_drawn_was_read_back_label_by_label(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, form: str, sign: bytes
) -> None:
    monkeypatch.setattr(jobprint, "Press", Press)
    monkeypatch.setattr(spans, "LABELS", 24)  # so that two files are joined
    asked = RunAsked(shop.modules(26), TEMPLATE, stock="a4-3x8", form=form, start=5, skip=frozenset({7}))
    run = shop.work(shop.asked(asked))
    assert (run.state, run.error) == ("printed", "")
    assert (run.proof["labels"], run.proof["by_zxing"]) == (26, 26)
    path = files.file_of(shop.settings.prints_dir, run)
    assert path is not None
    assert sign in path.read_bytes()
    if form == "pdf":
        with pikepdf.open(path) as pdf:
            assert len(pdf.pages) == 2


def test_what_does_not_fit_on_the_stock_is_refused_when_it_is_asked_for(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        shop.asked(RunAsked(shop.modules(1), TEMPLATE, stock="avery-l7160"))
    assert refused.value.code == "layout-does-not-fit"
    for places in ({"start": 25}, {"skip": frozenset({25})}, {"skip": frozenset(range(1, 25))}):
        with pytest.raises((Refused, Malformed)) as refused:
            shop.asked(RunAsked(shop.modules(1), TEMPLATE, stock="a4-3x8", **places))  # type: ignore[arg-type]
        assert refused.value.code == "bad-start-position"
