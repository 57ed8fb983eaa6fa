"""Why a node's answer did not count, in words for people; the codes are those of the errors behind them."""

from app.domain import chains
from app.errors import N_

REASONS = {
    **chains.REASONS,
    "address-refused": N_("Its address may not be asked."),
    "bad-answer": N_("What it said is no answer."),
    "bad-delegation": N_("What it stated of the zone below cannot be used."),
    "bad-key": N_("A key that it stated is no key."),
    "bad-signature": N_("The signature does not fit what it said."),
    "bad-statement": N_("What it said is not signed."),
    "detour": N_("It pointed to a zone that is not on the way."),
    "foreign-zone": N_("It spoke for a zone that is not its own."),
    "no-endpoint": N_("Nobody has said at which address it can be asked."),
    "no-longer-valid": N_("The time of its statement is over."),
    "node-busy": N_("This node waits for too many others already."),
    "not-responsible": N_("It says that it does not answer for this zone."),
    "not-yet-valid": N_("Its statement is of a time to come."),
    "out-of-time": N_("The time for the whole walk was over."),
    "peer-refused": N_("It refused to answer."),
    "peer-too-large": N_("It said more than anybody asked for."),
    "peer-too-slow": N_("It took too long."),
    "peer-unreachable": N_("It cannot be reached."),
    "peer-unreadable": N_("What it said cannot be read."),
    "superseded": N_("It showed a statement that a newer one has replaced."),
    "unknown-key": N_("It signed with a key that nobody vouches for."),
    "wrong-answer": N_("It answered another question: an old answer, perhaps."),
    "wrong-kind": N_("It signed something else."),
    "zone-busy": N_("Too many questions are on their way to it already."),
    "zone-left": N_("The zone is no longer in service."),
    "zone-rests": N_("It failed again and again just now and is left alone for some seconds."),
    "zone-suspended": N_("The zone is suspended."),
}
