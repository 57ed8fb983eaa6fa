"""The headings of a recall's sheets, each with its width in characters, in the order of the sheets."""

from app.domain.balance import IN, KIND_NAMES, OUT
from reports.reader import N_

Headings = tuple[tuple[str, float], ...]
ITEM: Headings = (
    (N_("Kind"), 14),
    (N_("Lot or serial"), 22),
    (N_("Identifier"), 34),
    (N_("Part number"), 18),
    (N_("Product"), 32),
)
SHIPMENT: Headings = (
    (N_("Shipped on"), 17),
    (N_("Sender"), 30),
    (N_("Consignee"), 30),
    (N_("Prefix"), 16),
    (N_("Place"), 24),
    *ITEM,
    (N_("Quantity"), 12),
    (N_("Unit"), 8),
    (N_("Documents"), 36),
    (N_("Inside"), 34),
    (N_("Received on"), 17),
    (N_("Came back"), 12),
    (N_("Event"), 46),
)
MOVED: Headings = tuple((KIND_NAMES[kind], 12) for kind in (*IN, *OUT))
ITEMS: Headings = (
    *ITEM,
    (N_("Tie"), 26),
    (N_("Tier"), 8),
    (N_("Quantity"), 12),
    (N_("Unit"), 8),
    (N_("Owner"), 28),
    (N_("State"), 14),
    (N_("On hold because"), 34),
    (N_("Held by entry"), 12),
    (N_("Released by entry"), 12),
)
STOCK: Headings = (
    *ITEM,
    (N_("Company"), 30),
    (N_("Place"), 26),
    (N_("On its way to"), 26),
    (N_("Inside"), 34),
    (N_("Quantity"), 12),
    (N_("Unit"), 8),
    (N_("State"), 14),
)
CUSTOMERS: Headings = (
    (N_("Customer"), 32),
    (N_("Prefix"), 16),
    (N_("Steps from us"), 10),
    (N_("Shipments"), 12),
    (N_("First shipment"), 17),
    (N_("Last shipment"), 17),
    (N_("Quantity"), 12),
    (N_("Unit"), 8),
)
NOTICES: Headings = (
    (N_("Customer"), 32),
    (N_("Prefix"), 16),
    (N_("Status"), 16),
    (N_("Quantity sent"), 12),
    (N_("On hand"), 12),
    (N_("Sent back"), 12),
    (N_("Destroyed"), 12),
    (N_("Unit"), 8),
    (N_("How"), 12),
    (N_("To whom"), 28),
    (N_("Notified"), 17),
    (N_("Answer due"), 17),
    (N_("Responded"), 17),
    (N_("Remark"), 40),
)
BALANCES: Headings = (
    (N_("Lot"), 22),
    (N_("Identifier"), 34),
    (N_("Product"), 32),
    (N_("Unit"), 8),
    *MOVED,
    (N_("On hand"), 12),
    (N_("Difference"), 12),
    (N_("Accounted for in %"), 12),
)
DIFFERENCES: Headings = (
    (N_("Lot"), 22),
    (N_("Difference"), 80),
    (N_("Missing"), 12),
    (N_("Unit"), 8),
    (N_("Remark"), 30),
    (N_("Event"), 46),
)
SCORES: Headings = (
    (N_("Kind of event"), 26),
    (N_("Events counted"), 10),
    (N_("Complete"), 10),
    (N_("Score in %"), 10),
    (N_("Missing elements"), 70),
)
SOURCES: Headings = (
    (N_("Company"), 30),
    (N_("Prefix"), 16),
    (N_("Answer"), 26),
    (N_("Signature"), 20),
    (N_("Code"), 16),
    (N_("As of"), 17),
    (N_("Things"), 10),
    (N_("Entries"), 10),
)
DOCUMENTS: Headings = (
    (N_("Kind"), 22),
    (N_("Document number"), 28),
    (N_("Event"), 60),
)
TRAIL: Headings = (
    (N_("When"), 17),
    (N_("What was done"), 30),
    (N_("By"), 26),
    (N_("Reason"), 50),
    (N_("Number of"), 10),
)
