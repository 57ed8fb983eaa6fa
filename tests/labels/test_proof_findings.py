"""What a proof keeps of thousands of findings."""

import numpy as np

from labels.decoders import Decoders, Pixels, Verdict, Wanted, wanted_of
from labels.proof_pages import Cell, Findings
from tests.labels.samples import placed


class Judge(Decoders):
    """zbar reads nothing, zxing-cpp all but what is called unread."""

    def verdict(self, picture: Pixels, wanted: Wanted) -> Verdict:
        return Verdict(exact=picture.size == 1, zxing=wanted.text != "unread", zbar=False)


def test_a_hundred_symbols_that_zbar_cannot_read_do_not_hide_one_that_nobody_can() -> None:
    symbol = wanted_of(placed())[0]
    total = Findings()
    for number in range(1, 202):
        text = "unread" if number == 201 else "read"
        total.look(Judge(), np.zeros((1, 1), np.uint8), Cell(number, 1, [symbol._replace(text=text)]), 1)
    fatal = [(trouble.what, trouble.number) for trouble in total.troubles if trouble.what != "zbar"]
    assert fatal == [("unread", 201)]
    assert len(total.troubles) <= 101
