"""Several nodes that hold one zone: which of two statements counts, and the signed pages their change logs travel in.

Nothing here trusts the order in which changes arrive: whoever has heard the same statements, in whatever order and
however often, has the same delegations.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from app.domain.trust import Signed
from app.errors import N_, Malformed

WANTED, PAGE = "changes-wanted", "changes"  # kinds of the signed question and of the signed answer
GENESIS = bytes(32)  # the chain's value before the first change
MOST_CHANGES = 200  # of one page
MOST_STATEMENT = 32_768  # bytes of one statement in its signed form
MOST_BYTES = 1_500_000  # of a page; a node stops filling one at PAGE_FULL
PAGE_FULL = 700_000
LAST_SERIAL = 2**53 - 1  # what every JSON reader keeps exactly
MOST_LEAP = 1_000_000  # serials from one statement to the next; see `leaps`
_STRICTNESS = {"active": 0, "suspended": 1, "left": 2}

Order = tuple[int, int, str]


def order_of(serial: int, state: str, digest: str) -> Order:
    """Of two statements on one zone the greater counts: the newer; of two of one age, made by holders who did not
    reach each other, the stricter, so that no move made here undoes a revocation made there; then by digest."""
    return serial, _STRICTNESS[state], digest


def differ(serial: int, digest: str, other_serial: int, other_digest: str) -> bool:
    """Whether two statements on one zone were made without knowledge of each other: an operator should look."""
    return serial == other_serial and digest != other_digest


def leaps(serial: int, known: int) -> bool:
    """Whether a statement leaves out so many serials that none could follow it soon. Holders count by one; a stolen key
    could name the highest serial there is, and nobody could ever state anything of the zone again."""
    return serial > known + MOST_LEAP


def chained(before: bytes, digest: str) -> bytes:
    """The chain's value after one more change: SHA-256 of its value before and of the statement's digest. Two logs
    with the same value are the same log."""
    return hashlib.sha256(before + bytes.fromhex(digest)).digest()


def chained_all(before: bytes, digests: Iterable[str]) -> bytes:
    for digest in digests:
        before = chained(before, digest)
    return before


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a sister asks for: changes after number `after` of our log, where the chain's value is `chain` to her."""

    after: int
    chain: bytes

    @property
    def body(self) -> dict[str, Any]:
        return {"after": self.after, "chain": self.chain.hex()}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Wanted":
        """Malformed `bad-changes`."""
        return cls(_number(body.get("after")), _hash(body.get("chain")))


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a log: the changes behind number `after`, `total` being the log's last. `follows` says whether the
    asker's chain is ours up to `after`; if not there are no changes, and she begins anew. `numbers` are those of the
    changes where some between them are gone, having been replaced long ago; () where they follow one another."""

    after: int
    total: int
    follows: bool
    chain: bytes
    changes: tuple[Signed, ...] = ()
    numbers: tuple[int, ...] = ()

    @property
    def last(self) -> int:
        return self.numbers[-1] if self.numbers else self.after + len(self.changes)

    @property
    def body(self) -> dict[str, Any]:
        told = {
            "after": self.after,
            "total": self.total,
            "follows": self.follows,
            "chain": self.chain.hex(),
            "changes": [change.wire for change in self.changes],
        }
        return told | {"numbers": list(self.numbers)} if self.numbers else told

    @classmethod
    def of(cls, body: Mapping[str, Any], wanted: Wanted) -> "Page":
        """Malformed `bad-changes` for what does not answer the question, promises more and brings nothing, or does not
        add up to the chain it claims."""
        changes = body.get("changes")
        if not isinstance(changes, list) or len(changes) > MOST_CHANGES:
            _bad()
        after, total, follows = _number(body.get("after")), _number(body.get("total")), body.get("follows")
        signed = tuple(Signed.from_wire(change) for change in changes)
        if any(len(each.payload) > MOST_STATEMENT for each in signed):
            _bad()
        numbers = _numbers(body.get("numbers", []), after, len(signed))
        page = cls(after, total, follows is True, _hash(body.get("chain")), signed, numbers)
        if not page.follows:
            if signed or wanted.after == 0:
                _bad()
            return page
        fits = after == wanted.after and page.last <= total and (bool(signed) or after == total)
        whole = (
            not numbers
        )  # else the chain runs over changes that are gone; the page's signature vouches for it
        if not fits or (whole and chained_all(wanted.chain, (each.digest for each in signed)) != page.chain):
            _bad()
        return page


def key_set(key_ids: Iterable[str]) -> str:
    """A short name for a set of keys, the same in whatever order: SHA-256 in hex."""
    return hashlib.sha256("\n".join(sorted(set(key_ids))).encode()).hexdigest()


def others(endpoints: Sequence[Mapping[str, Any]], base_url: str) -> list[str]:
    """The web addresses among a zone's endpoints that are not our own, each once."""
    own = base_url.rstrip("/").lower()
    found = (str(each["url"]).rstrip("/") for each in endpoints if each.get("url"))
    return list(dict.fromkeys(url for url in found if url.lower() != own))


def _numbers(value: object, after: int, count: int) -> tuple[int, ...]:
    """() for none; else one for each change, rising."""
    if not isinstance(value, list) or len(value) not in {0, count}:
        _bad()
    found = tuple(_number(each) for each in value)
    if any(number <= before for before, number in zip((after, *found), found, strict=False)):
        _bad()
    return found


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LAST_SERIAL:
        _bad()
    return value


def _hash(value: object) -> bytes:
    if not isinstance(value, str) or len(value) != 64 or not value.isascii():
        _bad()
    try:
        return bytes.fromhex(value)
    except ValueError:
        return _bad()


def _bad() -> NoReturn:
    raise Malformed(
        "bad-changes",
        N_("This is no stretch of a change log, or not the one that was asked for."),
        N_("The node that sent it is faulty, or another program; tell its operator."),
    )
