"""What the OpenAPI document says beside its operations: how to sign in, what can go wrong, what each group is for."""

from typing import Any

from app.errors import N_

TITLE = N_("Suyuan API")
NOTES = (
    N_(
        "All that the pages do, programs can do here: mint identifiers, print labels, record scans, trace. "
        "The models that check what is sent are the ones described below."
    ),
    N_(
        "**Signing in.** Send a personal API key as `Authorization: Bearer sy_…` (create one under My account), "
        "or call from a signed-in browser; then POST, PATCH and DELETE carry the page's CSRF token in "
        "`X-CSRFToken`. A key may do what its owner may do."
    ),
    N_(
        "**Problems** are `application/problem+json` (RFC 9457). `code` is stable; `detail` and `hint` are "
        "sentences in the language of `Accept-Language` (en, zh); `errors` names the fields at fault. "
        "What you may not see looks like what does not exist."
    ),
    N_(
        "**Sending a call again.** With an `Idempotency-Key` a call that creates something has one effect, however "
        "often it arrives within 7 days; repeated calls get the first answer with `Idempotent-Replayed: true`. "
        "Secrets are left out of repeated answers. Scans carry a `nonce` instead."
    ),
    N_(
        "**Lists** come in pages. While `next` is not null, ask again with `after` set to it, or follow the `Link` "
        "header. What is added meanwhile neither repeats nor hides an entry."
    ),
    N_(
        "**Slow work** (label sheets, reports, large mints) answers 202 with a job. Ask for the job until it is done."
    ),
)
TAGS = {
    "Me": N_("Who the caller is; password, language, API keys."),
    "Items": N_("Serial items, lots and logistic units: mint, list, take out of use."),
    "Records": N_("Handles with their values, many at once."),
    "Labels": N_("Label sheets as PDF, single labels as PNG and SVG. Every code was read back."),
    "Scanning": N_("Record what happens to things; read codes in photographs."),
    "Tracing": N_("Where a thing came from and where it went, search, reports."),
    "Holds": N_("Stop things and release them."),
    "Alerts": N_("Signs of copied labels, diverted goods and guessed serials, and the rules behind them."),
    "Recalls": N_("What a suspect reaches, where that is, who got it: stop it, tell customers, practise it."),
    "Events": N_("What the organisation recorded, as EPCIS 2.0 events."),
    "EPCIS": N_(
        "The REST interface of EPCIS 2.0, path for path as the standard has it: any client of it works here."
    ),
    "Log": N_("The append-only log, its checkpoints and proofs."),
    "Jobs": N_("Slow work, its progress and its files."),
    "Products": N_("Part numbers."),
    "Registry": N_(
        "Names: search, what they were at a moment, prefixes, patterns, reserved ranges, aliases."
    ),
    "Templates": N_("Which values describe a kind of thing: typed fields, versions, JSON Schema."),
    "Links": N_("Where the printed URLs of products, lots and pieces lead."),
    "Sites": N_("Places, each with an identifier and a label of its own."),
    "People": N_("Who works with it, and what each may do."),
    "Organisations": N_("Companies on this node."),
    "Partners": N_("Companies with nodes of their own, and what each of them may know."),
    "Audit": N_("Who did what besides scanning."),
}
SCHEMES: dict[str, Any] = {
    "key": {"type": "http", "scheme": "bearer", "description": N_("A personal API key.")},
    "browser": {
        "type": "apiKey",
        "in": "cookie",
        "name": "suyuan",
        "description": N_("The cookie of a signed-in browser."),
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRFToken",
        "description": N_(
            "From GET /session.json or a page; with the cookie only, for what changes something."
        ),
    },
}
PARAMETERS = {
    "id": N_("From the list."),
    "prefix": N_("Of the identifier, before the slash: 88.118.1001."),
    "suffix": N_("Of the identifier, after the slash."),
    "form": N_("The kind of picture."),
    "name": N_("Name of a ready-made label template."),
    "recall_id": N_("`id` of the recall."),
    "run_id": N_("`id` of the print run."),
    "code": N_("`code` of the label stock."),
    "party": N_("Prefix of the customer."),
    "job_id": N_("From the answer that started the job."),
    "nonce": N_("Of the scan."),
    "zone": N_("A company's prefix, as the node above it assigned it."),
    "seq": N_("Number of the entry in the log, from 0."),
}
PROBLEMS = {
    "400": N_("What was sent cannot be used."),
    "401": N_("Not signed in, or the key is not valid."),
    "403": N_("Not allowed with your role."),
    "404": N_("Not there, or not to be seen by you."),
    "409": N_("It contradicts something already recorded, or the Idempotency-Key came with another call."),
    "422": N_("Fields that cannot be used (`errors` names them), or a step that is not possible now."),
    "default": N_("Anything else that went wrong."),
}
