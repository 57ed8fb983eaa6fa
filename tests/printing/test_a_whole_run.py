"""A print run from asking to the last label, over TCP, to a printer that runs out of paper on the way."""

import re
from dataclasses import replace
from datetime import datetime
from functools import partial

import numpy as np
import pytest
import zxingcpp
from sqlalchemy import Engine

from app.printing import Printers
from app.printing.guard import networks_of
from app.services import printers
from app.settings import Settings
from labels.thermal import redraw
from tests.support.fake_printers import FakePrinter
from tests.support.print_shop import names, shop_of


@pytest.mark.parametrize("drawing", ["exact", "native"])
def test_every_label_of_a_run_comes_out_once_though_the_paper_ended(
    sqlite_engine: Engine,
    now: datetime,
    settings: Settings,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    drawing: str,
) -> None:
    monkeypatch.setattr("app.printing.raw.POLL_SECONDS", 0.05)
    everywhere = frozenset(range(1, 65_536))
    anywhere = Printers(networks_of(["127.0.0.0/8"]), raw_ports=everywhere)
    anywhere.send = partial(anywhere.send, patience=0.4)  # type: ignore[method-assign]
    monkeypatch.setattr("app.printing.Printers.of", classmethod(lambda _cls, _settings: anywhere))
    shop = shop_of(sqlite_engine, now, replace(settings, printer_networks=("127.0.0.0/8",)), sqlite_url)
    what = shop.modules(40)
    with FakePrinter(paper=25) as fake:
        draft = printers.Draft("Line 1", "raw", fake.address, "zpl", 203, drawing=drawing)
        run = shop.work(shop.ask(what, printer=int(shop.do(printers.create, draft).id)))
        assert (run.state, run.error_code) == ("failed", "last-label-unknown")
        assert run.sent <= fake.printed == 25
        assert fake.dropped == 15
        fake.paper = 1_000
        done = shop.resume(run, last=25)  # as somebody sees at the printer
    assert (done.state, done.sent, fake.printed) == ("printed", 40, 40)
    commands = re.sub(rb"~(?:HS|HQES|HI|JA)\r\n", b"", fake.took)
    came = [
        zxingcpp.read_barcodes(np.where(dots, 0, 255).astype(np.uint8))[0].text.rpartition("/")[2]
        for dots in redraw.pictures(commands, "zpl")
    ]
    meant = [name.strip().rpartition("/")[2] for name in names(what)]
    assert came[:25] + came[40:] == meant
