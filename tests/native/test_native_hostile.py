"""Octets of strangers: nothing that arrives may raise, cost much, or make us a weapon against others."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.handles import wire
from app.domain.handles.octets import Garbled
from app.native import answering, server
from app.native.limits import MOST_ADDRESSES, MOST_PARTIAL, Budget, Partial
from tests.support.native_client import ENVELOPE, NativeClient, decoded, question, request
from tests.support.native_server import VALUES, FakeWeb, listening
from tests.support.processes import until

HANDLE = "88.118.8/P1"
ADDRESS = ("192.0.2.1", 5_000)


def envelope(length: int, sequence: int = 0, number: int = 7, flags: int = 0) -> wire.Envelope:
    return wire.read_envelope(ENVELOPE.pack(2, 1, flags | 2, 11, 0, number, sequence, length))


@pytest.fixture
def web() -> FakeWeb:
    return FakeWeb(records={HANDLE: VALUES})


@pytest.fixture
def port(web: FakeWeb) -> Iterator[int]:
    with listening(web) as port:
        yield port


# --- the decoder ---

messages = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda opcode, body, cut, extra: (request(opcode, body)[: cut or None]) + extra,
        st.sampled_from([0, 1, 2, 100, 2001, 2**32 - 1]),
        st.one_of(
            st.binary(max_size=80),
            st.builds(question, st.binary(max_size=40), st.just((1, 2)), st.just(("URL",))),
        ),
        st.integers(-30, 60),
        st.binary(max_size=8),
    ),
    st.builds(  # one octet of a good request altered
        lambda place, octet: _altered(request(1, question(HANDLE, (1,), ("URL",))), place, octet),
        st.integers(0, 90),
        st.integers(0, 255),
    ),
)


def _altered(message: bytes, place: int, octet: int) -> bytes:
    place %= len(message)
    return message[:place] + bytes([octet]) + message[place + 1 :]


@given(messages, st.integers(0, 0xFF))
def test_any_octets_get_a_reply_that_can_be_read(message: bytes, flags: int) -> None:
    found = wire.read_envelope(ENVELOPE.pack(2, 1, flags, 11, 0, 7, 0, 24))
    reply = answering.reply(FakeWeb(records={HANDLE: VALUES}), found, message)
    assert decoded(reply, found.speaks, 7).code >= 1


@given(st.binary(max_size=64))
def test_any_envelope_is_read_or_refused(first: bytes) -> None:
    try:
        found = wire.read_envelope(first)
    except Garbled:
        return
    assert wire.HEADER <= found.length <= wire.MOST_REQUEST
    assert found.speaks[0] in {2, 3}


@pytest.mark.parametrize(
    "body",
    [
        struct.pack(">I", 2**32 - 1),  # a handle of 4 GB
        question(HANDLE)[:-8] + struct.pack(">II", 2**31, 1),  # more indexes than octets
        question(HANDLE)[:-4] + struct.pack(">I", 1_000_000),  # as many types
        question("x" * 3_000),
        question(HANDLE, types=("T" * 500,)),
    ],
)
def test_lengths_that_lie_are_refused(body: bytes) -> None:
    message = request(1, body)
    with pytest.raises(Garbled):
        wire.read_request(envelope(len(message)), message)


def test_a_reply_is_no_request() -> None:
    message = bytearray(request(1, question(HANDLE)))
    message[7] = 1
    with pytest.raises(Garbled):
        wire.read_request(envelope(len(message)), bytes(message))


@pytest.mark.parametrize("length", [0, 23, 16_385, 2**31, 2**32 - 1])
def test_a_message_that_could_not_be_ours_is_not_waited_for(length: int) -> None:
    with pytest.raises(Garbled):
        envelope(length)


def test_hidden_messages_are_refused_without_a_look(web: FakeWeb) -> None:
    for flag in (0x80, 0x40):
        hidden = envelope(60, flags=flag)
        assert decoded(answering.reply(web, hidden, bytes(60)), (2, 11), 7).code == 501
    assert not web.asked


# --- packets put together ---


def test_packets_may_come_in_any_order_and_twice() -> None:
    partial, message = Partial(), bytes(range(250)) * 5
    parts = [message[at : at + wire.FILL] for at in range(0, len(message), wire.FILL)]
    for number in (2, 0, 0, 2):
        assert partial.add(ADDRESS, envelope(len(message), number), parts[number], 0.0) is None
    assert partial.add(ADDRESS, envelope(len(message), 1), parts[1], 0.1) == message
    assert len(partial) == 0


def test_a_packet_of_another_size_or_beyond_the_last_is_passed_over() -> None:
    partial = Partial()
    assert partial.add(ADDRESS, envelope(1_000, 0), b"short", 0.0) is None
    assert partial.add(ADDRESS, envelope(1_000, 2_000_000), bytes(wire.FILL), 0.0) is None
    assert len(partial) == 0


def test_packets_of_two_clients_are_never_mixed() -> None:
    partial, message = Partial(), bytes(600)
    other = ("192.0.2.2", 5_000)
    assert partial.add(ADDRESS, envelope(600, 0), message[: wire.FILL], 0.0) is None
    assert partial.add(other, envelope(600, 1), message[wire.FILL :], 0.0) is None
    assert len(partial) == 2


def test_requests_that_never_end_are_forgotten() -> None:
    partial = Partial()
    for number in range(10 * MOST_PARTIAL):
        partial.add(ADDRESS, envelope(1_000, 0, number), bytes(wire.FILL), 0.0)
    assert len(partial) == MOST_PARTIAL
    partial.add(ADDRESS, envelope(1_000, 0, 99_999), bytes(wire.FILL), 10.0)
    assert len(partial) == 1


# --- budgets ---


def test_a_budget_comes_back_with_time() -> None:
    budget = Budget(10.0, 20.0)
    assert sum(budget.take("a", 0.0) for _ in range(50)) == 20
    assert budget.take("b", 0.0)
    assert sum(budget.take("a", 1.0) for _ in range(50)) == 10


def test_addresses_that_are_remembered_are_bounded() -> None:
    budget = Budget(1.0, 1.0)
    for number in range(MOST_ADDRESSES + 500):
        budget.take(str(number), 0.0)
    assert len(budget._purses) == MOST_ADDRESSES


# --- sockets ---


def test_a_long_record_over_udp_is_met_with_silence(port: int, web: FakeWeb) -> None:
    """Else 70 octets with a victim's address on them would send it a quarter of a megabyte."""
    web.records["88.118.8/BIG"] = [
        {"index": 1, "type": "DESC", "data": {"format": "string", "value": "x" * 100_000}, "ttl": 1}
    ]
    with pytest.raises(TimeoutError):
        NativeClient(port, "udp", seconds=0.5).resolve("88.118.8/BIG")
    assert len(NativeClient(port).resolve("88.118.8/BIG").values[0]["data"]) == 100_000


