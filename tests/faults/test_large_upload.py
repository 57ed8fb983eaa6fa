"""A hundred megabytes sent to a running server: refused in words, to whoever sends them, without holding them in memory."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.processes import descendants
from tests.support.server import Server

SENT = 100 * 1024 * 1024
PIECE = b"\0" * 65_536
MOST_MORE = 60  # MB that the server may grow by


def post(port: int, path: str, language: str) -> tuple[int, str]:
    """Sends all of it like a browser, which reads the answer only when it has sent everything."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Language: {language}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nConnection: close\r\n"
        f"Content-Length: {SENT}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head.encode())
        for _ in range(SENT // len(PIECE)):
            connection.sendall(PIECE)
        answer = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
    return int(answer.split()[1]), answer


def megabytes(server: Server) -> int:
    """Of the server and its workers together."""
    assert server.process
    pids = [server.process.pid, *descendants(server.process.pid)]
    texts = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
    return sum(int(text.partition("VmRSS:")[2].split()[0]) for text in texts) // 1024


@pytest.mark.parametrize("path", ["/api/v1/photos", "/sign-in"])
def test_a_hundred_megabytes_are_refused_in_words(start_server: Callable[..., Server], path: str) -> None:
    server = start_server()
    before = megabytes(server)
    for language, word in (("en", "larger than 20 MB"), ("zh-CN", "20 MB")):
        status, answer = post(server.port, path, language)
        assert status == 413
        assert word in answer
    assert megabytes(server) < before + MOST_MORE
