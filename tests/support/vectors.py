"""Test vectors that others wrote, read where they lie beside the project; tests that use them are skipped elsewhere."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "vectors"


def vectors(name: str) -> list[Any]:
    """The list in `gs1/dl_parse.json`; empty where the folder is absent."""
    file = FOLDER / name
    return json.loads(file.read_text("utf-8"))["vectors"] if file.exists() else []
