"""Pages for people: one module a blueprint, thin. A page parses, calls one service, and presents."""

from importlib import import_module

from flask import Flask

# module of this package -> the capability a node must have to serve it ('' for all)
PAGES = {
    "sign_in": "",
    "home": "",
    "welcome": "",
    "account": "",
    "people": "",
    "organisations": "",
    "audit": "",
    "handle_admins": "answer",
    "apply": "delegate",
    "applications": "delegate",
    "delegations": "delegate",
    "our_zone": "",
    "log": "",
    "log_partners": "capture",
    "verify": "",
    "mesh": "delegate",
    "sites": "mint",
    "products": "mint",
    "templates": "mint",
    "links": "",
    "registry": "",
    "records": "mint",
    "prefixes": "",
    "patterns": "mint",
    "ranges": "mint",
    "aliases": "mint",
    "imports": "mint",
    "scan": "capture",
    "items": "",
    "labels": "label",
    "printers": "label",
    "label_templates": "label",
    "label_stock": "label",
    "label_runs": "label",
    "label_blanks": "label",
    "label_lists": "label",
    "label_claims": "capture",
    "label_check": "label",
    "jobs": "",
    "trace": "trace",
    "partners": "trace",
    "disclosure": "trace",
    "search": "trace",
    "holds": "capture",
    "custody_rules": "capture",
    "alerts": "capture",
    "deliveries": "capture",
    "recalls": "capture",
    "recall_notices": "capture",
    "balances": "trace",
    "quality": "trace",
    "captures": "capture",
    "subscriptions": "capture",
    "resolutions": "",
    "network": "answer",
    "explain": "recurse",
}


def register(app: Flask, capabilities: frozenset[str]) -> None:
    """Each module has its blueprint in `blueprint`."""
    for module, capability in PAGES.items():
        if not capability or capability in capabilities:
            app.register_blueprint(import_module(f"app.web.pages.{module}").blueprint)
