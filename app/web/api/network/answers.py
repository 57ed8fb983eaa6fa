"""What this node answers to other nodes that look for a handle: signed, the same for everybody."""

from flask import Response, request

from app.domain.handles import answers
from app.services import answering
from app.web import edge, signed_answers
from app.web.api.network import blueprint_of

blueprint = blueprint_of("answers")


@blueprint.get("/answers/<handle:handle>")
@edge.public
def show(handle: str) -> Response:
    speaker = signed_answers.speaker_of(edge.node())
    with edge.reading() as session:
        signed = answering.told(session, speaker, handle, request.args.get("nonce", ""), edge.now())
    return Response(answering.encoded(signed), content_type=answers.JSON_TYPE)
