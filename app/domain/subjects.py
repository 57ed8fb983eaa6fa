"""Who applies for a zone: the organisation data of the docking guide's tables T1 and T6, checked field by field."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.domain import industries, regions
from app.errors import N_, Malformed, TraceError

NATURES = {
    "enterprise": N_("Enterprise"),
    "institution": N_("Public institution"),
    "government": N_("Government body"),
    "association": N_("Association or other body"),
}
ID_TYPES = {
    "uscc": N_("Unified social credit code"),
    "registration": N_("Foreign registration number"),
}
PERSON_ID_TYPES = {
    "resident": N_("Resident identity card"),
    "passport": N_("Passport"),
    "permit": N_("Permit of a resident of Hong Kong, Macao or Taiwan"),
}
MODES = {"self": N_("By the organisation itself"), "outsourced": N_("By a provider")}
NAMINGS = {
    "compliant": N_("Follow the rules of the system"),
    "differing": N_("Differ from the rules of the system"),
}
DOCUMENTS = {
    "licence": N_("Business licence"),
    "legal-person": N_("Identity card of the legal representative"),
    "authority": N_("Letter of authority for the contact"),
    "permit": N_("Permit for value-added telecommunications"),
    "other": N_("Another document"),
}
VERIFICATIONS = {
    "on-site": N_("Seen on site"),
    "video": N_("By video call"),
    "registry": N_("Compared with the company register"),
    "bank": N_("By a transfer between bank accounts"),
    "documents": N_("By the documents alone"),
}
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: without I, O, S, V, Z
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999: ISO 7064 MOD 11-2


@dataclass(frozen=True, slots=True)
class Field:
    """`private` is nobody's but the applicant's and the reviewers'. `choices` are codes and their names."""

    title: str
    most: int = 200
    needed: bool = False
    private: bool = True
    choices: Mapping[str, str] | None = None


FIELDS: dict[str, Field] = {
    "name_zh": Field(N_("Name in Chinese"), private=False),
    "name_en": Field(N_("Name in English"), private=False),
    "nature": Field(N_("Kind of organisation"), needed=True, choices=NATURES),
    "id_type": Field(N_("Kind of number"), needed=True, choices=ID_TYPES),
    "id_number": Field(N_("Number of the organisation"), 40, needed=True),
    "industry": Field(N_("Industry (GB/T 4754)"), 8, needed=True, private=False),
    "region": Field(N_("Region (GB/T 2260)"), 6, needed=True, private=False),
    "address": Field(N_("Registered address"), needed=True),
    "legal_name": Field(N_("Legal representative"), 100, needed=True),
    "legal_id_type": Field(N_("Their identity document"), choices=PERSON_ID_TYPES),
    "legal_id_number": Field(N_("Its number"), 40),
    "contact_name": Field(N_("Contact"), 100, needed=True),
    "contact_id_type": Field(N_("Their identity document"), choices=PERSON_ID_TYPES),
    "contact_id_number": Field(N_("Its number"), 40),
    "contact_phone": Field(N_("Telephone of the contact"), 30, needed=True),
    "contact_email": Field(N_("E-mail of the contact"), 120, needed=True),
    "licence": Field(N_("Number of the telecommunications permit"), 60),
    "built_by": Field(N_("Built by"), choices=MODES),
    "run_by": Field(N_("Run by"), choices=MODES),
    "registration_place": Field(N_("Where the registration system stands")),
    "resolution_place": Field(N_("Where the resolution system stands")),
    "backup_place": Field(N_("Where the backup stands")),
    "naming": Field(N_("Names of identifiers"), choices=NAMINGS),
}
PUBLIC = tuple(name for name, field in FIELDS.items() if not field.private)


