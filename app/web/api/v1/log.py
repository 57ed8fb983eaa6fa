"""The log as a verifiable data structure: its head, its signed checkpoint, and proofs that anybody can check."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from apiflask.fields import UploadFile
from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from app.domain.evidence import KINDS, VERDICTS_IN_WORDS
from app.errors import N_, Unknown
from app.services import certifying, evidencing, offering
from app.web import checking, edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import answer
from app.web.api.v1.models import LARGEST_ID, Asked, Told
from app.web.errors import sentence
from app.web.security import may_send_files

blueprint = blueprint_of("log", "Log")
SEQ = f"<int(max={LARGEST_ID}):seq>"
TEXT: dict[int | str, dict[str, Any]] = {
    200: {"description": N_("The checkpoint."), "content": {"text/plain": {}}}
}
Size = Annotated[int, Field(ge=0, le=LARGEST_ID)]
Hash = Annotated[str, Field(description=N_("SHA-256, in hexadecimal."))]


class Head(Told):
    __doc__ = N_("The log as it stands, signed or not.")

    size: int = Field(description=N_("How many entries there are; also the number of the next one."))
    root: Hash
    origin: str = Field(description=N_("The log's name in its checkpoints."))
    verifier_key: str = Field(description=N_("What its checkpoints are checked with (C2SP signed note)."))


class LogEntry(Told):
    __doc__ = N_(
        "An entry with its text exactly as recorded: the leaf is SHA-256 of a zero byte and this text."
    )

    seq: int
    event_id: str
    step: str
    event_time: datetime
    record_time: datetime
    leaf: Hash
    body: str


class AskedProof(Asked):
    size: Size | None = Field(None, description=N_("In the tree of so many entries; without it, of all."))


class InclusionProof(Told):
    __doc__ = N_("RFC 6962 audit path: that the entry is in the tree of the first `size` entries.")

    seq: int
    size: int
    leaf: Hash
    path: list[Hash]
    root: Hash


class AskedConsistency(Asked):
    from_: Size = Field(alias="from", description=N_("The smaller size."))
    to: Size | None = Field(None, description=N_("The larger size; without it, all entries."))


class ConsistencyProof(Told):
    __doc__ = N_("RFC 6962 consistency proof: that the log of `to` entries begins with the log of `from`.")

    from_: int = Field(serialization_alias="from")
    to: int
    from_root: Hash
    to_root: Hash
    path: list[Hash]


@blueprint.get("/log/head")
@edge.public
@blueprint.doc(summary=N_("Size and root of the log, and the key its checkpoints are signed with"))
@blueprint.output(Head)
def head() -> Response:
    node = edge.node()
    origin = certifying.origin_of(node.settings.base_url)
    with edge.reading() as session:
        size, root = certifying.head(session)
    key = certifying.verifier_key(node.keys, origin)
    return answer(Head(size=size, root=root.hex(), origin=origin, verifier_key=key))


@blueprint.get("/log/checkpoint")
@edge.public
@blueprint.doc(
    summary=N_("The newest signed checkpoint, as text"),
    description=N_(
        "A C2SP tlog-checkpoint: origin, size and root, each on a line, the node's signature, and those of partners who"
        " saw the log grow up to here (C2SP tlog-cosignature)."
    ),
    responses=TEXT,
)
def checkpoint() -> Response:
    with edge.reading() as session:
        newest = certifying.newest_checkpoints(session, 1)
        if not newest:
            raise Unknown("no-checkpoint", N_("Nothing of this log is signed yet."), N_("Ask again later."))
        note = offering.note_with_cosignatures(session, newest[0].size, newest[0].note)
    return Response(note, content_type="text/plain; charset=utf-8")


@blueprint.get(f"/log/entries/{SEQ}")
@edge.require("browse")
@blueprint.doc(summary=N_("An entry of my organisation, with the text its proof is about"))
@blueprint.output(LogEntry)
def entry(seq: int) -> Response:
    with edge.reading() as session:
        row = certifying.entry_of(session, edge.actor(), seq)
    values = row.model_dump(include=set(LogEntry.model_fields) - {"leaf"})
    return answer(LogEntry(leaf=row.leaf.hex(), **values))


@blueprint.get(f"/log/entries/{SEQ}/proof")
@edge.public
@blueprint.doc(summary=N_("Proof that an entry is in the log"))
@blueprint.input(AskedProof, location="query", arg_name="asked")
@blueprint.output(InclusionProof)
def proof(seq: int, asked: AskedProof) -> Response:
    with edge.reading() as session:
        found = certifying.inclusion_proof(session, seq, asked.size)
    return answer(
        InclusionProof(
            seq=seq,
            size=found.size,
            leaf=found.leaf.hex(),
            path=[h.hex() for h in found.path],
            root=found.root.hex(),
        )
    )


@blueprint.get("/log/consistency")
@edge.public
@blueprint.doc(summary=N_("Proof that the log only grew between two sizes"))
@blueprint.input(AskedConsistency, location="query", arg_name="asked")
@blueprint.output(ConsistencyProof)
def consistency(asked: AskedConsistency) -> Response:
    with edge.reading() as session:
        found = certifying.consistency_proof(session, asked.from_, asked.to)
    body = ConsistencyProof(
        from_=found.old,
        to=found.new,
        from_root=found.old_root.hex(),
        to_root=found.new_root.hex(),
        path=[h.hex() for h in found.path],
    )
    return Response(body.model_dump_json(by_alias=True), mimetype="application/json")


class AskedCheckpoint(Asked):
    size: Size = Field(description=N_("The number of entries that was signed."))


@blueprint.get("/log/checkpoints")
@edge.public
@blueprint.doc(
    summary=N_("A signed checkpoint of an earlier size, as text"),
    description=N_("For who was given its size or an old proof; the newest has an address of its own."),
    responses=TEXT,
)
@blueprint.input(AskedCheckpoint, location="query", arg_name="asked")
def checkpoint_at(asked: AskedCheckpoint) -> Response:
    with edge.reading() as session:
        row = certifying.checkpoint_at(session, asked.size)
        note = offering.note_with_cosignatures(session, row.size, row.note)
    return Response(note, content_type="text/plain; charset=utf-8")


@blueprint.get(f"/log/entries/{SEQ}/evidence")
@edge.require("browse")
@blueprint.doc(
    summary=N_("An entry of my organisation with everything that proves it, for a check without this node"),
    description=N_(
        "Its text, the audit path to the root of the newest checkpoint that covers it, that checkpoint with its"
        " cosignatures, and the keys. The verifier is at /verify/suyuan_verify.py."
    ),
)
def evidence_of(seq: int) -> Response:
    with edge.reading() as session:
        found = evidencing.bundle(session, edge.actor(), seq, checking.keys())
    file = Response(orjson.dumps(found, option=orjson.OPT_INDENT_2), mimetype="application/json")
    file.headers["Content-Disposition"] = f"attachment; filename=entry-{seq}.json"
    return file


class NewCheck(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    file: UploadFile


class CheckMade(Told):
    state: str = Field(description=N_("ok, wrong, missing or note."))
    message: str


class Checked(Told):
    __doc__ = N_("What came of holding something against the log.")

    verdict: str = Field(description=N_("in-log, not-in-log or does-not-fit."))
    verdict_text: str
    kind: str = Field(description=N_("What it was taken for."))
    kind_text: str
    sha256: Hash
    checks: list[CheckMade]


@blueprint.post("/log/verifications")
@edge.own_credentials
@blueprint.doc(
    summary=N_("Is this in the log, unchanged?"),
    description=N_(
        "A checkpoint, an event or document, evidence, a proof, a report, or a file that this node made. Nobody has"
        " to sign in; with a key, the company that recorded an event is told when its text differs. Nothing is kept."
    ),
)
@blueprint.input(NewCheck, location="files", arg_name="sent")
@blueprint.output(Checked)
@may_send_files("max_upload_mb")
def verify(sent: NewCheck) -> Response:
    looked = checking.look(sent.file.stream, edge.visitor() if edge.api_key() is not None else None)
    finding = looked.finding
    checks = [
        CheckMade(state=each.state, message=sentence(each.message, each.values)) for each in finding.checks
    ]
    return answer(
        Checked(
            verdict=finding.verdict,
            verdict_text=sentence(VERDICTS_IN_WORDS[finding.verdict], {}),
            kind=finding.kind,
            kind_text=sentence(KINDS[finding.kind], {}),
            sha256=looked.digest,
            checks=checks,
        )
    )
