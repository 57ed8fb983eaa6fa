"""In which country a network address is, by a table that the operator keeps in a file; without one nobody knows."""

import csv
import ipaddress
from bisect import bisect_right
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from app.domain.trouble import country_of
from app.errors import N_, Malformed, Refused

MOST_ROWS = 2_000_000


class Networks:
    """Ranges of addresses, none inside another."""

    def __init__(self, ranges: Iterable[tuple[int, int, int, str]] = ()) -> None:
        """(IP version, first, last, country)."""
        ordered = sorted(ranges)
        self._starts = [(version, first) for version, first, _, _ in ordered]
        self._ends = [(last, country) for _, _, last, country in ordered]

    def country(self, address: str) -> str:
        """'' for an address of no known network."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return ""
        place = bisect_right(self._starts, (found.version, int(found))) - 1
        if place < 0 or self._starts[place][0] != found.version:
            return ""
        last, country = self._ends[place]
        return country if int(found) <= last else ""


def network_of(address: str) -> str:
    """The network of a customer: 256 addresses of IPv4, or 2**64 of IPv6, count as one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 64), strict=False))


def read(path: str) -> Networks:
    """A CSV of `network,country` (CIDR) or `first,last,country`. Refused `bad-networks` for what is none."""
    if not path:
        return Networks()
    number = 0
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            ranges = []
            for row in islice(csv.reader(file), MOST_ROWS):
                number += 1
                if row and not row[0].startswith("#"):
                    ranges.append(_range(row))
    except (OSError, ValueError, Malformed, csv.Error) as error:
        raise Refused(
            "bad-networks",
            N_("The table of networks {file} cannot be read at line {number}."),
            N_("Each line is network,country or first,last,country, for example 203.0.113.0/24,CN."),
            file=path,
            number=number,
        ) from error
    return Networks(ranges)


def _range(row: list[str]) -> tuple[int, int, int, str]:
    if len(row) == 2:
        network = ipaddress.ip_network(row[0].strip(), strict=False)
        ends = network.network_address, network.broadcast_address
    else:
        ends = ipaddress.ip_address(row[0].strip()), ipaddress.ip_address(row[1].strip())
    return ends[0].version, int(ends[0]), int(ends[1]), country_of(row[-1])
