"""The way to printers: raw TCP or IPP, never blocking for ever, honest about what came out.

Everything that leaves this process for a printer goes through `Printers`, which connects only to addresses in the
networks that the operator has named.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.domain.printers import (
    IPP_PORTS,
    OFF,
    PRINTING,
    RAW,
    RAW_PORTS,
    READY,
    REFUSED,
    SILENT,
    WAITING,
    Chunk,
    Sent,
    Status,
    Target,
    host_and_port,
    web_address,
)
from app.errors import PeerFailed, Refused, TraceError
from app.fetching import Fetcher
from app.printing import ipp, raw
from app.printing.guard import Guard, Look, Network, networks_of, unreachable
from app.printing.talks import TALKS
from app.printing.wire import Wire, WireError

if TYPE_CHECKING:
    from app.settings import Settings

CONNECT_SECONDS = 3.0


class Printers:
    """`domain.printers.Printing`: for all threads of a process; nothing is opened before it is needed."""

    def __init__(
        self,
        networks: tuple[Network, ...],
        *,
        look: Look | None = None,
        raw_ports: frozenset[int] = RAW_PORTS,
        ipp_ports: frozenset[int] = IPP_PORTS,
    ) -> None:
        self._guard = Guard(networks, look)
        self._fetch = Fetcher(allow_private=True, look=self._guard.look)
        self._raw_ports = raw_ports
        self._ipp_ports = ipp_ports

    @classmethod
    def of(cls, settings: "Settings") -> "Printers":
        """ValueError for networks that are none."""
        return cls(networks_of(settings.printer_networks))

    def close(self) -> None:
        self._fetch.close()

    def status(self, target: Target) -> Status:
        """Within some 6 seconds, whatever the printer does. Never raises."""
        try:
            return self._raw_status(target) if target.connection == RAW else self._ipp_facts(target).status
        except Refused:
            return Status(REFUSED, ("address-refused",))
        except (TraceError, OSError):
            return Status(OFF, ("unreachable",))
        except ValueError:
            return Status(SILENT, ("silent",))
        except WireError as error:
            return Status(SILENT, (error.code,))

    def send(
        self,
        target: Target,
        chunks: Iterable[Chunk],
        cancelled: Callable[[], bool],
        patience: float = 120.0,
    ) -> Iterator[Sent]:
        """One `Sent` a chunk, in order; the one with a trouble is the last.

        Raises `printer-address-refused` or `printer-unreachable` before the first byte only: nothing was printed then.
        """
        if target.connection == RAW:
            with closing(self._wire(target)) as wire:
                yield from raw.printed(wire, TALKS.get(target.language), chunks, cancelled, patience)
            return
        try:
            known = self._ipp_facts(target)
        except ValueError as error:
            raise self._nobody(target) from error
        except PeerFailed as error:
            raise self._nobody(target) from error
        yield from ipp.printed(self._fetch, target, known, chunks, cancelled, patience)

    def _wire(self, target: Target) -> Wire:
        host, port = host_and_port(target.address)
        addresses = self._guard.addresses(host, port, self._raw_ports, CONNECT_SECONDS)
        try:
            return Wire(addresses, port, CONNECT_SECONDS)
        except OSError as error:
            raise unreachable(host, port) from error

    def _raw_status(self, target: Target) -> Status:
        with closing(self._wire(target)) as wire:
            talk = TALKS.get(target.language)
            if talk is None:
                return Status(SILENT, ("silent",))
            report = raw.asked(wire, talk)
            if report is None:
                return Status(SILENT, ("silent",))
            model = talk.model_of(wire.ask(talk.model, lambda told: b"\n" in told or b"\x03" in told, 0.5))
            state = WAITING if report.troubles else PRINTING if report.busy or report.waiting else READY
            return Status(state, report.troubles, model, report.waiting)

    def _ipp_facts(self, target: Target) -> ipp.Facts:
        parts = urlsplit(web_address(target.address))
        self._guard.addresses(parts.hostname or "", parts.port or 0, self._ipp_ports, CONNECT_SECONDS)
        return ipp.facts(self._fetch, target)

    @staticmethod
    def _nobody(target: Target) -> PeerFailed:
        parts = urlsplit(target.address)
        return unreachable(parts.hostname or "", parts.port or 0)