def test_noise_over_udp_is_met_with_silence(port: int) -> None:
    client = NativeClient(port, "udp")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets:
        packets.settimeout(0.3)
        packets.connect(("127.0.0.1", port))
        for noise in (
            b"",
            b"\0",
            bytes(20),
            bytes(600),
            b"GET / HTTP/1.1\r\n\r\n",
            client.envelope(1, 0, 90) + b"x",
        ):
            packets.send(noise)
        with pytest.raises(TimeoutError):
            packets.recv(600)
    assert client.resolve(HANDLE).code == 1


def test_a_flood_over_udp_from_one_address_is_cut(port: int, web: FakeWeb) -> None:
    client = NativeClient(port, "udp")
    packet = client.split(request(1, question(HANDLE)), 5)[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets:
        packets.connect(("127.0.0.1", port))
        started = time.monotonic()
        while time.monotonic() - started < 0.5:
            packets.send(packet)
    time.sleep(0.2)
    assert len(web.asked) <= 400 + 200 * (time.monotonic() - started) + 64


@pytest.mark.parametrize(
    "noise", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", bytes(40), b"\x16\x03\x01" + bytes(60)]
)
def test_whoever_speaks_something_else_is_hung_up_on(port: int, noise: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as stream:
        stream.sendall(noise)
        assert _closed(stream)


def test_a_request_that_drips_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "REQUEST_SECONDS", 0.4)
    message = request(1, question(HANDLE))
    with socket.create_connection(("127.0.0.1", port), timeout=5) as stream:
        whole = NativeClient(port).envelope(1, 0, len(message)) + message
        for octet in whole:
            stream.sendall(bytes([octet]))
            if _hung_up(stream):
                break
            time.sleep(0.02)
        else:
            pytest.fail("a request of two seconds was waited for")


def test_silent_connections_of_one_address_are_limited(port: int) -> None:
    streams = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(40)]
    try:
        streams[-1].settimeout(5)
        assert _closed(streams[-1])
        streams[0].close()  # makes room again
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                assert NativeClient(port).resolve(HANDLE).code == 1
                break
            except OSError:
                time.sleep(0.02)
        else:
            pytest.fail("no connection came free")
    finally:
        for stream in streams:
            stream.close()


def test_a_connection_serves_many_requests_when_the_client_asks_for_it(port: int) -> None:
    client = NativeClient(port)
    message = request(1, question(HANDLE), flags=("keep",))
    with socket.create_connection(("127.0.0.1", port), timeout=5) as stream:
        for number in range(20):
            stream.sendall(client.envelope(number, 0, len(message)) + message)
            assert client.read(stream, number).code == 1
        last = request(1, question(HANDLE))
        stream.sendall(client.envelope(99, 0, len(last)) + last)
        assert client.read(stream, 99).code == 1
        assert _closed(stream)


