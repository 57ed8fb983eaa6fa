"""CPU time of a symbol where thousands are made, against `qrcode` drawing the same modules: levels, modes, sizes.

Baseline and ours draw the same texts in the same run, and the modules of the baseline's symbols are compared: a figure
is only given where not one differs.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import qrcode

from labels import codes
from labels.qr_frames import LEVELS
from labels.symbols import Matrix, matrices

_MANY = 10_000
_FEW = 8  # the baseline takes milliseconds for each
_ROUNDS = 3
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def figures() -> Iterator[dict[str, Any]]:
    """One dictionary per kind of symbol: microseconds of CPU a symbol, baseline `qrcode` with the mask it chooses."""
    yield from _against_qrcode(
        "URL in capitals, serials differ", "HTTPS://ID.EXAMPLE.COM/88.118.1001/{}", "M"
    )
    for level in "LQH":
        yield from _against_qrcode("the same", "HTTPS://ID.EXAMPLE.COM/88.118.1001/{}", level)
    yield from _against_qrcode("URL in small letters", "https://id.example.com/88.118.1001/{}", "M")
    yield from _against_qrcode("digits", "{:016d}", "M")
    yield from _against_qrcode("long URL", "HTTPS://ID.EXAMPLE.COM/88.118.1001/{}?" + "X=1&" * 40, "M")
    yield from _of_other_kinds()


def _against_qrcode(name: str, pattern: str, level: str) -> Iterator[dict[str, Any]]:
    texts = _texts(pattern, _MANY)
    ours = _best(lambda: matrices(texts, level), _MANY)
    drawn: list[Matrix] = []
    baseline = _best(lambda: drawn.extend(_plain(text, level) for text in texts[:_FEW]), _FEW)
    made = matrices(texts, level)
    differing = sum(not np.array_equal(made[index % _FEW], plain) for index, plain in enumerate(drawn))
    if differing:
        raise AssertionError(f"{differing} symbols of {len(drawn)} are not those of qrcode")
    yield {
        "figure": f"{name}, {level}, version {(len(made[0]) - 17) // 4}",
        "value": ours,
        "unit": "µs",
        "baseline": baseline,
    }


def _of_other_kinds() -> Iterator[dict[str, Any]]:
    texts = _texts("88.118.1001/{}", 1000)
    elements = _texts("(01)09506000134352(10)L-2026-01(21){}", 1000)
    yield _alone("Data Matrix", codes.datamatrix, texts)
    yield _alone("GS1 Data Matrix", lambda text: codes.datamatrix(text, gs1=True), elements)
    yield _alone("Code 128", codes.code128, texts)
    yield _alone("GS1-128", codes.gs1_128, elements)


def _alone(name: str, make: Callable[[str], Matrix], texts: Sequence[str]) -> dict[str, Any]:
    value = _best(lambda: [make(text) for text in texts], len(texts))
    return {"figure": name, "value": value, "unit": "µs", "baseline": None}


def _texts(pattern: str, count: int) -> list[str]:
    chance = random.Random(16022)
    if ":" in pattern[pattern.index("{") : pattern.index("}")]:
        return [pattern.format(chance.randrange(10**16)) for _ in range(count)]
    return [pattern.format("".join(chance.choices(_ALPHABET, k=16))) for _ in range(count)]


def _plain(text: str, level: str) -> Matrix:
    code = qrcode.QRCode(error_correction=LEVELS[level], border=0)
    code.add_data(text, optimize=0)
    code.make()
    return np.array(code.get_matrix(), np.bool_)


def _best(work: Callable[[], object], symbols: int) -> float:
    """Microseconds of CPU a symbol, the best of some rounds."""
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best / symbols * 1e6
