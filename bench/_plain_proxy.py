"""The plain recursive node, for comparison: Flask, a dictionary, `jsonify`; what is not in the dictionary is asked for
at the one node there is. It verifies nothing, forgets nothing and counts nothing."""

import json
import os
from typing import Any
from urllib.request import urlopen

from flask import Flask, jsonify

app = Flask(__name__)
asks = os.environ["PLAIN_ASKS"]
kept: dict[str, Any] = {}


@app.get("/api/handles/<path:handle>")
def resolve(handle: str) -> Any:
    if handle not in kept:
        with urlopen(f"{asks}/api/handles/{handle}") as answer:
            kept[handle] = json.load(answer)
    return jsonify(kept[handle])
