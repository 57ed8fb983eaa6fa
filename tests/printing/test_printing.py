"""Printers that work and printers that do not: what came out is told as it is, and nothing waits for ever."""

import ipaddress
import threading
import time
from collections.abc import Iterator

import pytest

from app.domain.printers import Chunk, Sent, Target, address
from app.errors import Malformed, PeerFailed, Refused
from app.printing import Printers
from app.printing.guard import Guard, networks_of
from app.printing.ipp_messages import answer
from tests.support.fake_printers import FakeIpp, FakePrinter

EVERY_PORT = frozenset(range(1, 65_536))
LABEL = {
    "zpl": b"^XA^FO10,10^FDA^FS^XZ\n",
    "tspl": b"CLS\r\nPRINT 1,1\r\n",
    "epl": b"N\nP1\n",
    "pdf": b"%%EOF\n",
}
PATIENCE = 0.4


@pytest.fixture(autouse=True)
def no_time_to_lose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.printing.raw.ANSWER_SECONDS", 0.2)
    monkeypatch.setattr("app.printing.raw.POLL_SECONDS", 0.05)
    monkeypatch.setattr("app.printing.ipp.POLL_SECONDS", 0.02)


@pytest.fixture
def printers() -> Iterator[Printers]:
    made = Printers(networks_of(["127.0.0.0/8"]), raw_ports=EVERY_PORT, ipp_ports=EVERY_PORT)
    yield made
    made.close()


def chunk(language: str, labels: int) -> Chunk:
    return Chunk(LABEL[language] * labels, labels)


def sent(
    printers: Printers, fake: FakePrinter | FakeIpp, *labels: int, stop: threading.Event | None = None
) -> list[Sent]:
    language = fake.language if isinstance(fake, FakePrinter) else "pdf"
    target = Target("raw" if isinstance(fake, FakePrinter) else "ipp", fake.address, language)
    cancelled = (stop or threading.Event()).is_set
    return list(printers.send(target, [chunk(language, each) for each in labels], cancelled, PATIENCE))


@pytest.mark.parametrize("language", ["zpl", "tspl"])
def test_what_a_printer_says_it_printed_is_certain(printers: Printers, language: str) -> None:
    with FakePrinter(language, speed=3) as fake:
        assert sent(printers, fake, 5, 7) == [Sent(0, 5, 5, 0), Sent(1, 7, 7, 0)]
    assert fake.printed == 12


@pytest.mark.parametrize(("language", "answers"), [("epl", True), ("zpl", False), ("pdf", True)])
def test_a_printer_that_does_not_say_gets_its_labels_and_nothing_is_called_certain(
    printers: Printers, language: str, *, answers: bool
) -> None:
    with FakePrinter(language, answers=answers) as fake:
        assert sent(printers, fake, 3, 2) == [Sent(0, 3, 0, 3), Sent(1, 2, 0, 2)]
    assert fake.took.count(LABEL[language]) == 5


@pytest.mark.parametrize("quiet", [False, True])
def test_out_of_paper_in_the_middle_says_how_many_came_out_and_takes_the_others_back(
    printers: Printers, *, quiet: bool
) -> None:
    with FakePrinter(paper=20) as fake:
        fake.quiet_without_paper = quiet
        (told,) = sent(printers, fake, 50, 50)
    assert told.trouble == "out-of-paper"
    assert told.certain <= fake.printed == 20
    assert told.certain + told.uncertain >= fake.printed
    assert fake.printed + fake.dropped == 50
    if not quiet:
        assert (told.certain, told.uncertain) == (17, 3)


def test_a_printer_without_paper_from_the_start_is_sent_nothing(printers: Printers) -> None:
    with FakePrinter("epl", paper=0) as fake:
        assert sent(printers, fake, 5) == [Sent(0, 5, 0, 0, "out-of-paper")]
    assert b"P1" not in fake.took


def test_a_printer_that_hangs_in_the_middle_is_given_up_and_the_labels_it_took_are_uncertain(
    printers: Printers,
) -> None:
    began = time.monotonic()
    with FakePrinter() as fake:
        fake.hangs_after = 30_000
        (told,) = sent(printers, fake, 500_000)
    assert time.monotonic() - began < 8
    assert told.trouble == "stuck"
    assert told.certain == 0
    assert fake.took.count(b"^XZ") <= told.uncertain < 500_000


