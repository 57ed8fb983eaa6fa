"""Which rules of custody a company may judge otherwise, step by step, and how: refuse, warn, or say nothing.

Only what is safe: a rule that protects others (whose a thing is, what is on hold, what is gone for good) is nobody's to
lift. Making a rule stricter is always safe.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.steps import STEPS
from app.errors import N_, Malformed

REFUSE, WARN, OFF = "refuse", "warn", "off"
EVERY_STEP = ""
Verdicts = Mapping[tuple[str, str], str]  # (code, step) -> verdict; the step '' stands for every one


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can be set: when it speaks is its `sentence`. `verdicts` holds what it can be, its own first; `steps`
    where it ever speaks."""

    code: str
    title: str
    sentence: str
    verdicts: tuple[str, ...]
    steps: tuple[str, ...]


_TAKING = ("consume", "assemble", "pack", "move", "ship", "return", "scrap", "sample", "loss")
_HANDLING = ("inspect", *_TAKING)
_ALL = (
    Rule(
        "not-enough",
        N_("More than the stock on record"),
        N_("More of a lot is taken than the log says is there."),
        (REFUSE, WARN),
        _TAKING,
    ),
    Rule(
        "not-commissioned",
        N_("A label that is not in use yet"),
        N_("The identifier is given out, and nothing carries it so far."),
        (REFUSE, WARN),
        _HANDLING,
    ),
    Rule(
        "lot-in-stock",
        N_("Ending a lot that is still in stock"),
        N_("A lot is retired or declared void while some of it is on record."),
        (REFUSE, WARN),
        ("retire", "void"),
    ),
    Rule(
        "elsewhere",
        N_("Scanned at another place than the last"),
        N_("Nothing on record says how it came from there to here."),
        (WARN, OFF, REFUSE),
        _HANDLING,
    ),
    Rule(
        "lot-code",
        N_("A lot first heard of when it moves"),
        N_("A lot is named where it is made or first received, not on its way (FSMA 204)."),
        (WARN, OFF, REFUSE),
        ("move", "ship", "return"),
    ),
    Rule(
        "late",
        N_("Recorded after later steps"),
        N_("The step happened before one that is on record already."),
        (WARN, OFF),
        (),
    ),
    Rule(
        "still-held",
        N_("Passed an inspection, and still on hold"),
        N_("A passed inspection lifts no hold; somebody has to release it."),
        (WARN, OFF),
        ("inspect",),
    ),
)
RULES = {rule.code: rule for rule in _ALL}


def checked(code: str, step: str, verdict: str) -> Rule:
    """The rule, where it can be set so; Malformed where not."""
    rule = RULES.get(code)
    if rule is None:
        raise Malformed(
            "unknown-rule",
            N_("There is no rule '{rule}' that can be set."),
            N_("These can be set: {known}."),
            rule=code[:40],
            known=", ".join(RULES),
        )
    if step != EVERY_STEP and step not in (rule.steps or STEPS):
        raise Malformed(
            "rule-not-for-step",
            N_("The rule '{rule}' never speaks at the step '{step}'."),
            N_("Choose one of: {known}."),
            rule=code,
            step=step[:16],
            known=", ".join(rule.steps or STEPS),
        )
    if verdict not in rule.verdicts:
        raise Malformed(
            "rule-not-so",
            N_("The rule '{rule}' cannot be set to '{verdict}': others rely on it."),
            N_("It can be set to: {known}."),
            rule=code,
            verdict=verdict[:8],
            known=", ".join(rule.verdicts),
        )
    return rule


def verdict_on(code: str, step: str, verdicts: Verdicts) -> str:
    """How a company judges what a rule says at a step: by its word for the step, for every step, else by the rule's."""
    rule = RULES.get(code)
    if rule is None:
        return ""
    said = verdicts.get((code, step)) or verdicts.get((code, EVERY_STEP)) or ""
    return said if said in rule.verdicts else rule.verdicts[0]
