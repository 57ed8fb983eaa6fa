"""The audit trail in the reader's language: codes in what a line is about and in its details become words.

What people wrote themselves stays as it is, so each action says which codes its details can hold.
"""

import re
from collections.abc import Callable, Mapping

from flask_babel import gettext

from app.domain import custody_settings, disclosure, steps, trouble
from app.domain.people import ROLE_NAMES
from app.domain.recall_words import NOTICE_STATES
from app.domain.templates.versions import WORDS as CHANGES
from app.errors import N_
from app.services import alerting, prefixes, reserving
from app.services.designing import OWN
from app.web.pages.custody_rules import VERDICT_NAMES

Words = Mapping[str, str]

ACTIVITY = {"active": N_("active"), "inactive": N_("inactive")}
SHARED = {"neighbours": N_("one step"), "chain": N_("whole chain")}
PLACES = {"all sites": N_("all sites")}
RULES = {code: rule.title for code, rule in trouble.RULES.items()}
LABEL_TEMPLATE = re.compile(rf"{OWN}\d+(?:, (\d+))?")
CODES: dict[str, tuple[Words, ...]] = {  # by action: the tables its codes are of
    "person-invited": (ROLE_NAMES,),
    "person-changed": (ROLE_NAMES, PLACES),
    "organisation-changed": (SHARED, ACTIVITY),
    "site-changed": (ACTIVITY,),
    "product-changed": (ACTIVITY | {"no template": N_("no template")},),
    "template-changed": (CHANGES,),
    "prefix-changed": (prefixes.STATES,),
    "range-reserved": (reserving.STATES,),
    "range-changed": (reserving.STATES,),
    "rule-changed": (VERDICT_NAMES,),
    "alert-seen": (RULES,),
    "alert-closed": (RULES, alerting.ENDINGS),
    "alert-rules-changed": ({"off": N_("off")} | RULES,),
    "recall-notice": ({code: title for code, (title, _) in NOTICE_STATES.items()},),
    "disclosure-rule-added": (disclosure.AUDIENCES, {"until": N_("until")}),
    "disclosure-rule-removed": (disclosure.AUDIENCES, {"until": N_("until")}),
}
OF_MANY = frozenset(
    {"template-changed", "alert-rules-changed"}
)  # codes in a row; of others each table's once


def detail(action: str, said: str) -> str:
    """'operator; all sites' → '操作员; 所有地点'."""
    if action.startswith("label-template-") and (match := LABEL_TEMPLATE.fullmatch(said)):
        return gettext("version {version}").format(version=match[1]) if match[1] else ""
    for words in CODES.get(action, ()):
        any_code = "|".join(re.escape(code) for code in sorted(words, key=len, reverse=True))
        pattern = rf"(?<![\w-])(?:{any_code})(?![\w-])"
        said = re.sub(pattern, _word_of(words), said, count=action not in OF_MANY)
    return said.replace("hdl:", "")


def _word_of(words: Words) -> Callable[[re.Match[str]], str]:
    return lambda found: gettext(words[found[0]])


def subject(action: str, about: str) -> str:
    if action.startswith("disclosure-rule-") and about in disclosure.WHAT:
        return gettext(disclosure.WHAT[about])
    code, _, step = about.partition(" ")
    if action == "rule-changed" and (rule := custody_settings.RULES.get(code)):
        at = gettext(steps.STEPS[step].title) if step in steps.STEPS else gettext("every step")
        return f"{gettext(rule.title)} · {at}"
    return about.replace("hdl:", "")
