"""Printers on loopback: one that works, and those that are out of paper, hang, lie, say nothing or hang up."""

import re
import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from app.printing import ipp_messages as ipp


class FakePrinter:
    """A thermal printer at 127.0.0.1:`port`. `speed` labels a look at it; `paper` labels until there is none left."""

    def __init__(
        self, language: str = "zpl", *, paper: int = 10_000, speed: int = 10_000, answers: bool = True
    ) -> None:
        self.language = language
        self.paper, self.speed, self.answers = paper, speed, answers
        self.quiet_without_paper = False  # as Zebra documents ~HS
        self.hangs_after = -1  # bytes taken
        self.closes_after = -1
        self.babbles = False
        self.lies = False  # says now this and now that, and never that it is done
        self.pace = 0.0  # s for each piece it takes
        self.took = b""
        self.printed = 0
        self.dropped = 0
        self._waiting = self._told = 0
        self._done = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.05)
        self.port: int = self._server.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve, daemon=True)]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(5)
        self._server.close()

    def _serve(self) -> None:
        while not self._done.is_set():
            try:
                connection, _ = self._server.accept()
            except TimeoutError:
                continue
            with connection:
                self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        connection.settimeout(0.02)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
        pending = b""
        while not self._done.is_set():
            if 0 <= self.hangs_after <= len(self.took):
                self._done.wait(0.02)
                continue
            if 0 <= self.closes_after <= len(self.took):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            try:
                self._done.wait(self.pace)
                piece = connection.recv(2_000)
            except TimeoutError:
                self._print()
                continue
            except OSError:
                return
            if not piece:
                return
            self.took += piece
            pending = self._understood(connection, pending + piece)

    def _understood(self, connection: socket.socket, data: bytes) -> bytes:
        """Takes whole labels and questions out of what came; what is left is the beginning of something."""
        while found := WORDS[self.language].search(data):
            data = data[found.end() :]
            self._hear(connection, found[0])
        return data[-20:] if b"\x1b" not in data[-3:] else data[-3:]

    def _hear(self, connection: socket.socket, word: bytes) -> None:
        if word in (b"^XZ", b"PRINT 1,1", b"P1\n"):
            self._waiting += 1
        elif word.startswith(b"^ID"):
            return  # a format that prints nothing
        elif word in (b"~JA", b"\x1b!."):
            self.dropped, self._waiting = self.dropped + self._waiting, 0
        elif self.babbles:
            connection.sendall(b"\x02" + b"9," * 1_500)
        elif self.answers:
            self._print()
            connection.sendall(self._answer(word))

    def _print(self) -> None:
        count = min(self._waiting, self.speed, self.paper)
        self.printed, self.paper, self._waiting = (
            self.printed + count,
            self.paper - count,
            self._waiting - count,
        )

    def _answer(self, word: bytes) -> bytes:
        empty = self.paper == 0
        match word:
            case b"~HS" if empty and self.quiet_without_paper:
                return b""
            case b"~HS":
                return (
                    b"\x02030,%d,0,0296,%03d,0,0,0,000,0,0,0\x03\r\n" % (empty, self._waiting)
                    + b"\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
                )
            case b"~HQES":
                return (
                    b"\x02\r\n  PRINTER STATUS\r\n   ERRORS:         %d 00000000 0000000%d\r\n"
                    % (empty, empty)
                    + b"   WARNINGS:       0 00000000 00000000\r\n\x03"
                )
            case b"~HI":
                return b"\x02ZD421-203dpi,V93.21.17Z,8,8192KB\x03\r\n"
            case b"\x1b!?":
                self._told += 1
                busy = self._waiting > 0 or (self.lies and self.printed > 0)
                return bytes([4 * empty | (0x20 << (self.lies and self._told % 2)) * busy])
            case b"~!T":
                return b"TE210\r\n"
            case b"^ee":
                return b"07\r\n" if empty else b"00\r\n"
            case _:
                return b"UKQ1935HLU  V4.29\r\nS4 D08\r\n"


WORDS = {
    "zpl": re.compile(rb"\^IDR:SY\*\.GRF\^FS\^XZ|\^XZ|~JA|~HS|~HQES|~HI"),
    "tspl": re.compile(rb"PRINT 1,1|\x1b!\.|\x1b!\?|~!T"),
    "epl": re.compile(rb"P1\n|\^ee|UQ"),
    "pdf": re.compile(rb"%%EOF"),
}


class FakeIpp:
    """A printer (or queue of CUPS) that speaks IPP. `states` are those that a job goes through, one a question."""

    def __init__(
        self, *, cups: bool = False, states: tuple[int, ...] = (5, 9), reasons: tuple[str, ...] = ("none",)
    ) -> None:
        self.cups, self.states, self.reasons = cups, list(states), reasons
        self.formats = ["application/pdf", "application/octet-stream"]
        self.documents: list[bytes] = []
        self.cancelled: list[int] = []
        self.status = 0
        self.attributes = b""
        self.garbage = b""
        self.hangs = threading.Event()  # set: takes no documents, and answers to nothing that has one
        self.ends = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                if fake.hangs.is_set() and int(self.headers["Content-Length"]) > 1_000:
                    fake.ends.wait(20)
                    return
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told = fake.garbage or fake.answer(body)
                self.send_response(200)
                self.send_header("Content-Type", "application/ipp")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        return f"ipp://127.0.0.1:{self.port}/ipp/print"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    def answer(self, body: bytes) -> bytes:
        operation = int.from_bytes(body[2:4], "big")
        said: dict[int, Callable[[], list[Any]]] = {
            ipp.PRINTER_ATTRIBUTES: self._printer,
            ipp.PRINT_JOB: lambda: [(ipp.JOB, [(ipp.INTEGER, "job-id", [7]), (ipp.ENUM, "job-state", [3])])],
            ipp.JOB_ATTRIBUTES: lambda: [(ipp.JOB, [(ipp.ENUM, "job-state", [self._next()])])],
            ipp.CANCEL_JOB: list,
        }
        if operation == ipp.PRINT_JOB:
            head, _, document = body.partition(b"\x03%PDF")
            self.attributes = head
            self.documents.append(b"%PDF" + document if document else body[body.rindex(b"\x03") + 1 :])
        if operation == ipp.CANCEL_JOB:
            self.cancelled.append(7)
        parts = [struct.pack(">BBHI", 1, 1, self.status if operation == ipp.PRINT_JOB else 0, 1), b"\x01"]
        for tag, attributes in said[operation]():
            parts += [bytes([tag]), *(ipp._attribute(*each) for each in attributes)]
        return b"".join([*parts, b"\x03"])

    def _next(self) -> int:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def _printer(self) -> list[Any]:
        stopped = self.reasons != ("none",)
        attributes = [
            (ipp.ENUM, "printer-state", [5 if stopped else 3]),
            (ipp.KEYWORD, "printer-state-reasons", list(self.reasons)),
            (0x41, "printer-make-and-model", ["Laser 1000"]),
            (ipp.BOOLEAN, "printer-is-accepting-jobs", [True]),
            (ipp.INTEGER, "queued-job-count", [0]),
            (ipp.MEDIA_TYPE, "document-format-supported", self.formats),
            (ipp.KEYWORD, "print-scaling-supported", ["auto", "none"]),
        ]
        return [(ipp.PRINTER, attributes + ([(0x41, "cups-version", ["2.4.2"])] if self.cups else []))]