def subject(sent: Mapping[str, object]) -> dict[str, str]:
    """All fields, tidied; '' for what was left out. Malformed with the field's name in `field` for the first that
    cannot be used: `field-missing`, `field-too-long`, `unknown-choice`, `bad-id-number`, `bad-phone`, `bad-email`, and
    those of industries and regions."""
    found = {name: _tidy(name, sent.get(name, "")) for name in FIELDS}
    for name, field in FIELDS.items():
        if field.needed and not found[name]:
            raise _missing(name)
        if found[name] and field.choices is not None and found[name] not in field.choices:
            raise Malformed(
                "unknown-choice",
                N_("'{value}' is none of the choices."),
                N_("Known: {known}."),
                value=found[name][:40],
                known=", ".join(field.choices),
                field=name,
            )
    if not found["name_zh"] and not found["name_en"]:
        raise _missing("name_zh")
    for name, check in CHECKS.items():
        if found[name]:
            found[name] = _checked(name, check, found[name])
    if found["id_type"] == "uscc":
        found["id_number"] = uscc(found["id_number"])
    for person in ("legal", "contact"):
        name = f"{person}_id_number"
        if found[f"{person}_id_type"] == "resident" and found[name]:
            found[name] = resident_number(found[name], name)
    return found


def public_part(found: Mapping[str, object]) -> dict[str, str]:
    """What the signed statement tells anybody of the holder."""
    return {name: str(found.get(name, "")) for name in PUBLIC}


def uscc(text: str) -> str:
    """A unified social credit code (GB 32100-2015): 18 characters, the last one a check. Malformed `bad-id-number`."""
    code = text.upper().replace(" ", "")
    if len(code) == 18 and all(letter in _USCC for letter in code):
        total = sum(_USCC.index(letter) * pow(3, place, 31) for place, letter in enumerate(code[:17]))
        if _USCC[-total % 31] == code[17]:
            return code
    raise _bad_number(text, "id_number")


def resident_number(text: str, name: str = "legal_id_number") -> str:
    """A citizen's number (GB 11643-1999): 17 digits and a check. Malformed `bad-id-number`, of the field `name`."""
    code = text.upper().replace(" ", "")
    if re.fullmatch(r"[0-9]{17}[0-9X]", code, re.ASCII):
        total = sum(int(digit) * weight for digit, weight in zip(code[:17], _RESIDENT_WEIGHTS, strict=True))
        if "10X98765432"[total % 11] == code[17]:
            return code
    raise _bad_number(text, name)


def masked(text: str) -> str:
    """A personal number as lists show it: its ends only."""
    return text if len(text) < 8 else f"{text[:3]}{'•' * (len(text) - 5)}{text[-2:]}"


def _tidy(name: str, value: object) -> str:
    text = " ".join(unicodedata.normalize("NFKC", value).split()) if isinstance(value, str) else ""
    if not isinstance(value, str) or not text.isprintable():
        raise Malformed(
            "bad-field",
            N_("What stands in this field cannot be read as text."),
            N_("Type it anew."),
            field=name,
        )
    if len(text) > FIELDS[name].most:
        raise Malformed(
            "field-too-long",
            N_("What stands in this field has {length} characters."),
            N_("Use at most {most}."),
            length=len(text),
            most=FIELDS[name].most,
            field=name,
        )
    return text


def _phone(text: str) -> str:
    if not re.fullmatch(r"\+?[0-9][0-9 -]{5,27}[0-9]", text, re.ASCII):
        raise Malformed(
            "bad-phone",
            N_("'{value}' is not a telephone number."),
            N_("Write digits, spaces and hyphens, with + and the country in front where it is abroad."),
            value=text,
        )
    return text


def _email(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,50}\.[^\s@.<>\"']{2,20}", text):
        raise Malformed(
            "bad-email",
            N_("'{value}' is not an e-mail address."),
            N_("Check the address."),
            value=text,
        )
    return text


CHECKS: dict[str, Callable[[str], str]] = {
    "industry": industries.industry,
    "region": regions.region,
    "contact_phone": _phone,
    "contact_email": _email,
}


def _checked(name: str, check: Callable[[str], str], text: str) -> str:
    try:
        return check(text)
    except TraceError as error:
        error.values["field"] = name
        raise


def _missing(name: str) -> Malformed:
    return Malformed(
        "field-missing",
        N_("This field is needed for the review: {reason}."),
        N_("Please fill it in."),
        reason=FIELDS[name].title,
        field=name,
    )


def _bad_number(text: str, name: str) -> Malformed:
    return Malformed(
        "bad-id-number",
        N_("'{value}' is not a number of this kind: its check character does not fit."),
        N_("Compare it with the document."),
        value=text[:40],
        field=name,
    )
