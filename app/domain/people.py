"""What each kind of person may do. Rights are named after activities; code asks for a right, never for a role."""

from dataclasses import dataclass

from app.errors import N_, Forbidden, Unknown

RIGHTS: dict[str, frozenset[str]] = {
    "operator": frozenset({"scan"}),
    "supplier": frozenset({"scan", "mint", "print", "trace", "browse"}),
    "manager": frozenset({"scan", "mint", "print", "trace", "browse", "hold", "report", "master"}),
    "administrator": frozenset(
        {"scan", "mint", "print", "trace", "browse", "hold", "report", "master", "people", "audit", "void"}
    ),
    "auditor": frozenset({"trace", "browse", "report", "audit"}),
}
ROLE_NAMES = {
    "operator": N_("Operator"),
    "supplier": N_("Supplier"),
    "manager": N_("Manager"),
    "administrator": N_("Administrator"),
    "auditor": N_("Auditor"),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in operator or an API key of theirs, always inside exactly one organisation.

    `places` holds the site epcs the person is bound to; None means any site of the organisation.
    `node` is true for people of the organisation that runs this node: they may create organisations.
    """

    operator_id: int
    organisation_id: int
    prefix: str
    name: str
    role: str
    places: frozenset[str] | None = None
    language: str = ""
    node: bool = False

    def may(self, right: str) -> bool:
        return right in RIGHTS[self.role]

    def require(self, right: str) -> None:
        if not self.may(right):
            raise Forbidden(
                "not-your-right",
                N_("{name} is signed in as {role} and may not do this ({right})."),
                N_("Ask an administrator of your organisation."),
                name=self.name,
                role=self.role,
                right=right,
            )

    def require_node(self, right: str) -> None:
        """For what is the node's and no single company's. To people of its other companies there is nothing here."""
        self.require(right)
        if not self.node:
            raise Unknown(
                "not-found", N_("There is nothing at this address."), N_("Check it, or go to the start page.")
            )
