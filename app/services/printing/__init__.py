"""Print runs: which labels, on what, how far, what became of each. What draws and sends them is a job, app.jobprint."""

from app.services.printing.asked import FORMS, MOST, MOST_COPIES, RunAsked, What
from app.services.printing.choosing import preview, printed_before
from app.services.printing.reconciling import Reconciliation, apply, lose, reconciliation, spoil
from app.services.printing.runs import (
    Question,
    pieces_of,
    question_of,
    request_reprint,
    request_run,
    run_of,
    runs_of,
)
from app.services.printing.settling import answer, cancel

__all__ = [
    "FORMS",
    "MOST",
    "MOST_COPIES",
    "Question",
    "Reconciliation",
    "RunAsked",
    "What",
    "answer",
    "apply",
    "cancel",
    "lose",
    "pieces_of",
    "preview",
    "printed_before",
    "question_of",
    "reconciliation",
    "request_reprint",
    "request_run",
    "run_of",
    "runs_of",
    "spoil",
]
