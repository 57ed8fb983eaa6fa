"""Version 1 of the API: one module an activity, each with its `blueprint` from `blueprint_of`; and its OpenAPI description.

Signed in by cookie (then a POST carries the page's CSRF token in X-CSRFToken) or by `Authorization: Bearer <API key>`.
Every error is problem+json (RFC 9457) with a stable `code`; its sentences are in the language of Accept-Language.
"""

from importlib import import_module

from apiflask import APIBlueprint, APIFlask
from flask import Flask, Response, current_app, jsonify
from pydantic import BaseModel

from app.web import edge

# module of this package -> the capability a node must have to serve it ('' for all)
MODULES = {
    "scans": "capture",
    "photos": "capture",
}
TITLE = "Suyuan API"
NOTE = (__doc__ or "").partition("\n\n")[2]
SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "A personal API key: My account, API keys."},
    "browser": {"type": "apiKey", "in": "cookie", "name": "suyuan", "description": "The cookie of a signed-in browser."},
}


class Problem(BaseModel):
    """RFC 9457, with a stable code and what to do about it."""

    type: str
    title: str
    status: int
    detail: str
    hint: str
    code: str


def blueprint_of(name: str, tag: str) -> APIBlueprint:
    """For a module of this package: `blueprint = blueprint_of("scans", "Scanning")`; its routes begin after /api/v1."""
    return APIBlueprint(f"v1_{name}", __name__, url_prefix="/api/v1", tag=tag)


def register(app: APIFlask, capabilities: frozenset[str]) -> None:
    app.title, app.version = TITLE, "1"
    app.security_schemes = SCHEMES
    app.config["INFO"] = {"description": NOTE}
    app.config["HTTP_ERROR_SCHEMA"] = app.config["VALIDATION_ERROR_SCHEMA"] = Problem
    for module, capability in MODULES.items():
        if not capability or capability in capabilities:
            app.register_blueprint(import_module(f"{__name__}.{module}").blueprint)
    _describe(app)


def _describe(app: Flask) -> None:
    @app.get("/api/v1/openapi.json")
    @edge.public
    def openapi() -> Response:
        return jsonify(current_app.spec)  # type: ignore[attr-defined]
