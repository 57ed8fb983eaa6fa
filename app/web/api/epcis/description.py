"""The EPCIS interface described: its part of the OpenAPI document, out of what its endpoints tell of themselves.

Sentences are msgids, translated with the rest of the document.
"""

from collections.abc import Iterator
from typing import Any

from app.domain.epcis import TYPES, query_names, schema_data
from app.errors import N_
from app.web.api.epcis import endpoint, media, paging, problems
from app.web.api.epcis.endpoint import Endpoint, blueprint
from app.web.api.epcis.told import Told

__all__ = ["TAG", "blueprint", "parameters", "paths", "schemas"]

TAG = "EPCIS"
COMPONENT = "#/components/{kind}/Epcis{name}"
VARIABLES = {
    "value": N_("A word or a URI, percent-encoded."),
    "event_id": N_("The eventID, percent-encoded."),
    "capture_id": N_("From the answer that started the job."),
    "query_name": N_("The name that was given."),
    "subscription_id": N_("From the answer that made it."),
    "page_token": N_("From the Link header of a page."),
}
SAID = {
    400: N_("What was sent cannot be used; `type` says of which kind the mistake is."),
    401: N_("No key, or none that is valid."),
    403: N_("Not allowed with your role."),
    404: N_("Not there, or not to be seen by you."),
    406: N_("Not to be had in a version or form that the request allows."),
    409: N_("There already; Location says where."),
    413: N_("Larger than announced, or more than one answer holds."),
    414: N_("The address is too long."),
    415: N_("Of a kind that cannot be read here."),
    501: N_("Not done by this server."),
}
HEADERS = {
    "GS1-EPCIS-Min": N_("The lowest version of EPCIS that the answer may have."),
    "GS1-EPCIS-Max": N_("The highest version of EPCIS that the answer may have."),
    "GS1-CBV-Min": N_("The lowest version of CBV that the answer may have."),
    "GS1-CBV-Max": N_("The highest version of CBV that the answer may have."),
    "GS1-Extensions": N_("Prefixes of extension fields: `ex=https://example.com/`."),
}
VERSION = {"type": "string", "pattern": r"^2(\.0){0,2}$"}
DISCOVERED = N_("Methods, versions, formats and limits are in the headers.")
ASKED = {
    "perPage": {"type": "integer", "minimum": 1, "default": paging.USUAL},
    "nextPageToken": {"type": "string"},
}
Document = dict[str, Any]


def paths() -> Document:
    made: Document = {}
    for each in endpoint.PUT:
        for path, kind in _expanded(each.rule):
            known = {method.lower(): _operation(each, method, path, kind) for method in each.known()}
            made[path] = known | {"options": _discovery(path)}
    return made


def parameters() -> Document:
    """What several operations ask for, by the name that refers to it."""
    made: Document = {name: {"name": name, "in": "query", "schema": schema} for name, schema in ASKED.items()}
    for name in (*query_names.KINDS, *query_names.CONTROLS):
        made[name] = {"name": name, "in": "query", "schema": {"type": "string"}}
    for name, text in HEADERS.items():
        schema = {"type": "string"} if name == "GS1-Extensions" else VERSION
        made[name] = {"name": name, "in": "header", "schema": schema, "description": text}
    for name, words in ((media.EPC_HEADER, media.EPC_FORMATS), (media.CBV_HEADER, media.CBV_FORMATS)):
        made[name] = {"name": name, "in": "header", "schema": {"enum": list(words)}}
    return {f"Epcis{name}": {"required": False} | part for name, part in made.items()}


def schemas() -> Document:
    words = {"type": "array", "items": {"type": "string"}}
    made: Document = {
        "Problem": _object(
            ["type", "title"], type={"type": "string", "pattern": f"^{problems.PREFIX}"}, title=TEXT
        ),
        "Collection": _object(["@context", "type", "member"], type={"const": "Collection"}, member=words),
        "Document": schema_data.SCHEMAS["EPCISDocument"],
        "QueryDocument": schema_data.SCHEMAS["EPCISQueryDocument"],
        "Event": {"anyOf": [schema_data.SCHEMAS[name] for name in TYPES]},
        "CaptureJob": _object(
            ["captureID", "createdAt", "running", "success", "captureErrorBehaviour", "errors"],
            running=FLAG,
            success=FLAG,
            errors={"type": "array", "items": {"$ref": _reference("Problem")}},
        ),
        "CaptureJobs": {"type": "array", "items": {"$ref": _reference("CaptureJob")}},
        "NamedQuery": _object(["name", "query"], name=TEXT, query={"type": "object"}),
        "Queries": {"type": "array", "items": {"$ref": _reference("NamedQuery")}},
        "NewSubscription": _object(
            ["dest"],
            dest={"type": "string", "format": "uri"},
            signatureToken=TEXT,
            stream=FLAG,
            reportIfEmpty=FLAG,
        ),
        "Subscription": _object(["subscriptionID", "dest", "createdAt"], subscriptionID=TEXT, dest=TEXT),
        "Subscriptions": {"type": "array", "items": {"$ref": _reference("Subscription")}},
    }
    return {f"Epcis{name}": schema for name, schema in made.items()}


