"""Every table of the node. Master data and the log are facts; `things` is an index of the log and can be rebuilt."""

from app.store.tables.delegation import (
    Application,
    ApplicationDocument,
    Delegation,
    DelegationStep,
    Membership,
    SeenNonce,
)
from app.store.tables.imports import ColumnMeaning
from app.store.tables.jobs import IdempotencyKey, Job
from app.store.tables.log import Checkpoint, Entry, MerkleNode
from app.store.tables.master import Organisation, Product, Site
from app.store.tables.mints import MintPart, MintRun
from app.store.tables.people import ApiKey, Attempt, Audit, Invitation, Operator, OperatorSite, SignIn
from app.store.tables.records import HandleSession, Link, Record, RecordVersion, ResolveCount, ValueIndex
from app.store.tables.registry import (
    Allotment,
    Attributes,
    Counter,
    DeclaredAlias,
    ReservedRange,
    Template,
    TemplateVersion,
)
from app.store.tables.things import Alias, Balance, Edge, EntryThing, Party, Reference, Scan, Thing

__all__ = [
    "Alias", "Allotment", "ApiKey", "Application", "ApplicationDocument", "Attempt", "Attributes", "Audit",
    "Balance", "Checkpoint", "ColumnMeaning", "Counter", "DeclaredAlias", "Delegation", "DelegationStep",
    "Edge", "Entry", "EntryThing", "HandleSession", "IdempotencyKey", "Invitation", "Job", "Link",
    "Membership", "MerkleNode", "MintPart", "MintRun", "Operator", "OperatorSite", "Organisation", "Party",
    "Product", "Record", "RecordVersion", "Reference", "ReservedRange", "ResolveCount", "Scan", "SeenNonce",
    "SignIn", "Site", "Template", "TemplateVersion", "Thing", "ValueIndex",
]  # fmt: skip
