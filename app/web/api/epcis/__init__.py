"""The REST interface of EPCIS 2.0 at /epcis, path for path as the standard has it, for clients that know no Suyuan.

Signed in as for /api/v1. Errors are problems with the standard's types (`problems`), never a page.
"""

from importlib import import_module

from flask import Flask, Response
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import PathConverter

from app.errors import TraceError
from app.web.api.epcis import problems
from app.web.api.epcis.endpoint import ALL, Endpoint, blueprint
from app.web.edge import NotSignedIn

CAPABILITY = "capture"
MODULES = ("root", "resources", "captures", "events", "named_queries", "subscriptions")


class NameConverter(PathConverter):
    """A name or URI, with whatever slashes it has; clients encode them or not, and servers decode them before us."""

    regex = r"(?s:[^/].*?)"


def register(app: Flask, capabilities: frozenset[str]) -> None:
    if CAPABILITY not in capabilities:
        return
    app.url_map.converters["name"] = NameConverter
    for module in MODULES:
        import_module(f"{__name__}.{module}")
    app.register_blueprint(blueprint)


@blueprint.route("/<name:rest>", methods=ALL, provide_automatic_options=False)
def nothing(**_address: str) -> Response:
    """A path that is none is told in the form of this interface."""
    return problems.answer(problems.nothing_here())


@blueprint.errorhandler(TraceError)
def refused(error: TraceError) -> Response:
    return problems.answer(error)


@blueprint.errorhandler(NotSignedIn)
def not_signed_in(_error: NotSignedIn) -> Response:
    return problems.answer(problems.KeyWanted())


@blueprint.errorhandler(CSRFError)
def without_token(_error: CSRFError) -> Response:
    return problems.answer(problems.without_token())


@blueprint.errorhandler(HTTPException)
def of_flask(error: HTTPException) -> Response | HTTPException:
    return problems.of_flask(error)


__all__ = ["Endpoint", "register"]
