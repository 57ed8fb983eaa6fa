"""`python -m app.native`: serves until it is told to stop. Started by `./dev serve` where HANDLE_PORT names a port."""

import argparse
import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from app.domain.handles.wire import Envelope
from app.native import answering
from app.native.asking import WebProcess
from app.native.server import busy, open_sockets

THREADS = 8  # that ask the web process
MOST_WAITING = 64  # requests beyond which a client hears that we are busy


def replying(
    web: answering.Web, pool: ThreadPoolExecutor
) -> Callable[[Envelope, bytes, str], Awaitable[bytes]]:
    """Replies made in the pool's threads; at once where too many wait."""
    waiting = 0

    async def reply(envelope: Envelope, message: bytes, client: str) -> bytes:
        nonlocal waiting
        if waiting >= MOST_WAITING:
            return busy(envelope)
        waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(pool, answering.reply, web, envelope, message, client)
        finally:
            waiting -= 1

    return reply


async def serve(host: str, port: int, web: answering.Web) -> None:
    """Until SIGTERM or SIGINT."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, ending.set)
    with ThreadPoolExecutor(THREADS) as pool:
        server, transport, _ = await open_sockets(host, port, replying(web, pool))
        await ending.wait()
        server.close()
        transport.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m app.native", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ask", required=True, help="where the web process listens, http://127.0.0.1:8000")
    parser.add_argument("--pin", default="", help="SHA-256 of its certificate, in hexadecimal")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    web = WebProcess(arguments.ask, arguments.pin, os.environ.get("NATIVE_SECRET", ""))
    asyncio.run(serve(arguments.host, arguments.port, web))


if __name__ == "__main__":
    main()
