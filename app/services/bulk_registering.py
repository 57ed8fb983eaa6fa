"""Many records at once: each judged for itself, all written by few statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain import handles
from app.domain.handles import Value, refused
from app.domain.identifiers import Identifier
from app.errors import N_, Conflict, TraceError
from app.services import allotting, handle_rights
from app.services.record_drafts import draft_of, indexed_of, protected_change
from app.store import records
from app.store.records import Change, Draft


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record of a batch: 'created', 'replaced' or 'refused', then with the reason."""

    handle: str
    status: str
    error: TraceError | None = None


def put_many(
    session: Session,
    organisation_id: int,
    items: Iterable[tuple[str, Sequence[Value]]],
    now: datetime,
    *,
    overwrite: bool = False,
    by: str = "",
) -> list[Outcome]:
    """Many records of one organisation in one transaction, each accepted or refused for itself, in the order given.
    None takes the place of one that was written after `now`.

    The caller has seen to the right of who asks. Written by executemany in the order of their keys; quotas refuse all
    of them together. Raises Refused for these.
    """
    wanted = list(items)
    outcomes: list[Outcome | None] = [None] * len(wanted)
    drafts: dict[str, tuple[int, Draft]] = {}
    states: dict[str, str] = {}
    for place, (handle, values) in enumerate(wanted):
        try:
            key = handles.check_name(handle)
            _check_served(session, handle, key, states)
            if key in drafts:
                raise refused("handle-exists", handle=handle)
            checked = handles.stamped(handles.unique(values), now)
            drafts[key] = place, draft_of(handle, key, organisation_id, checked)
        except TraceError as error:
            outcomes[place] = Outcome(handle, "refused", error)
    _write(session, organisation_id, drafts, outcomes, now, overwrite=overwrite, by=by)
    return [outcome for outcome in outcomes if outcome is not None]


def _write(
    session: Session,
    organisation_id: int,
    drafts: dict[str, tuple[int, Draft]],
    outcomes: list[Outcome | None],
    now: datetime,
    *,
    overwrite: bool,
    by: str,
) -> None:
    there = records.of_keys(session, drafts)
    epcs = {key: Identifier.from_handle(key).epc for key in drafts}
    minted = records.minted(session, [epcs[key] for key in drafts if key not in there])
    fresh: list[Draft] = []
    changes: list[Change] = []
    for key, (place, draft) in drafts.items():
        before = there.get(key)
        owner = before.organisation_id if before else minted.get(epcs[key])
        if owner is not None and (not overwrite or owner != organisation_id):
            error = refused("handle-exists", handle=draft.handle)
            outcomes[place] = Outcome(draft.handle, "refused", error)
        elif before is None:
            fresh.append(draft)
            outcomes[place] = Outcome(draft.handle, "created")
        else:
            old = handles.load(before.values)
            if reason := _not_to_be_replaced(before, old, draft, now):
                outcomes[place] = Outcome(draft.handle, "refused", reason)
                continue
            changes.append(Change(before, indexed_of(old), draft))
            outcomes[place] = Outcome(draft.handle, "replaced")
    named = [draft.key for draft in fresh if epcs[draft.key] not in minted]
    foreign = allotting.refused_names(session, organisation_id, named)
    for key, reason in foreign.items():
        place, draft = drafts[key]
        outcomes[place] = Outcome(draft.handle, "refused", reason)
    fresh = [draft for draft in fresh if draft.key not in foreign]
    allotting.require_rooms(session, organisation_id, [key for key in named if key not in foreign])
    records.insert_many(session, fresh, now)
    records.replace_many(session, changes, now, by)


def _not_to_be_replaced(
    before: records.Stored, old: Sequence[Value], draft: Draft, now: datetime
) -> TraceError | None:
    if before.modified > now:
        return Conflict(
            "record-changed-meanwhile",
            N_("'{handle}' was changed by somebody else meanwhile."),
            N_("Look at what it is now, then try again."),
            handle=draft.handle,
        )
    index = protected_change(old, handles.load(draft.values))
    return refused("value-protected", index=index) if index else None


def _check_served(session: Session, handle: str, key: str, states: dict[str, str]) -> None:
    """Looks once for each prefix; whether a supplier may use another company's is for the reserved ranges to say."""
    prefix = handles.prefix_of(key)
    if prefix not in states:
        allotment = handle_rights.serving(session, prefix)
        states[prefix] = allotment.state if allotment else ""
    if states[prefix] != "active":
        raise refused("prefix-suspended" if states[prefix] else "prefix-elsewhere", handle=handle)
