"""The form with which an organisation applies for a zone, made from the table of its data; and what its fields say."""

import json
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from app.domain import subjects
from app.domain.delegations import NATIVE
from app.domain.subjects import Field
from app.errors import N_, Malformed, TraceError
from app.services.applying import Wish
from app.web.errors import translate_error
from app.web.forms import optional, required
from app.web.i18n import language

SECTIONS = (
    (
        N_("Organisation"),
        ("name_zh", "name_en", "nature", "id_type", "id_number", "industry", "region", "address"),
    ),
    (N_("Legal representative"), ("legal_name", "legal_id_type", "legal_id_number")),
    (
        N_("Contact"),
        ("contact_name", "contact_phone", "contact_email", "contact_id_type", "contact_id_number"),
    ),
    (
        N_("Systems"),
        ("built_by", "run_by", "registration_place", "resolution_place", "backup_place", "licence", "naming"),
    ),
)
HINTS = {
    "id_number": N_("18 characters, as on the business licence."),
    "industry": N_("The section's letter and two to four digits: C3841 for batteries."),
    "region": N_("Six digits, the province's first: 420100 for Wuhan."),
    "legal_id_number": N_("Only the reviewers of this node see it."),
    "contact_id_number": N_("Only the reviewers of this node see it."),
    "contact_email": N_("For questions about this application."),
    "licence": N_("Only for who offers registration to others."),
}


def _input(field: Field) -> Any:
    if field.choices is not None:
        empty = [] if field.needed else [SelectChoice("", "—")]
        offered = [SelectChoice(code, _l(title)) for code, title in field.choices.items()]
        return SelectField(_l(field.title), choices=[*empty, *offered], validate_choice=False)
    return StringField(_l(field.title), required(field.most) if field.needed else optional(field.most))


class NodeForm(FlaskForm):
    """What every request about a zone may say of the node behind it."""

    endpoint = TextAreaField(_l("Addresses of your node"), optional(800))
    key = TextAreaField(_l("Public key of your node"), optional(400))


class _ApplyForm(NodeForm):
    zone = StringField(_l("Wanted prefix"), optional(64))
    share = BooleanField(_l("Another node holds this prefix already, and ours shall answer for it beside"))


_FIELDS = {name: _input(field) for name, field in subjects.FIELDS.items()}
ApplyForm: type[_ApplyForm] = type("ApplyForm", (_ApplyForm,), _FIELDS)


def wish_of(form: Any) -> Wish:
    return Wish(
        zone=form.zone.data or "",
        subject={name: form[name].data or "" for name in subjects.FIELDS},
        keys=keys_sent(form.key.data or ""),
        endpoints=endpoints_sent(form.endpoint.data or ""),
        share=bool(form.share.data),
    )


def keys_sent(text: str) -> list[object]:
    """One JSON Web Key, or none. Malformed `bad-key`."""
    if not text.strip():
        return []
    try:
        return [json.loads(text)]
    except ValueError:
        raise Malformed(
            "bad-key",
            N_("This is not a public key that nodes sign with."),
            N_("Send a JSON Web Key of the kind OKP with the curve Ed25519, its public part only."),
            field="key",
        ) from None


def endpoints_sent(text: str) -> list[object]:
    """One a line: `https://host[:port]`, or `hdl-tcp://host:port`. What cannot be read is left for the service to
    refuse."""
    found: list[object] = []
    for line in (part.strip() for part in text.splitlines()):
        scheme, _, rest = line.partition("://")
        host, _, port = rest.rpartition(":")
        if scheme in NATIVE and port.isascii() and port.isdecimal() and len(port) <= 5:
            found.append({"host": host, "port": int(port), "protocol": scheme})
        elif line:
            found.append({"url": line.rstrip("/")})
    return found


def said(error: TraceError | None) -> str:
    """What went wrong, for a note above the page; '' for nothing."""
    space = "" if language() == "zh" else " "
    return space.join(part for part in translate_error(error) if part) if error else ""


def endpoint_text(wire: dict[str, Any]) -> str:
    """The inverse, for showing."""
    return str(wire["url"]) if "url" in wire else f"{wire['protocol']}://{wire['host']}:{wire['port']}"
