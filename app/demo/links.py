"""The links of the worked chain: one product has a GTIN, pages of its maker's in two languages, and whom to ask."""

from app.demo.floor import Floor
from app.domain import gs1
from app.services import gtins, linking, masterdata
from app.services.linking import Draft
from app.store import database

PART, MAKER = "PACK-80", "packs"
REFERENCE = "00080"  # of the item, within the range of the maker's prefix
PAGES = "https://www.example.com"  # a domain that is kept for examples: the links show, and lead nowhere
DRAFTS = (
    Draft("gs1:pip", f"{PAGES}/zh/packs/80", "动力电池包 80 kWh", "zh", "text/html"),
    Draft("gs1:pip", f"{PAGES}/en/packs/80", "Traction battery pack, 80 kWh", "en", "text/html"),
    Draft("gs1:instructions", f"{PAGES}/zh/packs/80/manual.pdf", "安装与维护手册", "zh", "application/pdf"),
    Draft("gs1:instructions", f"{PAGES}/en/packs/80/manual.pdf", "Mounting, service", "en", "application/pdf"),
    Draft("gs1:sustainabilityInfo", f"{PAGES}/recycling?serial={{serial}}", "回收点 Where to recycle it"),
    Draft("gs1:support", f"{PAGES}/support?thing={{identifier}}", "客户服务 Customer service"),
)  # fmt: skip


def add(floor: Floor, root: str) -> None:
    """No link is the default: a scan shows the node's own page, with these on it."""
    actor = floor.people[MAKER]
    with database.writing(floor.database_of(MAKER)) as session:
        product = next(
            row for row in masterdata.products(session, actor, limit=200)[0] if row.part_number == PART
        )
        body = f"0{masterdata.own_organisation(session, actor).gs1_prefix}{REFERENCE}"
        gtins.assign(session, actor, product, body + gs1.check_digit(body), floor.now)
        for draft in DRAFTS:
            linking.create(session, actor, product.epc, draft, root, floor.now)
