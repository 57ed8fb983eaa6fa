"""Capture jobs: documents with many events sent, and what became of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from flask import Response, request

from app import jobqueue, jobs
from app.domain.captured import PROCEED, ROLLBACK
from app.domain.epcis import documents, time_text
from app.errors import N_, Malformed, TraceError
from app.services import capture_files, capture_jobs, preparing, vocabularies
from app.services.capture_jobs import Capture
from app.services.preparing import Prepared
from app.web import edge, i18n
from app.web.api.epcis import addresses, answers, bodies, limits, media, paging, problems, xml_bodies
from app.web.api.epcis.endpoint import Endpoint, at
from app.web.api.epcis.told import Told

BEHAVIOUR = "GS1-Capture-Error-Behaviour"
_LIST = "/epcisBody/eventList"
BOTH = "all"  # what OPTIONS says where either can be asked for


@at("/capture", "captures")
class Captures(Endpoint):
    """Anybody of the company sees its captures; who may scan may make one."""

    taken = media.BOTH
    takes_events = True
    told: ClassVar = {
        "GET": Told(
            N_("Captures of my organisation, newest first"), gives="EpcisCaptureJobs", query="paging"
        ),
        "POST": Told(
            N_("Capture a document"), 202, takes="EpcisDocument", also=(400, 413, 415), right="scan"
        ),
    }

    def get(self) -> Response:
        wish = self.wish()
        per_page, token = paging.asked()
        with edge.reading() as session:
            found, following = capture_jobs.jobs_of(session, edge.actor(), paging.number_in(token), per_page)
        answer = answers.data([told(each) for each in found], wish)
        return paging.with_next(answer, paging.token_of(following))

    def post(self) -> Response:
        edge.actor().require("scan")
        behaviour = _behaviour()
        body, kind = bodies.raw(self.taken)
        document = documents.read_document(body, kind)
        if document.kind not in (documents.CAPTURE, documents.QUERY):
            raise Malformed(
                "no-document",
                N_("This is one event alone, and no document."),
                N_("Put it into an EPCISDocument, or send it to /epcis/events."),
            )
        made = _begun(document, body, kind, behaviour)
        response = Response(status=202)
        response.headers["Location"] = addresses.of("capture", made.capture_id)
        response.headers[BEHAVIOUR] = behaviour
        return response

    def more_options(self, **_taken: str) -> dict[str, str]:
        return limits.headers() | {BEHAVIOUR: BOTH}


@at("/capture/<name:capture_id>", "capture")
class One(Endpoint):
    offered = media.BOTH
    told: ClassVar = {"GET": Told(N_("What became of a capture"), gives="EpcisCaptureJob")}

    def get(self, capture_id: str) -> Response:
        wish = self.wish()
        body = told(_capture_of(capture_id))
        if wish.is_xml:
            return Response(xml_bodies.job(body), content_type=wish.media_type)
        return answers.data(body, wish)

    def must_exist(self, **taken: str) -> None:
        _capture_of(taken["capture_id"])


def told(capture: Capture) -> dict[str, Any]:
    """As the standard has it, and how many events there were of which kind."""
    body: dict[str, Any] = {"captureID": capture.capture_id, "createdAt": time_text(capture.created_at)}
    if capture.finished_at:
        body["finishedAt"] = time_text(capture.finished_at)
    return body | {
        "running": capture.running,
        "success": capture.success,
        "captureErrorBehaviour": capture.behaviour,
        "errors": [_error(each) for each in capture.errors],
        "suyuan:events": capture.events,
        "suyuan:captured": capture.captured,
        "suyuan:known": capture.known,
        "suyuan:failed": capture.failed,
    }


def _error(kept: dict[str, Any]) -> dict[str, Any]:
    """`instance` points at the event in the document that was sent."""
    error = TraceError(kept["code"], kept["message"], kept["hint"], **kept["values"])
    body = problems.body_of(error, 409 if error.code in problems.EXISTS else 400)
    return body | {"instance": f"#{_LIST}/{kept['index']}"}


def _capture_of(capture_id: str) -> Capture:
    with edge.reading() as session:
        return capture_jobs.job_of(session, edge.actor(), capture_id)


def _behaviour() -> str:
    asked = request.headers.get(BEHAVIOUR, "").strip() or ROLLBACK
    if asked in (ROLLBACK, PROCEED):
        return asked
    raise Malformed(
        "bad-error-behaviour",
        N_("{header} is '{asked}'."),
        N_("Use rollback or proceed."),
        header=BEHAVIOUR,
        asked=asked[:40],
    )


def _begun(document: documents.Document, body: bytes, kind: str, behaviour: str) -> Capture:
    """Small documents are captured now, larger ones by the worker. Refused where not one event is one."""
    count = len(document.events)
    if count > capture_jobs.MOST_EVENTS:
        raise problems.TooLarge(
            "too-many-events",
            N_("This document has {count} events."),
            N_("Send up to {most} in one document."),
            count=count,
            most=capture_jobs.MOST_EVENTS,
        )
    if count > capture_jobs.INSIDE:
        return _later(document, body, kind, behaviour)
    prepared = preparing.prepare(document.events, edge.now(), document.hash_of)
    if prepared and all(each.problem for each in prepared):
        raise _refusal(prepared)
    with edge.writing() as session:
        made = capture_jobs.begin(session, edge.actor(), prepared, behaviour, edge.now())
        if made.success or behaviour == PROCEED:
            vocabularies.keep(session, edge.actor(), document.master_data, edge.now(), document.namespaces)
    return made


def _later(document: documents.Document, body: bytes, kind: str, behaviour: str) -> Capture:
    actor, settings, capture_id = edge.actor(), edge.node().settings, capture_jobs.new_id()
    folder = settings.uploads_dir
    parameters = {"capture": capture_id, "media": kind, "behaviour": behaviour}
    capture_files.keep(folder, capture_id, body, edge.now())
    try:
        with edge.writing() as session:
            job_id = jobs.request(session, actor, "capture", parameters, i18n.language(), edge.now())
            made = capture_jobs.begin_later(
                session, actor, capture_id, len(document.events), behaviour, job_id, edge.now()
            )
            vocabularies.keep(session, actor, document.master_data, edge.now(), document.namespaces)
    except TraceError:
        capture_files.forget(folder, capture_id)
        raise
    jobqueue.enqueue(settings, job_id)
    return made


def _refusal(prepared: Sequence[Prepared]) -> TraceError:
    """Of a document of which no event can be taken: all that the schema and sense have to say."""
    faults = [
        replace(fault, path=f"{_LIST}/{each.index}{fault.path}") for each in prepared for fault in each.faults
    ]
    if faults:
        return problems.invalid(faults)
    return next(each.problem for each in prepared if each.problem)
