"""EPCIS events in their JSON form, as others send them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.domain.epcis import time_text

Amounts = Sequence[tuple[str, float, str]]  # class, quantity, unit


def _common(kind: str, moment: datetime, more: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": kind, "eventTime": time_text(moment), "eventTimeZoneOffset": "+00:00"} | dict(more)


def _amounts(rows: Amounts) -> list[dict[str, Any]]:
    return [
        {"epcClass": name, "quantity": quantity} | ({"uom": unit} if unit else {})
        for name, quantity, unit in rows
    ]


def observed(epc: str, moment: datetime, **more: Any) -> dict[str, Any]:
    return _common("ObjectEvent", moment, {"action": "OBSERVE", "epcList": [epc]} | more)


def aggregation(
    parent: str, moment: datetime, children: Sequence[str], amounts: Amounts = ()
) -> dict[str, Any]:
    inside: dict[str, Any] = {"parentID": parent, "childEPCs": list(children), "bizStep": "packing"}
    if amounts:
        inside["childQuantityList"] = _amounts(amounts)
    return _common("AggregationEvent", moment, {"action": "ADD"} | inside)


def transformation(moment: datetime, inputs: Amounts, outputs: Amounts, **more: Any) -> dict[str, Any]:
    lists = {"inputQuantityList": _amounts(inputs), "outputQuantityList": _amounts(outputs)}
    return _common("TransformationEvent", moment, lists | more)


def declaration(event: Mapping[str, Any], moment: datetime, *corrective: str) -> dict[str, Any]:
    """The same event, with the statement that it was wrong."""
    said: dict[str, Any] = {"declarationTime": time_text(moment), "reason": "incorrect_data"}
    if corrective:
        said["correctiveEventIDs"] = list(corrective)
    return dict(event) | {"errorDeclaration": said}
