"""One TCP connection to a printer on which nothing ever blocks for ever: every wait is a `select` with an end."""

import errno
import select
import socket
import time
from collections.abc import Callable, Sequence

PIECE = 16_384
STEP = 0.2  # s between looks at whether somebody cancelled
IMPATIENCE = 1.0  # s that a printer which takes nothing is waited for after that
MOST_ANSWER = 4_096


class WireError(Exception):
    """`code` is one of `domain.printers.TROUBLES`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Wire:
    """Opened to the first of `addresses` that answers; OSError when none does within `seconds`."""

    def __init__(self, addresses: Sequence[str], port: int, seconds: float) -> None:
        self._socket = _connected(addresses, port, time.monotonic() + seconds)
        self._socket.setblocking(False)

    def close(self) -> None:
        """What was written is still delivered: the printer is told that nothing more comes, and has a moment for it."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
            until = time.monotonic() + 1.0
            while (
                (left := until - time.monotonic()) > 0 and self._readable(left) and self._socket.recv(PIECE)
            ):
                pass
        except OSError:
            pass
        self._socket.close()

    def write(self, data: bytes, patience: float, cancelled: Callable[[], bool]) -> "Written":
        """As much of `data` as the printer takes; stops after `patience` seconds without a byte taken, or one second
        when somebody cancelled: what is begun is better ended, for a printer may wait for the rest of a picture."""
        view, done, moved = memoryview(data), 0, time.monotonic()
        while done < len(data):
            waited = time.monotonic() - moved
            if waited > patience:
                return Written(done, "stuck")
            if waited > IMPATIENCE and cancelled():
                return Written(done, "cancelled")
            if not select.select([], [self._socket], [], min(STEP, patience))[1]:
                continue
            try:
                taken = self._socket.send(view[done : done + PIECE])
            except BlockingIOError:
                continue
            except OSError:
                return Written(done, "broken-off")
            done, moved = done + taken, time.monotonic()
        return Written(done)

    def delivered(self, patience: float, cancelled: Callable[[], bool]) -> str:
        """Waits until the other side has acknowledged every byte; '' or the trouble."""
        waiting, moved = self._unacknowledged(), time.monotonic()
        while waiting:
            if cancelled():
                return "cancelled"
            if time.monotonic() - moved > patience:
                return "stuck"
            try:
                self.pause(0.05)
            except WireError as error:
                return error.code
            if (now := self._unacknowledged()) != waiting:
                waiting, moved = now, time.monotonic()
        return ""

    def ask(self, question: bytes, complete: Callable[[bytes], bool], seconds: float) -> bytes:
        """The answer, as far as it came in time. WireError `broken-off` when the connection ended."""
        until = time.monotonic() + seconds
        self._forget()
        written = self.write(question, seconds, lambda: False)
        if written.trouble == "stuck" and not written.bytes:
            return b""  # its memory is full: it cannot be asked anything now
        if written.trouble:
            raise WireError(written.trouble)
        answer = b""
        while (left := until - time.monotonic()) > 0 and len(answer) < MOST_ANSWER:
            if not self._readable(left):
                break
            answer += self._received()
            if complete(answer):
                break
        return answer

    def pause(self, seconds: float) -> None:
        """Ends early, with WireError `broken-off`, when the printer hangs up."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._readable(left):
                self._received()

    def _forget(self) -> None:
        """Late answers to earlier questions."""
        while self._readable(0):
            self._received()

    def _received(self) -> bytes:
        try:
            piece = self._socket.recv(MOST_ANSWER)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise WireError("broken-off") from error
        if not piece:
            raise WireError("broken-off")
        return piece

    def _readable(self, seconds: float) -> bool:
        return bool(select.select([self._socket], [], [], max(seconds, 0))[0])

    def _unacknowledged(self) -> int:
        """Bytes on their way (Linux: SIOCOUTQ); 0 where the system does not tell."""
        try:
            import fcntl
            import struct
            import termios

            told = fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
            return int(struct.unpack("i", told)[0])
        except (ImportError, AttributeError, OSError):
            return 0


class Written:
    """How many bytes the system took, and why no more."""

    __slots__ = ("bytes", "trouble")

    def __init__(self, count: int, trouble: str = "") -> None:
        self.bytes = count
        self.trouble = trouble


def _connected(addresses: Sequence[str], port: int, until: float) -> socket.socket:
    failure: OSError = OSError(errno.ETIMEDOUT, "no time left")
    for address in addresses:
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            found = socket.create_connection((address, port), timeout=left)
        except OSError as error:
            failure = error
        else:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            # A small buffer of our own, so that what the printer has not taken is still ours to hold back.
            found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * PIECE)
            return found
    raise failure
