"""What partners' nodes are told: goods on their way to them, and of the chain as much as our companies' policy allows.

Whoever asks has proven who it is (the edge sees to that); whatever it may not know looks as if it were not there.
"""

from app.services.disclosing.fitting import body_of, words
from app.services.disclosing.policy import (
    Asker,
    add_rule,
    general_policy,
    remove_rule,
    requests,
    rules,
)
from app.services.disclosing.sending import goods_as_told, shipments
from app.services.disclosing.telling import Question, disclosed, introduced, note

__all__ = [
    "Asker", "Question", "add_rule", "body_of", "disclosed", "general_policy", "goods_as_told", "introduced", "note",
    "remove_rule", "requests", "rules", "shipments", "words",
]  # fmt: skip
