"""Every table of the node. Master data and the log are facts; `things` is an index of the log and can be rebuilt."""

from app.store.tables.jobs import IdempotencyKey, Job
from app.store.tables.log import Checkpoint, Entry, MerkleNode
from app.store.tables.master import Organisation, Product, Site
from app.store.tables.people import ApiKey, Attempt, Audit, Invitation, Operator, OperatorSite, SignIn
from app.store.tables.things import Alias, Balance, Edge, EntryThing, Party, Reference, Scan, Thing

__all__ = [
    "Alias", "ApiKey", "Attempt", "Audit", "Balance", "Checkpoint", "Edge", "Entry", "EntryThing", "IdempotencyKey",
    "Invitation", "Job", "MerkleNode", "Operator", "OperatorSite", "Organisation", "Party", "Product", "Reference",
    "Scan", "SignIn", "Site", "Thing",
]  # fmt: skip
