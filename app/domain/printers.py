"""Printers as the house speaks of them: where one is, what state it is in, what of a run came out. Reaches none."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from app.errors import N_, Malformed

RAW, IPP, DOWNLOAD = "raw", "ipp", "download"
CONNECTIONS = {
    RAW: N_("Network, port 9100"),
    IPP: N_("IPP or CUPS"),
    DOWNLOAD: N_("Files to download only"),
}
LANGUAGES = {
    "zpl": "ZPL II (Zebra …)",
    "tspl": "TSPL (TSC …)",
    "epl": "EPL2 (Eltron, Zebra …)",
    "pdf": "PDF",
}
RAW_PORT, IPP_PORT = 9100, 631
RAW_PORTS = frozenset(range(9100, 9110))
IPP_PORTS = frozenset({IPP_PORT, 443, 8631})
LONGEST_ADDRESS = 300

READY, PRINTING, WAITING, OFF, SILENT, REFUSED = "ready", "printing", "waiting", "off", "silent", "refused"
STATES = {
    READY: N_("Ready"),
    PRINTING: N_("Printing"),
    WAITING: N_("Needs somebody"),
    OFF: N_("Cannot be reached"),
    SILENT: N_("Does not answer"),
    REFUSED: N_("Address not allowed"),
}
# What a printer, or the way to it, may have to complain of.
CANCELLED = "cancelled"
TROUBLES = {
    "out-of-paper": N_("There is no paper or label stock in it."),
    "out-of-ribbon": N_("The ribbon is used up."),
    "head-open": N_("Its head or lid is open."),
    "paused": N_("It is paused."),
    "jam": N_("Paper is jammed."),
    "cutter-fault": N_("Its cutter is stuck."),
    "too-hot": N_("It is too hot and has to cool down."),
    "too-cold": N_("It is too cold."),
    "buffer-full": N_("Its memory is full."),
    "printer-error": N_("It reports an error; look at its display."),
    "refused-job": N_("It does not take what was sent."),
    "stopped-queue": N_("Its queue is stopped."),
    "unreachable": N_("Nobody answers at its address."),
    "address-refused": N_("This node may not print to its address."),
    "silent": N_("It does not say whether it prints."),
    "stuck": N_("It takes nothing any more."),
    "broken-off": N_("It closed the connection in the middle."),
    CANCELLED: N_("Somebody cancelled."),
}
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~%-]{1,100}){0,8}/?")


@dataclass(frozen=True, slots=True)
class Target:
    """Where labels go: `host:port` for raw, `ipp://host:port/path` or `ipps://…` for IPP; `language` of LANGUAGES."""

    connection: str
    address: str
    language: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some labels of a run as the printer takes them; can be sent alone, and again."""

    data: bytes
    labels: int
    name: str = "labels"  # of the job in an IPP queue


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of chunk `index`. `certain` labels came out, as the printer itself says; `uncertain` came out, or may
    come out yet, and nobody can tell; the rest certainly did not. With a `trouble` it is the last one."""

    index: int
    labels: int
    certain: int
    uncertain: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """`troubles` are codes of TROUBLES; `waiting` how many labels or jobs it still has, None where it does not say."""

    state: str
    troubles: tuple[str, ...] = ()
    model: str = ""
    waiting: int | None = None


class Printing(Protocol):
    """The way to printers, handed in where the network is out of bounds. For all threads of a process."""

    def status(self, target: Target) -> Status:
        """Within some seconds, whatever the printer does. Never raises."""

    def send(
        self,
        target: Target,
        chunks: Iterable[Chunk],
        cancelled: Callable[[], bool],
        patience: float = 120.0,
    ) -> Iterator[Sent]:
        """One `Sent` a chunk, in order. Raises TraceError only before the first byte: then nothing was printed.
        Gives up after `patience` seconds in which nothing moved."""


def address(connection: str, text: str) -> str:
    """The address in its one spelling, '' for downloads. Raises Malformed `bad-printer-address`."""
    text = text.strip()
    if connection == DOWNLOAD:
        return ""
    plain = text.isascii() and text.isprintable()
    found = (_raw(text) if connection == RAW else _ipp(text)) if plain else ""
    if not found or len(found) > LONGEST_ADDRESS:
        raise Malformed(
            "bad-printer-address",
            N_("“{address}” is no address of a printer."),
            N_("Write {example}."),
            address=text[:100],
            example="192.168.1.50:9100" if connection == RAW else "ipp://192.168.1.50:631/ipp/print",
            field="address",
        )
    return found


def host_and_port(text: str) -> tuple[str, int]:
    """Of a raw address as `address` spells it."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def web_address(uri: str) -> str:
    """The http or https address that IPP is spoken at (RFC 8010 section 4)."""
    parts = urlsplit(uri)
    return f"{'https' if parts.scheme == 'ipps' else 'http'}://{parts.netloc}{parts.path or '/'}"


def _raw(text: str) -> str:
    text = text.removeprefix("socket://").removesuffix("/")
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host, port = text, str(RAW_PORT)
    return _place(host, port)


def _ipp(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port or IPP_PORT
    except ValueError:
        return ""
    plain = parts.scheme in ("ipp", "ipps") and not parts.query and not parts.fragment
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    if not plain or "@" in parts.netloc or not _PATH.fullmatch(parts.path):
        return ""
    place = _place(host, str(port))
    return f"{parts.scheme}://{place}{parts.path or '/'}" if place else ""


def _place(host: str, port: str) -> str:
    sound = _HOST.fullmatch(host) and port.isascii() and port.isdecimal() and 0 < int(port[:6]) < 65_536
    return f"{host.lower()}:{int(port)}" if sound else ""
