"""The application as a server loads it."""

import gc

from app import create_app
from app.settings import Settings

app = create_app(Settings.from_env())
# What is loaded by now stays: the collector need not walk through it again and again. Half of what a batch of records
# takes would be that.
gc.freeze()
gc.set_threshold(5_000, 20, 100)
