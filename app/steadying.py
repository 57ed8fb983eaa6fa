"""How the interpreter is set in processes that have loaded everything and now do the same again and again."""

import gc
import sys


def steady() -> None:
    """What is loaded by now stays: the collector need not walk through it again and again, which would be half of what
    a batch of records takes. And a look-up lets go of the interpreter for a few microseconds only: whoever waits for it
    meanwhile mostly comes too late and sleeps out the switch interval; with the standard 5 ms that is what the slowest
    answers would consist of."""
    gc.freeze()
    gc.set_threshold(5_000, 20, 100)
    sys.setswitchinterval(0.001)
