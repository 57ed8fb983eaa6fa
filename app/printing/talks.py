"""How a printer is asked how it is, in the three languages, and what its answer means."""

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """`waiting` labels it still has, None where the language does not say; `busy` while it prints; `settles`: whether
    such an answer without trouble, waiting labels and business says that all is printed."""

    troubles: tuple[str, ...] = ()
    waiting: int | None = None
    busy: bool = False
    settles: bool = True

    @property
    def calm(self) -> bool:
        return not (self.troubles or self.waiting or self.busy)


@dataclass(frozen=True, slots=True)
class Question:
    text: bytes
    complete: Callable[[bytes], bool]
    read: Callable[[bytes], Report | None]  # None for what is no answer to it


@dataclass(frozen=True, slots=True)
class Talk:
    """`questions` are asked in turn until one is answered; `drop` makes the printer forget what it has not printed;
    `end` is what a label ends with, and too long to be found in a picture by chance."""

    questions: tuple[Question, ...]
    drop: bytes
    end: bytes
    model: bytes
    model_of: Callable[[bytes], str]


# --- ZPL II ---

_STRING = re.compile(rb"\x02([0-9,]{1,80})\x03")
_ERRORS = re.compile(rb"ERRORS:\s*([01])\s+([0-9A-Fa-f]{8})\s+([0-9A-Fa-f]{8})")
_HQES = (
    (0x1, "out-of-paper"),
    (0x2, "out-of-ribbon"),
    (0x4, "head-open"),
    (0x8, "cutter-fault"),
    (0x30, "too-hot"),
    (0x80000, "jam"),
)


def _host_status(answer: bytes) -> Report | None:
    """~HS: three strings; the first tells paper, pause and how many formats wait, the second head and ribbon."""
    strings = [text.decode().split(",") for text in _STRING.findall(answer)]
    if len(strings) < 2 or len(strings[0]) < 12 or len(strings[1]) < 9:
        return None
    first, second = strings[0], strings[1]
    flags = (
        (first[1], "out-of-paper"),
        (second[2], "head-open"),
        (second[3], "out-of-ribbon"),
        (first[2], "paused"),
        (first[10], "too-cold"),
        (first[11], "too-hot"),
    )
    try:
        waiting = int(first[4] or "0") + int(second[8] or "0")
    except ValueError:
        return None
    troubles = tuple(code for flag, code in flags if flag == "1")
    return Report(troubles, waiting, busy=first[7] == "1")


def _error_status(answer: bytes) -> Report | None:
    """~HQES, which answers also where ~HS keeps silent: out of paper or ribbon, head open."""
    found = _ERRORS.search(answer)
    if found is None:
        return None
    if found[1] == b"0":
        return Report(settles=False)
    bits = int(found[3], 16)
    troubles = tuple(code for mask, code in _HQES if bits & mask)
    return Report(troubles or ("printer-error",), settles=False)


def _zebra(answer: bytes) -> str:
    text = answer.partition(b"\x02")[2].partition(b"\x03")[0]
    return _plain(text.split(b",")[0])


# --- TSPL ---

_TSPL = (
    (0x04, "out-of-paper"),
    (0x08, "out-of-ribbon"),
    (0x01, "head-open"),
    (0x40, "head-open"),
    (0x02, "jam"),
    (0x10, "paused"),
    (0x80, "printer-error"),
)


def _one_byte(answer: bytes) -> Report | None:
    """<ESC>!?: one byte of flags, 0 when ready."""
    if not answer:
        return None
    flags = answer[-1]
    troubles = tuple(dict.fromkeys(code for mask, code in _TSPL if flags & mask))
    return Report(troubles, busy=bool(flags & 0x20))


# --- EPL2 ---

_CODES = re.compile(rb"\A\s*(\d\d(?:,\d\d){0,8})\r?\n")
_EPL = {
    0: "",
    1: "refused-job",
    2: "",  # an object over the border: told, and printed
    3: "refused-job",
    4: "buffer-full",
    7: "out-of-paper",
    11: "head-open",
    12: "paused",
}


def _error_report(answer: bytes) -> Report | None:
    """^ee: two digits for each thing that is wrong, 00 for none."""
    found = _CODES.search(answer)
    if found is None:
        return None
    codes = (_EPL.get(int(code), "printer-error") for code in found[1].split(b","))
    return Report(tuple(dict.fromkeys(code for code in codes if code)), settles=False)


def _plain(text: bytes) -> str:
    return "".join(chr(each) for each in text if 32 <= each < 127).strip()[:60]


def _first_line(answer: bytes) -> str:
    return _plain(answer.strip().splitlines()[0]) if answer.strip() else ""


TALKS = {
    "zpl": Talk(
        questions=(
            Question(b"~HS\r\n", lambda told: told.count(b"\x03") >= 3, _host_status),
            Question(b"~HQES\r\n", lambda told: b"WARNINGS" in told and b"\x03" in told, _error_status),
        ),
        drop=b"~JA\r\n",
        end=b"^XZ\n",
        model=b"~HI\r\n",
        model_of=_zebra,
    ),
    "tspl": Talk(
        questions=(Question(b"\x1b!?", bool, _one_byte),),
        drop=b"\x1b!.\r\n",
        end=b"\r\nPRINT 1,1\r\n",
        model=b"~!T\r\n",
        model_of=_first_line,
    ),
    "epl": Talk(
        questions=(Question(b"\r\n^ee\r\n", lambda told: _CODES.search(told) is not None, _error_report),),
        drop=b"",
        end=b"\nP1\nN\n",
        model=b"\r\nUQ\r\n",
        model_of=_first_line,
    ),
}
