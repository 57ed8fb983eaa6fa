"""The scan page, what it needs to know about its reader, and the parts that let it open without a connection."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf

from app.domain.people import Actor
from app.domain.steps import STEPS
from app.errors import N_
from app.web import edge, i18n
from app.web.api.v1.scans import partners_of, places_of
from app.web.assets import Assets
from app.web.shell import UNITS

blueprint = Blueprint("scan", __name__)

# step -> icon and a line that says when to choose it, in the order of the tiles
TILES = {
    "receive": ("package-import", N_("Goods that have arrived")),
    "inspect": ("clipboard-check", N_("Pass, fail or hold")),
    "consume": ("arrow-bar-to-down", N_("What goes into production")),
    "produce": ("building-factory-2", N_("What production has made")),
    "assemble": ("puzzle", N_("Build parts into a product")),
    "pack": ("package", N_("Into a carton, onto a pallet")),
    "unpack": ("package-export", N_("Out of a carton or pallet")),
    "move": ("transfer", N_("To the place where I am")),
    "ship": ("truck-delivery", N_("To another company")),
    "return": ("truck-return", N_("Back to where it came from")),
    "scrap": ("trash", N_("Not usable any more")),
    "commission": ("tag", N_("A new label, put on now")),
}
MORE_TILES = {
    "split": ("git-fork", N_("A part of a lot becomes a lot of its own")),
    "merge": ("git-merge", N_("Several lots become one")),
    "repack": ("replace", N_("From one lot into other packs")),
    "rework": ("rotate-clockwise", N_("Of a lot, into a reworked one")),
    "repair": ("tool", N_("A piece that is put right")),
    "sample": ("test-pipe", N_("For the laboratory or for the shelf")),
    "loss": ("mood-empty", N_("Missing when it was counted")),
}
# What the browser keeps to open the page without a connection: the same bytes for everybody.
KEPT = ("scan.js", "scan.css", "suyuan.css", "tabler.min.css", "app.js", "icons.svg", "zxing_reader.wasm")


@blueprint.get("/scan")
@edge.require("scan")
def show() -> ResponseReturnValue:
    return render_template("scan/scan.html", profile=_profile(edge.actor()), **_frame())


@blueprint.get("/scan/profile")
@edge.public
def profile() -> ResponseReturnValue:
    """For a page that stayed open: who is signed in by now. 401 as JSON, never a redirect to a page."""
    person = edge.visitor()
    answer = jsonify(_profile(person) if person and person.may("scan") else {"code": "not-signed-in"})
    answer.status_code = 200 if person and person.may("scan") else 401
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/scan/shell")
@edge.public
def shell() -> ResponseReturnValue:
    """The page without a reader, whoever asks: it ends in a browser's cache."""
    g.actor = None
    page = current_app.make_response(render_template("scan/shell.html", profile=None, **_frame()))
    page.headers["Cache-Control"] = "public, max-age=0"
    return page


@blueprint.get("/sw.js")
@edge.public
def worker() -> ResponseReturnValue:
    """The service worker, with what it keeps written in front: a new build is a new worker."""
    assets: Assets = current_app.jinja_env.globals["asset"]  # type: ignore[assignment]
    urls = [assets(name) for name in KEPT] + [url_for("static", filename="mark.svg")]
    shells = {language: url_for(".shell", lang=language) for language in i18n.LANGUAGES}
    file = Path(current_app.static_folder or "") / "build" / Path(assets("sw.js")).name
    code = file.read_text().partition("//# sourceMappingURL")[0]
    version = hashlib.sha256("\n".join([*urls, code, _texts()]).encode()).hexdigest()[:12]
    head = json.dumps({"version": version, "assets": urls, "shells": shells})
    answer = Response(f"self.SHELL = {head};\n{code}", mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@cache
def _texts() -> str:
    """A digest of what the kept page is rendered from: templates and translations."""
    root = Path(current_app.root_path)
    frames = [root / "templates" / name for name in ("base.html", "macros.html")]
    files = [
        *frames,
        *sorted((root / "templates" / "scan").iterdir()),
        *sorted(root.glob("translations/**/*.mo")),
    ]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _frame() -> dict[str, Any]:
    tiles, more = _tiles(TILES), _tiles(MORE_TILES)
    steps = {
        name: {"icon": tile["icon"], "title": gettext(STEPS[name].title)}
        for name, tile in (tiles | more).items()
    }
    units = {code: gettext(name) for code, name in UNITS.items()}
    return {"tiles": tiles, "more_tiles": more, "steps_json": steps, "units_json": units}


def _tiles(tiles: dict[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
    return {
        name: {"icon": icon, "title": STEPS[name].title, "note": note} for name, (icon, note) in tiles.items()
    }


def _profile(person: Actor) -> dict[str, Any]:
    return {
        "operator": {"id": person.operator_id, "name": person.name},
        "places": places_of(person),
        "partners": partners_of(person),
        "csrf": generate_csrf(),
    }
