"""The way to other nodes, against real hostile servers on loopback."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from app import looking_up
from app.domain.messages import Ask
from app.errors import PeerFailed, Refused, TraceError
from app.fetching import Fetcher, may_be_asked
from app.looking_up import Names

Told = Callable[[socket.socket], None]


@contextmanager
def server(tell: Told) -> Iterator[int]:
    """Tells every connection the same; the port it listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as ends:
        ending = threading.Event()
        ends.callback(ending.set)

        def one(connection: socket.socket) -> None:
            with connection:
                try:
                    connection.settimeout(10)
                    while connection.recv(65536):
                        tell(connection)
                except OSError:
                    pass

        def run() -> None:
            while not ending.is_set():
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)


def says(*pieces: bytes, pause: float = 0.0) -> Told:
    def tell(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)

    return tell


@pytest.fixture
def fetch() -> Iterator[Fetcher]:
    made = Fetcher(allow_private=True)
    yield made
    made.close()


def failure(fetch: Fetcher, url: str, **more: object) -> TraceError:
    with pytest.raises((PeerFailed, Refused)) as raised:
        fetch(Ask(url, **more))  # type: ignore[arg-type]
    return raised.value


def test_an_answer_comes_with_its_status_headers_and_address(fetch: Fetcher) -> None:
    with server(says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nX-Kind: a\r\n\r\nnone")) as port:
        told = fetch(Ask(f"http://127.0.0.1:{port}/x?y=1"))
    assert (told.status, told.body, told.header("x-kind"), told.address) == (404, b"none", "a", "127.0.0.1")
    assert 0 < told.seconds < 2


def test_connections_are_held_open_and_a_closed_one_is_opened_anew(fetch: Fetcher) -> None:
    seen: list[socket.socket] = []  # and not their ports, which a new connection may get again

    def tell(connection: socket.socket) -> None:
        if len(seen) >= 2 and connection is seen[0]:
            return  # shut already: this was on its way when it was
        seen.append(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        if len(seen) == 2:
            connection.shutdown(socket.SHUT_RDWR)

    with server(tell) as port:
        for _ in range(4):
            assert fetch(Ask(f"http://127.0.0.1:{port}/")).body == b"ok"
    assert seen[0] is seen[1] is not seen[2] is seen[3]


def test_a_redirect_is_an_answer_and_is_not_followed(fetch: Fetcher) -> None:
    elsewhere: list[str] = []
    with server(lambda _: elsewhere.append("asked")) as other:
        location = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{other}/\r\nContent-Length: 0\r\n\r\n"
        with server(says(location.encode())) as port:
            assert fetch(Ask(f"http://127.0.0.1:{port}/")).status == 302
    assert not elsewhere


def test_two_gigabytes_are_refused_by_their_announced_length(fetch: Fetcher) -> None:
    with server(says(b"HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n" + b"x" * 1000)) as port:
        assert failure(fetch, f"http://127.0.0.1:{port}/").code == "peer-too-large"


@pytest.mark.parametrize("headers", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_an_endless_answer_is_given_up_at_the_limit(fetch: Fetcher, headers: bytes) -> None:
    sent = [0]

    def tell(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n")
        piece = b"x" * 65536
        while True:
            connection.sendall(b"10000\r\n" + piece + b"\r\n" if headers else piece)
            sent[0] += len(piece)

    with server(tell) as port:
        assert failure(fetch, f"http://127.0.0.1:{port}/", most_bytes=200_000).code == "peer-too-large"
    assert sent[0] < 20_000_000


LINES = {
    "length of a chunk": b"Transfer-Encoding: chunked\r\n\r\n",
    "chunk's extension": b"Transfer-Encoding: chunked\r\n\r\n1;",
    "trailer": b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ",
    "answers that go on": b"",
}


@pytest.mark.parametrize("start", LINES.values(), ids=list(LINES))
def test_an_endless_line_beside_the_body_is_given_up_as_well(fetch: Fetcher, start: bytes) -> None:
    sent = [0]

    def tell(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + start if start else b"")
        piece = b"0" * 65536 if start else b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * 2_000
        while True:
            connection.sendall(piece)
            sent[0] += len(piece)

    with server(tell) as port:
        error = failure(fetch, f"http://127.0.0.1:{port}/", most_bytes=200_000)
    assert error.code == ("peer-unreachable" if start else "peer-too-large"), "never too slow"
    assert sent[0] < 20_000_000


DRIPS = {
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
    "header": (b"HTTP/1.1 200 OK\r\nX-A: ", b"x"),
    "status line": (b"HTTP/1.1 ", b"2"),
    "chunk length": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "always continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "nothing": (b"", b""),
}


@pytest.mark.parametrize("place", DRIPS)
def test_one_byte_at_a_time_is_too_slow_however_steadily_it_comes(fetch: Fetcher, place: str) -> None:
    begin, drop = DRIPS[place]
    with server(says(begin, *[drop] * 200, pause=0.05)) as port:
        assert failure(fetch, f"http://127.0.0.1:{port}/", seconds=0.4).code == "peer-too-slow"


def test_who_does_not_take_the_question_either_is_too_slow(fetch: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        found = failure(
            fetch, f"http://127.0.0.1:{port}/", method="POST", body=b"x" * 20_000_000, seconds=0.4
        )
    assert found.code == "peer-too-slow"


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 5000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"y" * 200_000 + b"\r\n\r\n",
        b"",
    ],
)
def test_whatever_is_no_answer_is_an_unreachable_node(fetch: Fetcher, answer: bytes) -> None:
    def tell(connection: socket.socket) -> None:
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_RDWR)

    with server(tell) as port:
        assert failure(fetch, f"http://127.0.0.1:{port}/").code == "peer-unreachable"


def test_compressed_is_not_unpacked(fetch: Fetcher) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n"
    with server(says(head + b"\x1f\x8b\x08")) as port:
        assert fetch(Ask(f"http://127.0.0.1:{port}/")).body == b"\x1f\x8b\x08"


def test_nobody_there_is_unreachable(fetch: Fetcher) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert failure(fetch, f"http://127.0.0.1:{bound.getsockname()[1]}/").code == "peer-unreachable"


# --- which addresses ---

PRIVATE = (
    "127.0.0.1 127.9.9.9 10.1.2.3 172.16.0.1 192.168.1.1 100.64.0.1 ::1 fd00::1 fec0::1 ::ffff:10.0.0.1 "
    "::ffff:127.0.0.1 2002:7f00:1:: 64:ff9b::7f00:1 ::7f00:1 64:ff9b::a00:1 3fff::1 5f00::1"
).split()
NEVER = (
    "0.0.0.0 0.1.2.3 :: 169.254.169.254 ::ffff:169.254.169.254 fe80::1 224.0.0.1 239.1.1.1 ff02::1 240.0.0.1 "
    "255.255.255.255 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe:: ::ffff:0.0.0.0 64:ff9b:1::a00:1"
).split()
PUBLIC = "36.112.25.8 1.1.1.1 2400:3200::1 ::ffff:1.1.1.1 64:ff9b::101:101".split()


@pytest.mark.parametrize("text", [*PRIVATE, *NEVER])
def test_no_address_behind_the_firewall_may_be_asked(text: str) -> None:
    assert not may_be_asked(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_may_be_asked(text: str) -> None:
    assert may_be_asked(ipaddress.ip_address(text))


def test_a_network_of_ones_own_may_be_private_but_never_link_local() -> None:
    assert all(may_be_asked(ipaddress.ip_address(text), allow_private=True) for text in PRIVATE)
    assert not any(may_be_asked(ipaddress.ip_address(text), allow_private=True) for text in NEVER)


@pytest.mark.parametrize(
    "url",
    [
        *(f"http://{host}/" for host in ("127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "0.0.0.0", "localhost")),
        *("http://127.0.0.1:22/", "http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://[::ffff:7f00:1]/"),  # as the system reads numbers
        *("file:///etc/passwd", "gopher://1.1.1.1/", "ftp://1.1.1.1/", "//1.1.1.1/", "http://", "http:///x", "x"),
        *("http://u:p@1.1.1.1/", "http://1.1.1.1:99999/", "http://1.1.1.1:0/", "http://1.1.1.1 /", "http://[1/"),
        *("http://1.1.1.1/\r\nX: y", "http://1.1.1.1\\@127.0.0.1/", "http://１２７.0.0.1/", "http://1.1.1.1/é"),
    ],
)  # fmt: skip
def test_what_a_stranger_may_not_make_us_ask_is_refused(url: str) -> None:
    fetch = Fetcher(look=lambda _host, _port: ["127.0.0.1"])
    assert failure(fetch, url).code == "address-refused"
    fetch.close()


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    fetch = Fetcher(look=lambda _host, _port: ["1.1.1.1", "192.168.0.1"])
    assert failure(fetch, "http://rebinding.test/").code == "address-refused"
    fetch.close()


def test_a_name_that_changes_its_address_is_connected_where_it_was_checked() -> None:
    """DNS rebinding: the second look would tell another address, so there is none."""
    looks: list[str] = []

    def look(host: str, _port: int) -> list[str]:
        looks.append(host)
        return ["127.0.0.1"]

    hosts: list[bytes] = []

    def tell(connection: socket.socket) -> None:
        hosts.append(b"")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    fetch = Fetcher(allow_private=True, look=look)
    with server(tell) as port:
        assert fetch(Ask(f"http://node.test:{port}/")).address == "127.0.0.1"
    fetch.close()
    assert looks == ["node.test"]
    assert len(hosts) == 1


def test_a_name_server_that_does_not_answer_costs_no_more_than_the_deadline() -> None:
    ending = threading.Event()

    def look(_host: str, _port: int) -> list[str]:
        ending.wait()  # whoever waits for it waits for ever
        return []

    fetch = Fetcher(look=look)
    try:
        assert failure(fetch, "http://slow.test/", seconds=0.2).code == "peer-too-slow"
    finally:
        ending.set()
        fetch.close()


def test_a_certificate_of_another_host_is_no_answer(tmp_path: Path) -> None:
    """And neither is one that nobody known has signed."""
    import ssl

    from tests.support.https import certificate

    cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def run() -> None:
            try:
                while True:
                    plain, _ = listening.accept()
                    try:
                        context.wrap_socket(plain, server_side=True).close()
                    except OSError:
                        plain.close()
            except OSError:
                return

        threading.Thread(target=run, daemon=True).start()
        fetch = Fetcher(allow_private=True)
        assert failure(fetch, f"https://127.0.0.1:{port}/").code == "peer-unreachable"
        fetch.close()


# --- names ---


def test_names_of_one_domain_that_hang_leave_room_for_others() -> None:
    go_on = threading.Event()
    asked: list[str] = []

    def look(host: str, _port: int) -> list[str]:
        asked.append(host)
        if host.endswith(".evil.example"):
            go_on.wait(10)
        return ["192.0.2.1"]

    names = Names(look)
    for number in range(20):
        with pytest.raises(TimeoutError):
            names.addresses(f"n{number}.evil.example", 80, 0.0)
    assert names.addresses("id.good.example", 80, 5.0) == ["192.0.2.1"]
    assert len(asked) == looking_up.MOST_OF_ONE + 1
    go_on.set()
    names.close()


def test_a_name_is_looked_up_once_at_a_time_and_then_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def look(host: str, _port: int) -> list[str]:
        asked.append(host)
        return [] if host == "none.example" else ["192.0.2.1"]

    names = Names(look)
    for _ in range(3):
        assert names.addresses("ID.example.", 80, 5.0) == ["192.0.2.1"]
        assert names.addresses("none.example", 80, 5.0) == []
    assert asked.count("ID.example.") == 1
    assert asked.count("none.example") == 3, "that there is none may change any moment"
    monkeypatch.setattr(looking_up, "MOST_REMEMBERED", 2)
    for number in range(5):
        names.addresses(f"n{number}.example", 80, 5.0)
    assert len(names._known) == 2
    names.close()
