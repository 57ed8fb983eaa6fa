"""Print runs that go straight to a printer, which stops, breaks off, says nothing, or is off."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from sqlalchemy import Engine

from app import jobprint, printruns
from app.domain.printers import Chunk, Sent, Target
from app.errors import Malformed, PeerFailed
from app.services import printers, printing
from app.services.printing import What
from app.settings import Settings
from app.store.database import reading, writing
from app.store.tables import Job
from tests.support.pressing import LinePress
from tests.support.print_shop import Shop, names, shop_of


@pytest.fixture(autouse=True)
def press(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobprint, "Press", LinePress)


@pytest.fixture
def shop(sqlite_engine: Engine, now: datetime, settings: Settings, sqlite_url: str) -> Shop:
    return shop_of(sqlite_engine, now, settings, sqlite_url)


class FakePrinters:
    """Stands in for the way to printers: says of each chunk what the test wants."""

    said: ClassVar[
        list[tuple[int, int, str]]
    ] = []  # certain, uncertain, trouble; the whole chunk where none is left
    came: ClassVar[list[bytes]] = []

    @classmethod
    def of(cls, _: Settings) -> "FakePrinters":
        return cls()

    def send(self, _: Target, chunks: Iterable[Chunk], cancelled: Callable[[], bool]) -> Iterator[Sent]:
        assert not cancelled()
        for index, chunk in enumerate(chunks):
            certain, uncertain, trouble = self.said.pop(0) if self.said else (chunk.labels, 0, "")
            self.came.extend(chunk.data.splitlines()[:certain])
            yield Sent(index, chunk.labels, certain, uncertain, trouble)
            if trouble:
                return

    def close(self) -> None:
        pass


@pytest.fixture
def printer(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> int:
    """The id of one of Ana's."""
    monkeypatch.setattr("app.printing.Printers", FakePrinters)
    monkeypatch.setattr(FakePrinters, "said", [])
    monkeypatch.setattr(FakePrinters, "came", [])
    draft = printers.Draft("Line 1", "raw", "192.168.1.20:9100", "zpl", 203)
    return int(shop.do(printers.create, draft).id)


def came() -> list[str]:
    return [line.decode() for line in FakePrinters.came]


def test_a_run_is_sent_to_its_printer_chunk_by_chunk(shop: Shop, printer: int) -> None:
    what = shop.modules(700)
    run = shop.work(shop.ask(what, printer=printer))
    assert (run.state, run.sent, run.dpi) == ("printed", 700, 203)
    assert came() == names(what)
    assert len(shop.lines(run)) == 701


def test_a_printer_out_of_paper_goes_on_behind_the_last_label(shop: Shop, printer: int) -> None:
    what = shop.modules(700)
    FakePrinters.said.extend([(500, 0, ""), (120, 0, "out-of-paper")])
    run = shop.work(shop.ask(what, printer=printer))
    assert (run.state, run.error_code, run.sent) == ("failed", "printer-stopped", 620)
    assert shop.sums(run) == {"asked": 700, "waiting": 80, "printed": 620}
    assert shop.resume(run).state == "printed"
    assert came() == names(what)


@pytest.mark.parametrize("answered", [503, 510, 521])
def test_what_nobody_can_know_is_asked_and_the_run_goes_on_behind_the_answer(
    shop: Shop, printer: int, answered: int
) -> None:
    what = shop.modules(600)
    FakePrinters.said.extend([(499, 0, "jam"), (1, 0, ""), (3, 18, "broken-off")])
    run = shop.resume(shop.work(shop.ask(what, printer=printer)))
    assert (run.state, run.error_code) == ("failed", "last-label-unknown")
    with reading(shop.world.engine) as session:
        question = printing.question_of(session, run)
    assert question is not None
    assert (question.first, question.last) == (504, 521)
    for wrong in (None, 502, 522):
        with pytest.raises(Malformed) as refused:
            shop.resume(run, last=wrong)
        assert refused.value.code == "last-label-missing"
    FakePrinters.came.extend(name.encode() for name in names(what)[503:answered])  # as seen at the printer
    done = shop.resume(run, last=answered)
    assert (done.state, came()) == ("printed", names(what))


def test_a_process_killed_while_it_was_sending_never_sends_the_same_again_unasked(
    shop: Shop, printer: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = shop.modules(3)
    run = shop.ask(what, printer=printer)
    with monkeypatch.context() as patch:
        patch.setattr(jobprint, "_note_sent", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            shop.work(run)
    with writing(shop.world.engine) as session:
        session.get_one(Job, run.job_id).lease = shop.world.now - timedelta(days=1)
    failed = shop.work(run)
    assert (failed.state, failed.error_code, len(came())) == ("failed", "last-label-unknown", 3)
    assert shop.resume(failed, last=3).state == "printed"
    assert came() == names(what)


def test_a_run_that_is_stopped_at_the_printer_keeps_what_is_out(shop: Shop, printer: int) -> None:
    what = shop.modules(4)
    run = shop.ask(what, printer=printer)
    FakePrinters.said.append((1, 2, "cancelled"))
    assert shop.work(run).state == "failed"
    assert shop.do(printruns.cancel, run.id).state == "failed"  # it still has to be said what came out
    assert shop.resume(run, last=2).state == "stopped"
    assert shop.sums(run) == {"asked": 4, "printed": 2, "dropped": 2}
    assert shop.work(shop.ask(What(epcs=what.epcs[2:]))).state == "printed"


def test_nothing_is_lost_when_the_printer_is_off(
    shop: Shop, printer: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = shop.modules(2)

    def off(*_: Any) -> Iterator[Sent]:
        raise PeerFailed("printer-unreachable", "off")

    with monkeypatch.context() as patch:
        patch.setattr(FakePrinters, "send", off)
        run = shop.work(shop.ask(what, printer=printer))
    assert (run.state, run.error_code) == ("failed", "printer-unreachable")
    assert shop.resume(run).state == "printed"
    assert came() == names(what)
