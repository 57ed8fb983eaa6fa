"""Recalls: what is suspect, all it reaches, where that is, who got it; stopping it, telling of it, practising it.

Closed by default: a recall is its company's alone, and reaches only what the company may see.
"""

from app.services.recalling.gathering import FEW, Gathered, gather, job_at_work, job_of, keep, set_job
from app.services.recalling.naming import Asked
from app.services.recalling.notices import Change, change, mark_silent, notify_all
from app.services.recalling.starting import Draft, begin, end, number_of
from app.services.recalling.stopping import Part, hold_some, release_some
from app.services.recalling.telling import recall_of, recalls_of

__all__ = [
    "FEW",
    "Asked",
    "Change",
    "Draft",
    "Gathered",
    "Part",
    "begin",
    "change",
    "end",
    "gather",
    "hold_some",
    "job_at_work",
    "job_of",
    "keep",
    "mark_silent",
    "notify_all",
    "number_of",
    "recall_of",
    "recalls_of",
    "release_some",
    "set_job",
]