TEXT = {"type": "string"}
FLAG = {"type": "boolean"}


def _object(required: list[str], **fields: Any) -> Document:
    return {"type": "object", "properties": fields, "required": required}


def _reference(name: str, kind: str = "schemas") -> str:
    return COMPONENT.format(kind=kind, name=name)


def _expanded(rule: str) -> Iterator[tuple[str, str]]:
    """The rule as a path of OpenAPI, once for each kind of list where it is about them."""
    path = f"/epcis{rule}".replace("<name:", "{").replace(">", "}")
    start, opened, rest = path.partition("<any(")
    if not opened:
        yield path, ""
        return
    kinds, _, end = rest.partition("):kind}")
    for kind in kinds.split(", "):
        yield f"{start}{kind}{end}", kind


def _operation(each: type[Endpoint], method: str, path: str, kind: str) -> Document:
    told = each.told[method]
    statuses = {401, 406, 414, *told.also}
    statuses |= {403} if told.right else set()
    statuses |= {404} if "{" in path and each.known() != ["DELETE"] else set()
    statuses |= {400} if told.query or told.takes else set()
    made: Document = {
        "tags": [TAG],
        "operationId": _name(method, path),
        "summary": told.summary,
        "parameters": [*_variables(path), *_asked(told, method)],
        "responses": {str(told.status): _answer(told, each.offered)}
        | {str(status): _problem(status) for status in sorted(statuses)}
        | {"default": _problem(500)},
    }
    if kind:
        made["description"] = f"`{kind}`"
    if told.takes:
        made["requestBody"] = {"required": True, "content": _content(told.takes, each.taken)}
    if method != "GET":
        made["security"] = [{"key": []}, {"browser": [], "csrf": []}]
    if told.right:
        made["x-right"] = told.right
    return made


def _discovery(path: str) -> Document:
    statuses = (401, 403, 404) if "{" in path else (401, 403)
    return {
        "tags": [TAG],
        "operationId": _name("options", path),
        "summary": N_("What may be done here"),
        "parameters": list(_variables(path)),
        "responses": {"204": {"description": DISCOVERED}}
        | {str(status): _problem(status) for status in statuses}
        | {"default": _problem(500)},
    }


def _name(method: str, path: str) -> str:
    return "_".join(["epcis", method.lower(), *(part.strip("{}") for part in path.split("/")[2:])])


def _variables(path: str) -> Iterator[Document]:
    for part in path.split("/"):
        if part.startswith("{"):
            name = part.strip("{}")
            schema = {"type": "string", "minLength": 1}
            yield {
                "name": name,
                "in": "path",
                "required": True,
                "schema": schema,
                "description": VARIABLES[name],
            }


def _asked(told: Told, method: str) -> Iterator[Document]:
    names = [*HEADERS] if method == "GET" else []
    if told.query:
        names += ASKED
    if told.query == "events":
        names += [*query_names.KINDS, *query_names.CONTROLS]
    if told.gives in {"EpcisQueryDocument", "EpcisEvent"}:
        names += [media.EPC_HEADER, media.CBV_HEADER]
    return ({"$ref": _reference(name, "parameters")} for name in names)


def _answer(told: Told, offered: tuple[str, ...]) -> Document:
    made: Document = {"description": N_("Done.")}
    return made | ({"content": _content(told.gives, offered)} if told.gives else {})


def _content(schema: str, types: tuple[str, ...]) -> Document:
    """JSON has a schema; XML is the same in the standard's XML."""
    return {
        each: {"schema": {"$ref": f"#/components/schemas/{schema}"}} if each in media.DATA else {}
        for each in types
    }


def _problem(status: int) -> Document:
    text = SAID.get(status, N_("Anything else that went wrong."))
    schema = {"schema": {"$ref": _reference("Problem")}}
    return {"description": text, "content": {problems.JSON: schema, problems.XML: {}}}
