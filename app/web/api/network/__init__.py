"""What nodes ask one another, under /api/network: one module a subject, each with its `blueprint` from `blueprint_of`.

Whoever asks proves itself by a signed statement, where it matters who asks; a cookie or an API key counts for nothing.
Errors are problem+json, as everywhere.
"""

from importlib import import_module

from flask import Blueprint, Flask

PREFIX = "/api/network"
# module of this package -> the capability a node must have to serve it ('' for all)
MODULES = {
    "filings": "delegate",
    "answers": "answer",
    "explanations": "recurse",
    "applications": "delegate",
    "delegations": "delegate",
    "changes": "delegate",
    "partners": "trace",
    "checkpoints": "capture",
}


def blueprint_of(name: str) -> Blueprint:
    """For a module of this package: `blueprint = blueprint_of("answers")`; its routes begin after /api/network."""
    return Blueprint(f"network_{name}", __name__, url_prefix=PREFIX)


def register(app: Flask, capabilities: frozenset[str]) -> None:
    for module, capability in MODULES.items():
        if not capability or capability in capabilities:
            app.register_blueprint(import_module(f"{__name__}.{module}").blueprint)
