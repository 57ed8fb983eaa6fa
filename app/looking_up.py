"""Addresses of hosts, looked up by the system with a deadline of our own, and remembered for a short while.

The system's resolver knows no deadline: a name whose servers say nothing holds a thread for half a minute. Whoever may
make us ask for names may make up any number of them, so those of one domain never hold more than a part of the threads.
"""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate

Look = Callable[[str, int], list[str]]

THREADS = 8
MOST_OF_ONE = 3  # names of one domain at the same time
DOMAIN = 2  # labels: id.example and its like
REMEMBERED_SECONDS = 30.0  # each address is judged anew whenever it is asked, and asked as it was judged
MOST_REMEMBERED = 1_000


class Names:
    """For all threads of a process. Nothing is opened before the first question."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._guard = threading.Lock()
        self._known: OrderedDict[tuple[str, int], tuple[float, list[str]]] = OrderedDict()
        self._under_way: dict[tuple[str, int], Future[list[str]]] = {}
        self._of_domain: Counter[str] = Counter()
        self._threads: ThreadPoolExecutor | None = None

    def addresses(self, host: str, port: int, seconds: float) -> list[str]:
        """TimeoutError when it takes longer, or when too many names of the domain are being looked up already; OSError
        and UnicodeError as the system raises."""
        name = host.lower().rstrip("."), port
        known = self._known.get(name)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        try:
            return self._begun(name, host).result(max(seconds, 0.0))
        except TooLate as error:
            raise TimeoutError(host) from error

    def close(self) -> None:
        with self._guard:
            threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False, cancel_futures=True)

    def _begun(self, name: tuple[str, int], host: str) -> "Future[list[str]]":
        """Equal questions that are asked at the same time are one."""
        domain = ".".join(name[0].split(".")[-DOMAIN:])
        with self._guard:
            if (under_way := self._under_way.get(name)) is not None:
                return under_way
            if self._of_domain[domain] >= MOST_OF_ONE:
                raise TimeoutError(host)
            if self._threads is None:
                self._threads = ThreadPoolExecutor(THREADS, "suyuan-names")
            self._of_domain[domain] += 1
            begun = self._under_way[name] = self._threads.submit(self._look, host, name[1])
        begun.add_done_callback(lambda done: self._ended(name, domain, done))
        return begun

    def _ended(self, name: tuple[str, int], domain: str, done: "Future[list[str]]") -> None:
        with self._guard:
            self._under_way.pop(name, None)
            self._of_domain[domain] -= 1
            if not self._of_domain[domain]:
                del self._of_domain[domain]
            if done.cancelled() or done.exception() is not None or not done.result():
                return
            self._known.pop(name, None)
            self._known[name] = time.monotonic() + REMEMBERED_SECONDS, done.result()
            if len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