def test_a_printer_that_hangs_up_early_leaves_in_doubt_what_was_under_way(printers: Printers) -> None:
    with FakePrinter() as fake:
        fake.closes_after = 2_000
        (told,) = sent(printers, fake, 100_000)
    assert told.trouble == "broken-off"
    assert fake.took.count(b"^XZ") <= told.uncertain < 100_000


def test_a_printer_that_babbles_is_one_that_does_not_say(printers: Printers) -> None:
    with FakePrinter() as fake:
        fake.babbles = True
        assert printers.status(Target("raw", fake.address, "zpl")).state == "silent"
        assert sent(printers, fake, 4) == [Sent(0, 4, 0, 4)]


def test_a_cancelled_run_ends_within_a_second_and_takes_back_what_waits_in_the_printer(
    printers: Printers,
) -> None:
    stop = threading.Event()
    with FakePrinter(speed=2) as fake:
        timer = threading.Timer(0.5, stop.set)
        timer.start()
        (told,) = sent(printers, fake, 400, stop=stop)
        timer.join()
    assert told.trouble == "cancelled"
    assert told.certain <= fake.printed <= told.certain + told.uncertain < 400
    assert fake.dropped


def test_a_run_that_is_cancelled_while_it_is_sent_ends_with_a_whole_label(printers: Printers) -> None:
    """A printer that is left in the middle of a picture takes the next run for the rest of it."""
    stop = threading.Event()
    with FakePrinter("tspl", speed=0) as fake:
        fake.pace = 0.01
        timer = threading.Timer(0.3, stop.set)
        timer.start()
        (told,) = sent(printers, fake, 100_000, stop=stop)
        timer.join()
        took = fake.took.replace(b"\x1b!?", b"").partition(b"\x1b!.")[0]
    assert told.trouble == "cancelled"
    assert 0 < told.uncertain < 100_000
    assert took.endswith(b"PRINT 1,1\r\n")


