"""What a template's identifier answers: a page for people, JSON Schema for programs; only its public fields."""

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.identifiers import Identifier
from app.domain.templates import TYPES
from app.services import describing
from app.services.template_views import MARK
from app.web import edge, numbers

SCHEMA = "application/schema+json"


def page_of(prefix: str, suffix: str) -> ResponseReturnValue | None:
    """None for what is no template of this node; `?version=` asks for an earlier one."""
    if not suffix.upper().startswith(MARK):
        return None
    with edge.reading() as session:
        version = describing.template_at(session, Identifier(prefix, suffix), numbers.asked("version") or 0)
        if version is None:
            return None
        owner = describing.owner_of(session, version)
    schema = describing.schema(version, edge.node().settings.base_url, whole=False)
    if g.for_program or request.accept_mimetypes[SCHEMA] > request.accept_mimetypes["text/html"]:
        return Response(describing.schema_text(schema), mimetype=SCHEMA)
    fields = [field for field in version.fields if field.public]
    return render_template(
        "public/template.html", shown=version, fields=fields, owner=owner, type_names=TYPES
    )
