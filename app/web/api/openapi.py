"""The API described: an OpenAPI 3.1 document made of the models that validate, and a page to try it.

The decorators of APIFlask leave at each view what goes in and what comes out; from that, the routes and the rights
follow paths and operations. Sentences are msgids, translated while the document is made.
"""

from collections.abc import Iterator
from typing import Any

import orjson
from apiflask import APIBlueprint
from flask import Blueprint, Flask, Response, current_app, render_template
from flask_babel import gettext
from pydantic.json_schema import models_json_schema

from app.errors import N_
from app.web import edge, i18n
from app.web.api import PREFIX
from app.web.api.descriptions import NOTES, PROBLEMS, SCHEMES, TAGS, TITLE
from app.web.api.operations import (
    PROBLEM_CONTENT,
    REF,
    Model,
    Operation,
    describe,
    drop_titles,
    models_told,
    path_of,
)
from app.web.api.v1.calls import KEY_HEADER
from app.web.api.v1.models import Problem

blueprint = Blueprint("api", __name__)

SENTENCES = {"description", "summary"}


@blueprint.get(f"{PREFIX}/openapi.json")
@edge.public
def openapi() -> Response:
    made: dict[str, bytes] = current_app.extensions.setdefault("openapi", {})
    language = i18n.language()
    if language not in made:
        made[language] = orjson.dumps(document(current_app))
    return Response(made[language], mimetype="application/json")


@blueprint.get("/api/docs")
@edge.public
def docs() -> str:
    return render_template("api/docs.html")


def document(app: Flask) -> dict[str, Any]:
    """The whole description, in the reader's language."""
    from app.web.api.epcis import description as epcis  # late: only who reads the description needs it

    operations = sorted(_operations(app), key=lambda each: (_place(each.tag), each.rule.rule, each.method))
    references, schemas = _schemas(operations)
    paths: dict[str, Any] = {}
    for each in operations:
        paths.setdefault(path_of(each.rule), {})[each.method.lower()] = describe(each, references)
    used = dict.fromkeys(each.tag for each in operations)
    if epcis.blueprint.name in app.blueprints:
        paths |= epcis.paths()
        schemas |= epcis.schemas()
        used |= {epcis.TAG: None}
    tags = [{"name": name, "description": TAGS.get(name, "")} for name in used]
    return {
        "openapi": "3.1.0",
        "info": {"title": gettext(TITLE), "version": "1", "description": "\n\n".join(map(gettext, NOTES))},
        "servers": [{"url": "/"}],
        "security": [{"key": []}, {"browser": []}],
        "tags": _translated(tags),
        "paths": _translated(paths),
        "components": {
            "schemas": _translated(schemas),
            "securitySchemes": _translated(SCHEMES),
            "parameters": {"IdempotencyKey": _translated(_key_parameter())} | _translated(epcis.parameters()),
            "responses": {
                name: {"description": gettext(text), "content": PROBLEM_CONTENT}
                for name, text in PROBLEMS.items()
            },
        },
    }


def _operations(app: Flask) -> Iterator[Operation]:
    for rule in app.url_map.iter_rules():
        owner = app.blueprints.get(rule.endpoint.rpartition(".")[0])
        if isinstance(owner, APIBlueprint) and rule.rule.startswith(PREFIX):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield Operation(rule, method, app.view_functions[rule.endpoint], str(owner.tag))


def _place(tag: str) -> int:
    return list(TAGS).index(tag) if tag in TAGS else len(TAGS)


def _schemas(operations: list[Operation]) -> tuple[dict[Model, Any], dict[str, Any]]:
    """A reference for each model in each of its two uses, and what these refer to."""
    wanted: dict[Model, None] = {(Problem, "serialization"): None}
    for each in operations:
        if body := each.notes.get("body"):
            wanted[body, "validation"] = None
        wanted |= {(model, "serialization"): None for model in models_told(each)}
    references, defined = models_json_schema(list(wanted), ref_template=REF)
    schemas = defined.get("$defs", {})
    for schema in schemas.values():
        drop_titles(schema)
    return {key: references[key] for key in wanted}, schemas


def _key_parameter() -> dict[str, Any]:
    return {
        "name": KEY_HEADER,
        "in": "header",
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        "description": N_(
            "Draw one for each call, and send the same again when you repeat the call: it has one effect."
        ),
    }


def _translated(part: Any) -> Any:
    """A copy with its sentences in the reader's language."""
    if isinstance(part, dict):
        return {
            name: gettext(value)
            if name in SENTENCES and isinstance(value, str) and value
            else _translated(value)
            for name, value in part.items()
        }
    return [_translated(each) for each in part] if isinstance(part, list | tuple) else part