def test_a_printer_that_is_always_busy_is_not_waited_for_for_ever(
    printers: Printers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.printing.raw.LABEL_SECONDS", 0.1)
    with FakePrinter("tspl") as fake:
        fake.lies = True
        (told,) = sent(printers, fake, 3)
    assert (told.certain, told.uncertain) == (0, 3)
    assert told.trouble in ("stuck", "head-open")  # as it said last


def test_a_printer_that_is_off_prints_nothing_and_says_so_before_anything_is_sent(printers: Printers) -> None:
    with FakePrinter() as fake:
        pass
    with pytest.raises(PeerFailed) as refused:
        sent(printers, fake, 1)
    assert refused.value.code == "printer-unreachable"
    assert printers.status(Target("raw", fake.address, "zpl")).state == "off"


def test_the_status_names_the_model_and_what_is_wrong(printers: Printers) -> None:
    for language, model in (("zpl", "ZD421-203dpi"), ("tspl", "TE210"), ("epl", "UKQ1935HLU  V4.29")):
        with FakePrinter(language) as fake:
            assert (told := printers.status(Target("raw", fake.address, language))).state == "ready"
            assert told.model == model
            fake.paper = 0
            told = printers.status(Target("raw", fake.address, language))
            assert (told.state, told.troubles) == ("waiting", ("out-of-paper",))


# --- IPP ---


def test_over_ipp_completed_is_certain_of_a_printer_but_not_of_a_queue(printers: Printers) -> None:
    with FakeIpp() as fake:
        assert sent(printers, fake, 3) == [Sent(0, 3, 3, 0)]
        assert fake.documents == [LABEL["pdf"] * 3]
        assert b"print-scaling" in fake.attributes
    with FakeIpp(cups=True) as fake:
        assert sent(printers, fake, 3) == [Sent(0, 3, 0, 3)]


def test_an_ipp_job_that_stops_is_withdrawn_with_its_reason(printers: Printers) -> None:
    with FakeIpp(states=(6,), reasons=("media-empty-error",)) as fake:
        assert sent(printers, fake, 3) == [Sent(0, 3, 0, 3, "out-of-paper")]
        assert fake.cancelled == [7]
    with FakeIpp(states=(3,)) as fake:
        assert sent(printers, fake, 3) == [Sent(0, 3, 0, 0, "stuck")]  # it had not begun, and is gone
    with FakeIpp() as fake:
        fake.status = 0x040A
        assert sent(printers, fake, 3) == [Sent(0, 3, 0, 0, "refused-job")]


def test_an_ipp_printer_that_hangs_while_it_is_sent_to_is_given_up(
    printers: Printers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.printing.ipp.UPLOAD_SECONDS", 0.5)
    began = time.monotonic()
    with FakeIpp() as fake:
        fake.hangs.set()
        assert sent(printers, fake, 2_000_000) == [Sent(0, 2_000_000, 0, 2_000_000, "broken-off")]
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "garbage", [b"<html>", b"\x01\x01\0\0\0\0\0\1\x04\x44\xff\xff", b"\x01\x01\0\0\0\0\0\1"]
)
def test_what_is_no_ipp_is_a_printer_that_does_not_answer(printers: Printers, garbage: bytes) -> None:
    with FakeIpp() as fake:
        fake.garbage = garbage
        assert printers.status(Target("ipp", fake.address, "pdf")).state == "silent"
        with pytest.raises(PeerFailed):
            sent(printers, fake, 1)
    with pytest.raises(ValueError):
        answer(garbage)


# --- addresses ---


@pytest.mark.parametrize(
    ("named", "asked", "allowed"),
    [
        ("192.168.10.0/24", "192.168.10.7", True),
        ("192.168.10.0/24", "192.168.11.7", False),
        ("192.168.10.0/24", "::ffff:192.168.10.7", True),
        ("private", "10.1.2.3", True),
        ("private", "127.0.0.1", False),
        ("private", "8.8.8.8", False),
        ("0.0.0.0/0", "169.254.169.254", False),
        ("0.0.0.0/0", "224.0.0.1", False),
        ("::/0", "fe80::1", False),
        ("::/0", "::ffff:169.254.169.254", False),
        ("::/0", "64:ff9b::a9fe:a9fe", False),
    ],
)
def test_printers_are_where_the_operator_said_and_never_where_clouds_keep_secrets(
    named: str, asked: str, *, allowed: bool
) -> None:
    assert Guard(networks_of([named])).may_be_asked(ipaddress.ip_address(asked)) is allowed


@pytest.mark.parametrize("connection", ["raw", "ipp"])
def test_a_name_that_leads_elsewhere_the_second_time_is_not_followed(connection: str) -> None:
    answers = iter(["192.168.1.5", "169.254.169.254", "127.0.0.1", "127.0.0.1"])
    printers = Printers(networks_of(["192.168.0.0/16"]), look=lambda _host, _port: [next(answers)] * 2)
    target = Target(
        connection, address(connection, {"raw": "p.example", "ipp": "ipp://p.example/"}[connection]), "zpl"
    )
    if connection == "raw":
        next(answers)
    assert printers.status(target).state == "refused"
    printers.close()


@pytest.mark.parametrize(
    "target",
    [
        Target("raw", "127.0.0.1:22", "zpl"),
        Target("ipp", "ipp://127.0.0.1:25/", "pdf"),
        Target("raw", "127.0.0.1:9100", "zpl"),
    ],
)
def test_other_ports_and_networks_are_refused_before_anything_is_opened(target: Target) -> None:
    printers = Printers(networks_of(["127.0.0.0/8" if target.address != "127.0.0.1:9100" else "10.0.0.0/8"]))
    assert printers.status(target).state == "refused"
    with pytest.raises(Refused) as refused:
        list(printers.send(target, [Chunk(b"x", 1)], lambda: False))
    assert refused.value.code == "printer-address-refused"
    printers.close()


def test_a_network_that_is_none_is_named_at_the_start() -> None:
    with pytest.raises(ValueError, match=r"PRINTER_NETWORKS names '10\.0\.0\.1/8'"):
        networks_of(["10.0.0.1/8"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "host:0",
        "host:99999",
        "me@host",
        "http://h:631/",
        "ipp://me@h/",
        "ipp://h/?q",
        "ipp://h/\r\nX",
        "h\n:9100",
    ],
)
def test_what_is_no_address_of_a_printer_is_refused(text: str) -> None:
    for connection in ("raw", "ipp"):
        with pytest.raises(Malformed):
            address(connection, text)
