"""Small answers as XML: lists of names, jobs, problems. Events have their own form (domain.epcis)."""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

NAMESPACE = "urn:epcglobal:epcis-rest:xsd:2"
PROBLEM = "urn:ietf:rfc:7807"
OURS = ' xmlns:suyuan="https://suyuan.dev/ns/"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NOT_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535), "�")


def problem(body: Mapping[str, Any]) -> str:
    return _whole("problem", PROBLEM, body)


def collection(members: list[str]) -> str:
    return _whole("Collection", NAMESPACE, {"member": members})


def job(body: Mapping[str, Any]) -> str:
    return _whole("captureJob", NAMESPACE, body, OURS)


def _whole(name: str, namespace: str, body: Mapping[str, Any], more: str = "") -> str:
    return f'{_HEAD}<{name} xmlns="{namespace}"{more}>{_inner(body)}</{name}>'


def _inner(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(_element(name, each) for name, each in value.items() if not name.startswith("@"))
    if isinstance(value, bool):
        return str(value).lower()
    return escape(str(value).translate(_NOT_XML))


def _element(name: str, value: Any) -> str:
    """A list is its element again and again (RFC 9457, appendix B, leaves the form of more than strings open)."""
    rows = value if isinstance(value, list) else [value]
    return "".join(f"<{name}>{_inner(row)}</{name}>" for row in rows)
