"""Sets up the five companies on one node, as its administrators would: organisations, places, products, people."""

from sqlmodel import Session

from app.demo.companies import COMPANIES, NODE, PASSWORD, Company
from app.demo.descriptions import TEMPLATES
from app.demo.floor import Floor
from app.domain.people import Actor
from app.services import authenticating, masterdata, people, templating
from app.store import database


def set_up(floor: Floor, *, fast_hash: bool = False) -> None:
    """Fills `floor.people` (who scans for each company), `floor.sites` and `floor.products`."""
    password_hash = authenticating.hash_password(PASSWORD, fast=fast_hash)
    node = next(company for company in COMPANIES if company.key == NODE)
    founder = found_node(floor, node, password_hash)
    for company in COMPANIES:
        admin = founder if company is node else _admit(floor, founder, company, password_hash)
        floor.people[company.key] = admin
        add_master_data(floor, company, admin, password_hash)


def found_node(floor: Floor, company: Company, password_hash: str) -> Actor:
    """The company's first administrator accepts the invitation of an empty node."""
    admin = company.people[0]
    with database.writing(floor.database_of(company.key)) as session:
        token = people.first_invitation(session, floor.now)
        if token is None:
            raise RuntimeError("the demo needs an empty database")
        operator_id = people.set_up_node(
            session, token, prefix=company.prefix, name_zh=company.zh, name_en=company.en, person=admin.name,
            login=admin.login, password_hash=password_hash, now=floor.now,
        )  # fmt: skip
        actor = authenticating.actor_of_operator(session, operator_id)
        masterdata.change_organisation(
            session, actor, actor.organisation_id, floor.now, name_zh=company.zh, name_en=company.en,
            sharing=company.sharing, gs1_prefix=company.gs1_prefix,
        )  # fmt: skip
        return actor


def _admit(floor: Floor, founder: Actor, company: Company, password_hash: str) -> Actor:
    admin = next(person for person in company.people if person.role == "administrator")
    with database.writing(floor.engine) as session:
        organisation = masterdata.create_organisation(
            session, founder, company.prefix, company.zh, company.en, floor.now, sharing=company.sharing,
            gs1_prefix=company.gs1_prefix,
        )  # fmt: skip
        operator = people.create_operator(
            session, founder, login=admin.login, name=admin.name, role=admin.role, now=floor.now,
            password_hash=password_hash, organisation_id=organisation.id,
        )  # fmt: skip
        return authenticating.actor_of_operator(session, operator.id or 0)


def add_master_data(floor: Floor, company: Company, admin: Actor, password_hash: str) -> None:
    with database.writing(floor.database_of(company.key)) as session:
        site_ids: dict[str, int] = {}
        for site in company.sites:
            row = masterdata.create_site(session, admin, site.zh, site.en, site.address, floor.now)
            site_ids[site.key] = row.id or 0
            floor.sites[site.key] = row.epc
        for product in company.products:
            floor.products[product.part] = masterdata.create_product(
                session, admin, part_number=product.part, name_zh=product.zh, name_en=product.en, now=floor.now,
                unit=product.unit, tracing=product.tracing, shelf_life_days=product.shelf_life_days,
            ).epc  # fmt: skip
        _describe(session, floor, company, admin)
        for person in company.people:
            if person.role != "administrator":
                people.create_operator(
                    session, admin, login=person.login, name=person.name, role=person.role, now=floor.now,
                    password_hash=password_hash, site_ids=[site_ids[key] for key in person.sites],
                )  # fmt: skip


def _describe(session: Session, floor: Floor, company: Company, admin: Actor) -> None:
    """The company's templates, chosen for the products they describe."""
    for described in TEMPLATES:
        if described.company != company.key:
            continue
        made = templating.create(
            session, admin, key=described.key, name_zh=described.zh, name_en=described.en, fields=described.fields,
            now=floor.now, industry=described.industry,
        )  # fmt: skip
        products, _ = masterdata.products(session, admin, limit=100)
        for product in products:
            if product.part_number in described.parts:
                templating.assign(session, admin, product, made.template_id, floor.now)
