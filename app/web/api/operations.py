"""One operation of the OpenAPI document, out of the notes that APIFlask's decorators left at its view."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from pydantic import BaseModel
from werkzeug.routing import Rule

from app.domain.people import RIGHTS
from app.errors import N_
from app.web.api.descriptions import PARAMETERS
from app.web.api.v1.calls import REPLAYED_HEADER
from app.web.api.v1.models import Problem

REF = "#/components/schemas/{model}"
PROBLEM_CONTENT = {"application/problem+json": {"schema": {"$ref": REF.format(model=Problem.__name__)}}}
VARIABLE = re.compile(r"<(?:(?P<kind>\w+)(?:\((?P<values>[^)]*)\))?:)?(?P<name>\w+)>")  # of a route
Model = tuple[type[BaseModel], Any]  # with 'validation' (what we take) or 'serialization' (what we give)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one route, and the notes its decorators left."""

    rule: Rule
    method: str
    view: Callable[..., Any]
    tag: str

    @property
    def notes(self) -> dict[str, Any]:
        return getattr(self.view, "_spec", {})

    @property
    def right(self) -> str:
        return getattr(self.view, "right", "")

    @property
    def idempotent(self) -> bool:
        return getattr(self.view, "idempotent", False)


def describe(each: Operation, references: dict[Model, Any]) -> dict[str, Any]:
    notes = each.notes
    made: dict[str, Any] = {
        "tags": [each.tag],
        "operationId": each.rule.endpoint.removeprefix("v1_").replace(".", "_"),
        "summary": notes.get("summary") or (each.view.__doc__ or "").partition("\n")[0],
        "parameters": list(_parameters(each)),
        "responses": _responses(each, references),
    }
    said = notes.get("description")
    description = [gettext(said)] if said else []
    if each.right:
        roles = ", ".join(role for role, rights in RIGHTS.items() if each.right in rights)
        description.append(
            gettext(N_("Needs the right `{right}`: {roles}.")).format(right=each.right, roles=roles)
        )
        made["x-right"] = each.right
    if description:
        made["description"] = "\n\n".join(description)
    if body := notes.get("body"):
        media = notes["content_type"]
        made["requestBody"] = {
            "required": True,
            "content": {media: {"schema": references[body, "validation"]}},
        }
    if getattr(each.view, "public", False):
        made["security"] = []
    elif each.method != "GET":
        made["security"] = [{"key": []}, {"browser": [], "csrf": []}]
    return made


def path_of(rule: Rule) -> str:
    return VARIABLE.sub(r"{\g<name>}", rule.rule)


def _parameters(each: Operation) -> Iterator[dict[str, Any]]:
    for part in VARIABLE.finditer(each.rule.rule):
        schema: dict[str, Any] = {"type": "string"}
        if part["kind"] == "int":
            schema = {"type": "integer", "minimum": 0}
        elif part["kind"] == "any":
            schema |= {"enum": part["values"].split(", ")}
        description = PARAMETERS.get(part["name"], "")
        yield {
            "name": part["name"],
            "in": "path",
            "required": True,
            "schema": schema,
            "description": description,
        }
    for model, place in each.notes.get("args", ()):
        if place == "query":
            yield from _query(model)
    if each.idempotent:
        yield {"$ref": "#/components/parameters/IdempotencyKey"}


def _query(model: type[BaseModel]) -> Iterator[dict[str, Any]]:
    schema = model.model_json_schema()
    drop_titles(schema)
    needed = schema.get("required", ())
    for name, part in schema["properties"].items():
        kinds = [kind for kind in part.pop("anyOf", ()) if kind != {"type": "null"}]
        described = {"description": part.pop("description")} if "description" in part else {}
        kept = {key: value for key, value in part.items() if key != "default" or value not in (None, "")}
        shape = (kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {}) | kept
        yield {"name": name, "in": "query", "required": name in needed, "schema": shape} | described


# --- responses ---


def _responses(each: Operation, references: dict[Model, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if answer := each.notes.get("response"):
        schema = references[answer["schema"], "serialization"]
        if answer["schema_adapter_many"]:
            schema = {"type": "array", "items": schema}
        made[str(answer["status_code"])] = {
            "description": answer["description"] or N_("Done."),
            "content": {answer["content_type"]: {"schema": schema}},
        }
    for status, response in _more_responses(each).items():
        content = {media: _media(kind, references) for media, kind in response.get("content", {}).items()}
        made[str(status)] = {"description": response["description"]} | (
            {"content": content} if content else {}
        )
    if each.idempotent:
        for response in made.values():
            response["headers"] = {REPLAYED_HEADER: _replayed_header()}
    return dict(sorted(made.items())) | _problems(each)


def _more_responses(each: Operation) -> dict[int, dict[str, Any]]:
    """What `blueprint.doc(responses=…)` says beside the one answer of `blueprint.output`."""
    said = dict(each.notes.get("responses") or {})
    for status, told in said.items():
        if isinstance(told, str):
            said[status] = {"description": told} | ({"content": PROBLEM_CONTENT} if status >= 400 else {})
    return said


def _media(kind: dict[str, Any], references: dict[Model, Any]) -> dict[str, Any]:
    return (
        {"schema": references[kind["schema"], "serialization"]}
        if isinstance(kind.get("schema"), type)
        else kind
    )


def _problems(each: Operation) -> dict[str, Any]:
    takes_input = bool(each.notes.get("body") or each.notes.get("args"))
    wanted = {
        "400": bool(each.notes.get("body")) or bool(each.rule.arguments),
        "401": not getattr(each.view, "public", False),
        "403": bool(each.right) or each.method != "GET",
        "404": bool(each.rule.arguments) or bool(each.notes.get("body")),
        "409": each.idempotent,
        "422": takes_input or each.method != "GET",
        "default": True,
    }
    return {status: {"$ref": f"#/components/responses/{status}"} for status, wants in wanted.items() if wants}


def _replayed_header() -> dict[str, Any]:
    return {
        "schema": {"const": "true"},
        "description": N_("There when this is the answer to an earlier, equal call."),
    }


def models_told(each: Operation) -> Iterator[type[BaseModel]]:
    if answer := each.notes.get("response"):
        yield answer["schema"]
    for response in _more_responses(each).values():
        for media in response.get("content", {}).values():
            if isinstance(media.get("schema"), type):
                yield media["schema"]


def drop_titles(schema: Any) -> None:
    """Pydantic's titles are the names again."""
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        for part in schema.values():
            drop_titles(part)
    elif isinstance(schema, list):
        for part in schema:
            drop_titles(part)
