"""Anybody, signed in or not, holds something against this node's log: a checkpoint, an event, a report, a file."""

from io import BytesIO
from pathlib import Path

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.evidence import KINDS, VERDICTS_IN_WORDS
from app.errors import TraceError
from app.services import certifying
from app.web import checking, edge
from app.web.errors import sentence, translate_error
from app.web.security import may_send_files

blueprint = Blueprint("verify", __name__, url_prefix="/verify")
SCRIPT = "suyuan_verify.py"


@blueprint.get("")
@edge.public
def show() -> ResponseReturnValue:
    return _page(None)


@blueprint.post("")
@edge.public
@may_send_files("max_upload_mb")
def check() -> ResponseReturnValue:
    """A chosen file counts before a pasted text."""
    file = request.files.get("file")
    text = request.form.get("text", "").replace("\r\n", "\n")
    try:
        looked = checking.look(file.stream if file else BytesIO(_noted(text)), edge.visitor())
    except TraceError as error:
        return _page(None, translate_error(error)), error.http_status
    return _page(looked, name=(file.filename or "")[:100] if file else "")


@blueprint.get(f"/{SCRIPT}")
@edge.public
def script() -> ResponseReturnValue:
    """The verifier that needs no node: one file of plain Python."""
    text = (Path(blueprint.root_path).parent / "standalone" / SCRIPT).read_bytes()
    answer = Response(text, content_type="text/x-python; charset=utf-8")
    answer.headers["Content-Disposition"] = f"attachment; filename={SCRIPT}"
    return answer


def _noted(text: str) -> bytes:
    """A signed note that was pasted without its last line end is still that note."""
    if not text.strip():
        return b""
    ends = text.rstrip("\n ") + "\n" if "\u2014 " in text and "\n\n" in text else text
    return ends.encode("utf-8", "surrogatepass")


def _page(looked: checking.Looked | None, trouble: tuple[str, str] = ("", ""), name: str = "") -> str:
    node = edge.node()
    with edge.reading() as session:
        newest = next(iter(certifying.newest_checkpoints(session, 1)), None)
    return render_template(
        "verify.html",
        looked=looked,
        checks=[(check.state, sentence(check.message, check.values)) for check in looked.finding.checks]
        if looked
        else [],
        trouble=trouble,
        name=name,
        kinds=KINDS,
        verdicts=VERDICTS_IN_WORDS,
        newest=newest,
        verifier_key=checking.keys()[0],
        origin=certifying.origin_of(node.settings.base_url),
        most=node.settings.max_upload_mb,
    )
