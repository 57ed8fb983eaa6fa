"""The audit trail as it is read: no code of ours stands in it, and what people wrote stays as it is."""

import ast

import pytest
from flask import Flask
from flask_babel import force_locale

from app.services import auditing
from app.web import audit_words
from tests.support.sources import ROOT


@pytest.mark.parametrize(
    ("action", "said", "english", "chinese"),
    [
        ("person-changed", "operator; Hefei plant", "Operator; Hefei plant", "操作员; Hefei plant"),
        ("person-changed", "manager; all sites", "Manager; all sites", "主管; 所有地点"),
        ("person-invited", "auditor 88.118.3003", "Auditor 88.118.3003", "审计员 88.118.3003"),
        ("site-changed", "inactive", "inactive", "停用"),
        ("range-reserved", "open, 0/5000", "Open, 0/5000", "开放, 0/5000"),
        ("prefix-changed", "suspended, —", "Suspended, —", "已暂停, —"),
        ("label-template-changed", "own:3, 2", "version 2", "第 2 版"),
        ("label-template-retired", "own:3", "", ""),
        (
            "alert-closed",
            "unknown-serial false no false label",
            "Unknown serial False alarm no false label",
            "未知序列号 误报 no false label",
        ),
        ("alert-rules-changed", "country 1 off", "Unusual country 1 off", "异常国家 1 关闭"),
        ("recall-notice", "silent", "No response", "未答复"),
        ("alias-added", "active E-4711", "active E-4711", "active E-4711"),  # somebody's own words
        ("template-created", "hdl:88.1/A", "88.1/A", "88.1/A"),
    ],
)
def test_codes_in_details_become_words(
    app: Flask, action: str, said: str, english: str, chinese: str
) -> None:
    with app.test_request_context():
        with force_locale("en"):
            assert audit_words.detail(action, said) == english
        with force_locale("zh"):
            assert audit_words.detail(action, said) == chinese


def test_what_a_rule_was_set_for_is_told_by_its_name(app: Flask) -> None:
    with app.test_request_context(), force_locale("zh"):
        assert audit_words.subject("rule-changed", "not-enough ship") == "超过账面库存 · 发货"
    with app.test_request_context(), force_locale("en"):
        assert (
            audit_words.subject("rule-changed", "not-enough *")
            == "More than the stock on record · every step"
        )
        assert audit_words.subject("site-changed", "hdl:88.1/A") == "88.1/A"


def test_every_action_that_is_recorded_has_words() -> None:
    recorded = set()
    for path in (ROOT / "app").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in {
                "auditing.record",
                "auditing.record_of",
            }:
                recorded |= {
                    part.value
                    for argument in call.args
                    for part in (
                        [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
                    )
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    assert len(recorded) > 40
    assert recorded <= auditing.ACTIONS.keys()
