"""Customers of a recall one by one: what each was sent, was told and answered; and the last steps of an exercise."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.domain.recall_words import NOTICE_STEPS
from app.errors import N_, Malformed
from app.services import recalling
from app.services.recalling import Change, exercising, notices, viewing
from app.web import edge, i18n
from app.web.forms import typed_amount
from app.web.pages.recalls import words

blueprint = Blueprint("recall_notices", __name__, url_prefix="/recalls/<recall_id>")
NOBODY = "-"  # stands for a consignee that no event names


@blueprint.get("/customers/<party>")
@edge.require("report")
def show(recall_id: str, party: str) -> ResponseReturnValue:
    with edge.reading() as session:
        recall, notice, sent, stamp = viewing.customer_of(session, edge.actor(), recall_id, _party(party))
    if notice is None:
        return redirect(url_for("recalls.show", recall_id=recall_id))
    return render_template(
        "recalls/customer.html",
        recall=recall,
        notice=notice,
        sent=sent,
        stamp=stamp,
        following=NOTICE_STEPS[notice.state],
        overdue=notice.overdue(edge.now()),
        party=party,
        **words(),
    )


@blueprint.post("/customers/<party>")
@edge.require("hold")
def change(recall_id: str, party: str) -> ResponseReturnValue:
    wanted = Change(
        state=request.form.get("state", ""),
        method=request.form.get("method", ""),
        contact=request.form.get("contact", ""),
        note=request.form.get("note", ""),
        due=moment_of(request.form.get("due", "")),
        amounts=_amounts(),
        seen=request.form.get("seen"),
    )
    with edge.writing() as session:
        recalling.change(session, edge.actor(), recall_id, _party(party), wanted, edge.now())
    flash(_("Written down."), "success")
    return redirect(url_for(".show", recall_id=recall_id, party=party), 303)


@blueprint.post("/notify")
@edge.require("hold")
def notify(recall_id: str) -> ResponseReturnValue:
    method, due = request.form.get("method", ""), moment_of(request.form.get("due", ""))
    with edge.writing() as session:
        done = recalling.notify_all(session, edge.actor(), recall_id, method, due, edge.now())
    flash(
        ngettext(
            "%(num)d customer is marked as notified.", "%(num)d customers are marked as notified.", done
        ),
        "success",
    )
    return redirect(f"{url_for('recalls.show', recall_id=recall_id)}#customers", 303)


@blueprint.post("/silent")
@edge.require("hold")
def silent(recall_id: str) -> ResponseReturnValue:
    with edge.writing() as session:
        done = notices.mark_silent(session, edge.actor(), recall_id, edge.now())
    flash(
        ngettext("%(num)d customer is marked as silent.", "%(num)d customers are marked as silent.", done),
        "success",
    )
    return redirect(f"{url_for('recalls.show', recall_id=recall_id)}#customers", 303)


@blueprint.post("/finish")
@edge.require("hold")
def finish(recall_id: str) -> ResponseReturnValue:
    counts = {
        name.removeprefix("found-"): amount
        for name, text in request.form.items()
        if name.startswith("found-") and (amount := typed_amount(text, name)) is not None
    }
    with edge.writing() as session:
        exercising.finish(
            session, edge.actor(), recall_id, counts, request.form.get("remark", ""), edge.now()
        )
    flash(_("The exercise is finished. Now it can be signed."), "success")
    return redirect(url_for("recalls.show", recall_id=recall_id), 303)


@blueprint.post("/sign")
@edge.require("report")
def sign(recall_id: str) -> ResponseReturnValue:
    role, remark = request.form.get("role", ""), request.form.get("remark", "")
    with edge.writing() as session:
        exercising.sign(session, edge.actor(), recall_id, role, remark, edge.now())
    flash(_("Signed."), "success")
    return redirect(url_for("recalls.show", recall_id=recall_id), 303)


def _party(text: str) -> str:
    return "" if text == NOBODY else text


def _amounts() -> dict[str, dict[str, Decimal | None]]:
    """Fields are called on_hand-KGM and so on."""
    found: dict[str, dict[str, Decimal | None]] = {}
    for name, text in request.form.items():
        what, dash, unit = name.partition("-")
        if dash and what in notices.REPORTED:
            found.setdefault(unit, {})[what] = typed_amount(text, name)
    return found


def moment_of(text: str) -> datetime | None:
    """A day and time as a browser sends them, in the reader's own time zone."""
    if not text.strip():
        return None
    try:
        typed = datetime.fromisoformat(text.strip()[:25])
        return typed.replace(tzinfo=typed.tzinfo or ZoneInfo(i18n.zone())).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed(
            "bad-moment",
            N_("'{moment}' is no day and time."),
            N_("Choose it in the calendar."),
            moment=text[:40],
        ) from None
