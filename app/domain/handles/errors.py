"""What can be wrong with a call of the Handle API: our stable codes, and the protocol's response code of each."""

from typing import Any

from app.errors import N_, TraceError

# code -> response code of the protocol, HTTP status, sentence, the way out
REASONS: dict[str, tuple[int, int, str, str]] = {
    "bad-handle-body": (
        4,
        400,
        N_("The values cannot be read: {reason}."),
        N_("Send JSON: an object with a list of values, the list, or one value."),
    ),
    "handle-body-too-large": (
        4,
        413,
        N_("What was sent has more than {most} bytes."),
        N_("Keep large data elsewhere and register its address."),
    ),
    "handle-not-found": (100, 404, N_("There is no handle {handle} here."), N_("Check the spelling.")),
    "handle-exists": (
        101,
        409,
        N_("The handle {handle} exists already."),
        N_("Choose another suffix, or overwrite it."),
    ),
    "invalid-handle": (
        102,
        400,
        N_("{handle} cannot be a handle: {reason}."),
        N_("A handle is a prefix, a slash and a suffix; up to 255 printable characters in all."),
    ),
    "values-not-found": (
        200,
        400,
        N_("The handle {handle} has no such value."),
        N_("Look at its values first."),
    ),
    "index-conflict": (201, 409, N_("Index conflict for {index}"), N_("Each index can be there once.")),
    "invalid-value": (
        202,
        400,
        N_("The value with index {index} cannot be kept: {reason}."),
        N_("Correct it and send it again."),
    ),
    "prefix-elsewhere": (
        301,
        400,
        N_("That prefix doesn't live here"),
        N_("Ask the node that serves the prefix."),
    ),
    "not-its-admin": (
        400,
        403,
        N_("{who} does not administer {handle}."),
        N_("Ask an administrator of the prefix."),
    ),
    "handle-right-missing": (
        401,
        403,
        N_("{who} may not do this to {handle}."),
        N_("Ask an administrator of the prefix for the right."),
    ),
    "value-protected": (
        401,
        403,
        N_(
            "The value with index {index} may not be changed: its permissions do not let administrators write."
        ),
        N_("Register another value beside it."),
    ),
    "minted-stays": (
        401,
        403,
        N_("{handle} was minted; what was minted stays."),
        N_("Declare the identifier void instead."),
    ),
    "prefix-suspended": (
        401,
        403,
        N_("The prefix of {handle} is suspended; nothing can be registered under it."),
        N_("Ask the administrator of this node."),
    ),
}


class HandleError(TraceError):
    """Refused by the rules of the Handle API; `response_code` is the protocol's."""

    def __init__(self, code: str, **values: Any) -> None:
        self.response_code, status, message, hint = REASONS[code]
        super().__init__(code, message, hint, **values)
        self.http_status = status


def refused(code: str, **values: Any) -> HandleError:
    return HandleError(code, **values)
