"""A DNS server on a loopback port (dnslib), over UDP and TCP, with a zone that the test writes."""

from collections.abc import Iterator
from contextlib import contextmanager

from dnslib.server import DNSLogger, DNSServer
from dnslib.zoneresolver import ZoneResolver

from tests.support.server import free_port


@contextmanager
def serving(zone: str) -> Iterator[str]:
    """`127.0.0.1:port`; `zone` is in the master-file form of RFC 1035."""
    port = free_port()
    quiet = DNSLogger(log="", logf=lambda _line: None)
    servers = [
        DNSServer(ZoneResolver(zone), address="127.0.0.1", port=port, tcp=tcp, logger=quiet)
        for tcp in (False, True)
    ]
    for server in servers:
        server.start_thread()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        for server in servers:
            server.stop()
            server.server.server_close()
            server.thread.join()
