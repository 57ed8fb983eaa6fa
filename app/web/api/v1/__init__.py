"""Version 1 of the API: one module a resource, each with its `blueprint` from `blueprint_of`.

Signed in by cookie (then a POST carries the page's CSRF token in X-CSRFToken) or by `Authorization: Bearer <API key>`.
Every error is problem+json (RFC 9457) with a stable `code`; its sentences are in the language of Accept-Language.
`app.web.api.openapi` describes what is registered here.
"""

from importlib import import_module

from apiflask import APIBlueprint, APIFlask, HTTPError

from app.web.api import PREFIX, validation

# module of this package -> the capability a node must have to serve it ('' for all)
MODULES = {
    "me": "",
    "organisations": "",
    "people": "",
    "sites": "mint",
    "products": "mint",
    "templates": "mint",
    "links": "",
    "items": "",
    "minting": "mint",
    "registry": "",
    "prefixes": "",
    "applications": "delegate",
    "zones": "delegate",
    "patterns": "mint",
    "ranges": "mint",
    "aliases": "mint",
    "records": "mint",
    "labels": "label",
    "label_stock": "label",
    "printers": "label",
    "label_runs": "label",
    "label_claims": "capture",
    "label_checks": "label",
    "label_templates": "label",
    "scans": "capture",
    "photos": "capture",
    "traces": "trace",
    "disclosure": "trace",
    "holds": "capture",
    "custody_rules": "capture",
    "recalls": "capture",
    "alerts": "capture",
    "balances": "trace",
    "quality": "trace",
    "events": "",
    "log": "",
    "log_partners": "capture",
    "jobs": "",
    "audit": "",
    "resolutions": "",
    "network": "answer",
}


def blueprint_of(name: str, tag: str) -> APIBlueprint:
    """For a module of this package: `blueprint = blueprint_of("scans", "Scanning")`; its routes begin after /api/v1."""
    return APIBlueprint(f"v1_{name}", __name__, url_prefix=PREFIX, tag=tag)


def register(app: APIFlask, capabilities: frozenset[str]) -> None:
    app.register_error_handler(HTTPError, validation.answer)
    for module, capability in MODULES.items():
        if not capability or capability in capabilities:
            app.register_blueprint(import_module(f"{__name__}.{module}").blueprint)
    app.register_blueprint(import_module("app.web.api.openapi").blueprint)
