"""The pre-hash string of an event that has nothing nested but what the standard nests: the same text, several times
quicker. Says so where an event needs the long way (`hashing`); a test holds the two together.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.epcis import naming, terms
from app.domain.epcis.hash_values import COMMENTS, NO_PART, curie, moment, value_of

Names = Mapping[str, str]
Write = Callable[[str, Any, Names], str]
_NAMED = ("urn:", "http")
_NO_PREFIXES = {"urn", "http", "https"}
_ELEMENT = {"epcClass", "quantity", "uom"}


class _LongWayError(Exception):
    """Something in the event is nested in a way that only the long way knows."""


def pre_hash(event: Mapping[str, Any], names: Names) -> str | None:
    """The string without `eventType`; None where the event needs the long way."""
    if "persistentDisposition" in event or "sensorElementList" in event or not _NO_PREFIXES.isdisjoint(names):
        return None
    ordered: dict[str, str] = {}
    rest: list[str] = []
    try:
        for key, value in event.items():
            if (write := _ORDERED.get(key)) is not None:
                ordered[key] = write(key, value, names)
            elif (write := _REST.get(key)) is not None:
                rest.append(write(key, value, names))
            elif key not in NO_PART and key != "@context":
                rest += _extension(key, value, names)
    except _LongWayError:
        return None
    rest.sort()
    return "".join([*(ordered[key] for key in _ORDERED if key in ordered), *rest])


def _extension(key: str, value: Any, names: Names) -> list[str]:
    prefix, colon, local = key.partition(":")
    name = f"{{{names[prefix]}}}{local}" if colon and prefix in names else key
    if name in COMMENTS:
        return []
    if type(value) is list:
        return [_scalar(name, item, names) for item in value]
    return [_scalar(name, value, names)]


def _scalar(name: str, value: Any, names: Names) -> str:
    if type(value) is str:
        text = value_of(curie(value, names))
    elif type(value) is bool:
        text = "true" if value else "false"
    elif value is None:
        text = ""
    elif type(value) is dict or type(value) is list:
        raise _LongWayError
    else:
        text = value_of(str(value))
    return f"{name}={text}" if text else name


def _uri(text: Any, names: Names) -> str:
    if type(text) is not str:
        raise _LongWayError
    if text[:4] in _NAMED and text[-1] > " " and "urn:epcglobal:cbv:" not in text:
        return naming.for_hash(text)
    return value_of(curie(text, names))


def _text(key: str, value: Any, names: Names) -> str:
    text = _uri(value, names)
    return f"{key}={text}" if text else ""


def _time(key: str, value: Any, _: Names) -> str:
    if type(value) is not str:
        raise _LongWayError
    return f"{key}={moment(value.strip())}"


def _plain(key: str, value: Any, _: Names) -> str:
    """A word of the standard or an offset: nothing to expand and nothing to sort."""
    if type(value) is not str or not value.strip():
        raise _LongWayError
    return f"{key}={value.strip()}"


def _word(key: str, value: Any, names: Names) -> str:
    words, web, _ = terms.KINDS[key]
    if type(value) is str and value in words:
        return f"{key}={web}{value}"
    return _text(key, terms.web(key, value) if type(value) is str else value, names)


def _epcs(key: str, value: Any, names: Names) -> str:
    if type(value) is not list:
        raise _LongWayError
    if not value:
        return ""
    texts = ["epc=" + _uri(epc, names) for epc in value]
    texts.sort()
    return key + "".join(texts)


def _quantities(key: str, value: Any, names: Names) -> str:
    if type(value) is not list:
        raise _LongWayError
    if not value:
        return ""
    texts = []
    for row in value:
        if type(row) is not dict or not row.keys() <= _ELEMENT or "epcClass" not in row:
            raise _LongWayError
        text = f"quantityElementepcClass={_uri(row['epcClass'], names)}"
        for name in ("quantity", "uom"):
            if name in row:
                text += _scalar(name, row[name], names)
        texts.append(text)
    texts.sort()
    return key + "".join(texts)


def _place(key: str, value: Any, names: Names) -> str:
    if type(value) is not dict or len(value) != 1 or "id" not in value:
        raise _LongWayError
    return f"{key}id={_uri(value['id'], names)}"


def _pairs(inner: str) -> Write:
    words, web, _ = terms.KINDS[inner]

    def write(key: str, value: Any, names: Names) -> str:
        if type(value) is not list:
            raise _LongWayError
        texts = []
        for pair in value:
            kind = pair.get("type") if type(pair) is dict else None
            if type(kind) is not str or inner not in pair:
                raise _LongWayError
            kind = web + kind if kind in words else value_of(curie(terms.web(inner, kind), names))
            texts.append(f"type={kind}{inner}={_uri(pair[inner], names)}")
        texts.sort()
        return key + "".join(texts) if texts else ""

    return write


def _ilmd(key: str, value: Any, names: Names) -> str:
    if type(value) is not dict:
        raise _LongWayError
    texts = [text for name, inner in value.items() for text in _extension(name, inner, names)]
    texts.sort()
    return key + "".join(texts)


# in the order of the standard: see hash_order
_ORDERED: dict[str, Write] = {
    "eventTime": _time,
    "eventTimeZoneOffset": _plain,
    "certificationInfo": _text,
    "epcList": _epcs,
    "parentID": _text,
    "inputEPCList": _epcs,
    "childEPCs": _epcs,
    "quantityList": _quantities,
    "childQuantityList": _quantities,
    "inputQuantityList": _quantities,
    "outputEPCList": _epcs,
    "outputQuantityList": _quantities,
    "action": _plain,
    "transformationID": _text,
    "bizStep": _word,
    "disposition": _word,
    "readPoint": _place,
    "bizLocation": _place,
}
_REST: dict[str, Write] = {
    "bizTransactionList": _pairs("bizTransaction"),
    "sourceList": _pairs("source"),
    "destinationList": _pairs("destination"),
    "ilmd": _ilmd,
}
