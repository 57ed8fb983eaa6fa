"""Forms that start a print run: one that is sent twice starts one."""

import hashlib
import secrets
from collections.abc import Callable

from flask import request
from sqlmodel import Session

from app import jobqueue
from app.services import idempotency
from app.services.idempotency import Answer, Call
from app.services.printing.runs import PrintRun
from app.web import edge

LONGEST_NONCE = 64


def new_nonce() -> str:
    return secrets.token_hex(16)


def started(ask: Callable[[Session], PrintRun]) -> int:
    """The number of the run that this form asks for, with its job on the way. What `ask` raises leaves nothing."""
    call, job_id = _call(), ""
    with edge.writing() as session:
        if call and (earlier := idempotency.claim(session, call, edge.now())):
            return int(earlier.text)
        run = ask(session)
        run_id, job_id = run.id or 0, run.job_id
        if call:
            idempotency.keep(session, call, Answer(303, str(run_id)))
    jobqueue.enqueue(edge.node().settings, job_id)
    return run_id


def _call() -> Call | None:
    """The same form with something else in it, after a step back in the browser, is another one."""
    nonce = request.form.get("nonce", "")
    if not nonce.isalnum() or len(nonce) > LONGEST_NONCE or not nonce.isascii():
        return None
    sent = sorted(
        (name, each) for name in request.form for each in request.form.getlist(name) if name != "csrf_token"
    )
    content = repr((request.path, sent)).encode()
    key = f"{nonce}-{hashlib.sha256(content).hexdigest()[:32]}"
    return idempotency.call_of(edge.actor(), key, content)
