"""A load generator light enough to sit beside the server: raw sockets, one connection and one thread a client.

Run as a process of its own (`python -m bench._load`): a job as JSON on stdin, the times of all answers on stdout.
"""

import json
import secrets
import socket
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any


class Client:
    """`bodies` are JSON texts with the words NONCE and TIME in them; each turn sends the next one."""

    def __init__(self, port: int, path: str, headers: str, bodies: list[str]) -> None:
        self.port, self.path, self.headers, self.bodies = port, path, headers, bodies
        self.took: list[float] = []
        self.wrong: list[str] = []

    def run(self, start: threading.Barrier, seconds: float) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            start.wait()
            end = time.perf_counter() + seconds
            turn = 0
            while time.perf_counter() < end:
                body = self.bodies[turn % len(self.bodies)]
                turn += 1
                self._one(connection, body)

    def _one(self, connection: socket.socket, body: str) -> None:
        body = body.replace("NONCE", secrets.token_hex(12)).replace("TIME", datetime.now(UTC).isoformat())
        lines = (f"POST {self.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Content-Length: {len(body)}")
        head = "\r\n".join(lines) + f"\r\n{self.headers}\r\n"
        began = time.perf_counter()
        connection.sendall(f"{head}{body}".encode())
        answer = _answer(connection)
        self.took.append(time.perf_counter() - began)
        if b'"verdict":"green"' not in answer and len(self.wrong) < 3:
            self.wrong.append(answer.decode(errors="replace")[-600:])


def _answer(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _received(connection)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(rest) < length:
        rest += _received(connection)
    return rest


def _received(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise ConnectionError("the server closed the connection")
    return part


def main() -> None:
    job: dict[str, Any] = json.load(sys.stdin)
    clients = [Client(job["port"], job["path"], one["headers"], one["bodies"]) for one in job["clients"]]
    start = threading.Barrier(len(clients))
    threads = [threading.Thread(target=client.run, args=(start, job["seconds"])) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = [seconds for client in clients for seconds in client.took]
    json.dump({"took": took, "wrong": [text for client in clients for text in client.wrong]}, sys.stdout)


if __name__ == "__main__":
    main()
