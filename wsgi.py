"""The application as a server loads it."""

import gc
import sys

from app import create_app
from app.settings import Settings

app = create_app(Settings.from_env())
# What is loaded by now stays: the collector need not walk through it again and again. Half of what a batch of records
# takes would be that.
gc.freeze()
gc.set_threshold(5_000, 20, 100)
# A look-up lets go of the interpreter for a few microseconds only: whoever waits for it meanwhile mostly comes too late
# and sleeps out this interval. With the standard 5 ms that is what the slowest look-ups would consist of.
sys.setswitchinterval(0.001)
