"""The built stylesheets, scripts and icons: from the name in a template to the name with the hash."""

import json
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, url_for

FOREVER = "public, max-age=31536000, immutable"


class Assets:
    """Reads manifest.json again when a new build has replaced it; a `stat` a call."""

    def __init__(self, folder: Path) -> None:
        self.manifest = folder / "build" / "manifest.json"
        self.changed = 0.0
        self.names: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        try:
            changed = self.manifest.stat().st_mtime
        except FileNotFoundError:
            raise RuntimeError(f"{self.manifest} is missing; run ./dev setup.") from None
        if changed != self.changed:
            self.names = json.loads(self.manifest.read_text())
            self.changed = changed
        if name not in self.names:
            raise RuntimeError(f"the browser build has no {name}; run ./dev setup.")
        return url_for("static", filename=f"build/{self.names[name]}")


def configure(app: Flask) -> None:
    assets: Any = Assets(Path(app.static_folder or ""))
    app.jinja_env.globals["asset"] = assets

    @app.after_request
    def cache(response: Response) -> Response:
        if request.endpoint == "static" and "/build/" in request.path and response.status_code == 200:
            response.headers["Cache-Control"] = FOREVER
        return response