def test_a_connection_that_never_says_a_word_is_closed_soon(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "FIRST_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as stream:
        assert _closed(stream)


def test_a_flood_of_packets_leaves_room_for_connections(web: FakeWeb, port: int) -> None:
    go_on = threading.Event()
    web.wait = lambda: go_on.wait(10) and None
    client = NativeClient(port, "udp")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets, ThreadPoolExecutor(1) as pool:
        packets.connect(("127.0.0.1", port))
        for number in range(100):
            packets.send(client.split(request(1, question(HANDLE)), number)[0])
        asked = pool.submit(NativeClient(port).resolve, HANDLE)
        time.sleep(0.2)
        assert not asked.done()  # it has a place in the queue, and hears nothing of being too many
        go_on.set()
        assert asked.result().code == 1
    assert len(web.asked) <= server.MOST_AT_ONCE + 1


def test_who_comes_when_too_many_wait_hears_that_we_are_busy(web: FakeWeb, port: int) -> None:
    go_on = threading.Event()
    web.wait = lambda: go_on.wait(10) and None
    clients = [NativeClient(port, source=f"127.0.0.{last}") for last in (2, 3, 4) for _ in range(25)]
    with ThreadPoolExecutor(len(clients)) as pool:
        replies = [pool.submit(client.resolve, HANDLE) for client in clients]
        deadline = time.monotonic() + 5
        while not any(reply.done() for reply in replies) and time.monotonic() < deadline:
            time.sleep(0.01)
        go_on.set()
        codes = [reply.result().code for reply in replies]
    assert 3 in codes
    assert codes.count(1) >= 64


def _closed(stream: socket.socket) -> bool:
    try:
        return stream.recv(1) == b""
    except ConnectionError:
        return True


def _hung_up(stream: socket.socket) -> bool:
    stream.setblocking(False)
    try:
        return stream.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        stream.settimeout(5)


def test_a_client_that_does_not_read_its_reply_is_let_go(
    port: int, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each such connection would be held for ever, and soon there would be none for others."""
    monkeypatch.setattr(server, "SEND_SECONDS", 0.3)
    web.records["88.118.8/BIG"] = [
        {"index": 1, "type": "DESC", "data": {"format": "string", "value": "x" * 1_900_000}, "ttl": 1}
    ]
    message = request(1, question("88.118.8/BIG"), flags=("keep",))
    whole = NativeClient(port).envelope(1, 0, len(message)) + message
    with socket.socket() as stream:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        stream.settimeout(5)
        stream.connect(("127.0.0.1", port))
        for _ in range(8):  # more than the sockets' buffers take
            stream.sendall(whole)
        until(lambda: not _held(port), 5)


def _held(port: int) -> list[str]:
    """Connections to the port that the server's side has not let go, as the system tells them."""
    ours = f":{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return [
        line for line in lines if line.split()[1].endswith(ours) and line.split()[3] in {"01", "04", "08"}
    ]


def test_an_ipv6_customer_has_one_budget_for_all_his_addresses() -> None:
    budget = Budget(1.0, 5.0)
    assert sum(budget.take(f"2001:db8:1:2::{number:x}", 0.0) for number in range(100)) == 5
    assert budget.take("2001:db8:1:3::1", 0.0)
    assert budget.take("::ffff:192.0.2.1", 0.0)
    assert sum(budget.take("192.0.2.1", 0.0) for _ in range(10)) == 4


def test_long_replies_over_udp_are_few_to_however_many_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose address stands on a question is not proven: by questions in many names we would be a weapon against all."""
    monkeypatch.setattr(server, "LARGE_BURST", 100.0)
    monkeypatch.setattr(server, "LARGE_A_SECOND", 0.0)
    sent: dict[str, int] = {}

    class Transport:
        def sendto(self, _packet: bytes, address: tuple[str, int]) -> None:
            sent[address[0]] = sent.get(address[0], 0) + 1

    async def reply(_envelope: wire.Envelope, message: bytes, _client: str) -> bytes:
        return bytes(len(message) * 100)

    async def run() -> None:
        packets = server.Packets(reply, Budget(1.0, 1.0))
        packets.connection_made(Transport())
        for number in range(50):
            await packets._answer(envelope(60), bytes(60), (f"192.0.2.{number}", 5_000))
        for number in range(50):
            await packets._answer(envelope(24), bytes(9), (f"198.51.100.{number}", 5_000))

    with ThreadPoolExecutor(1) as aside:  # where no other loop runs
        aside.submit(asyncio.run, run()).result()
    assert sum(count for host, count in sent.items() if host.startswith("192.0.2.")) <= 100
    assert sum(count for host, count in sent.items() if host.startswith("198.51.100.")) == 100, (
        "two packets each"
    )
