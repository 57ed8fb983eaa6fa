"""Each node's first people: the companies with their places and products, the others with one administrator."""

from datetime import datetime

from app.demo.companies import PASSWORD
from app.demo.floor import Floor
from app.demo.setup import add_master_data, found_node
from app.network.nodes import Network, Node
from app.network.plan import COMPANIES
from app.services import authenticating, people
from app.store import database


def found_companies(network: Network, floor: Floor) -> None:
    """Fills the floor with people, places and products, each in their company's own database."""
    password_hash = authenticating.hash_password(PASSWORD)
    for company in COMPANIES:
        node = network[company.key]
        floor.engines[company.key] = node.engine
        node.founder = floor.people[company.key] = found_node(floor, company, password_hash)
        add_master_data(floor, company, node.founder, password_hash)


def found_others(network: Network, now: datetime) -> None:
    password_hash = authenticating.hash_password(PASSWORD)
    for node in network:
        if node.founder is None:
            _found(node, password_hash, now)


def _found(node: Node, password_hash: str, now: datetime) -> None:
    plan = node.plan
    person = plan.administrator
    with database.writing(node.engine) as session:
        token = people.first_invitation(session, now)
        if token is None:
            raise RuntimeError(f"somebody has set up {plan.key} before")
        operator_id = people.set_up_node(
            session, token, prefix=plan.prefix, name_zh=plan.zh, name_en=plan.en, person=person.name,
            login=person.login, password_hash=password_hash, now=now,
        )  # fmt: skip
        node.founder = authenticating.actor_of_operator(session, operator_id)
