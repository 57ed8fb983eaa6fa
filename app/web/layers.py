"""WSGI applications in front of Flask's own."""

from collections.abc import Callable
from typing import Any

from flask import Flask


def put_in_front(app: Flask, layer: Callable[[Any], Any]) -> None:
    """`layer` gets what has answered so far, and gives what answers from now on. The last one put hears first."""
    # As Flask's documentation has it; to type checkers it is a method.
    app.wsgi_app = layer(app.wsgi_app)  # type: ignore[method-assign]
