"""Every table of the node. Master data and the log are facts; `things` is an index of the log and can be rebuilt."""

from app.store.tables.delegation import (
    Application,
    ApplicationDocument,
    Delegation,
    DelegationStep,
    Membership,
)
from app.store.tables.disclosure import DisclosureRequest, DisclosureRule, Introduction, KeptDisclosure
from app.store.tables.filing import (
    EscrowCopy,
    FaultEvent,
    FilingCapture,
    FilingChange,
    FilingRow,
    FilingSource,
    FilingStream,
    FilingTarget,
    LookupSecond,
    LookupSource,
    LookupTime,
    NodeDay,
    Probe,
    RoundTurn,
)
from app.store.tables.imports import ColumnMeaning
from app.store.tables.jobs import IdempotencyKey, Job
from app.store.tables.log import Checkpoint, Entry, MerkleNode
from app.store.tables.master import Organisation, Product, Site
from app.store.tables.mesh import MeshChange, MeshSister
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
from app.store.tables.trust import Cosignature, HeardCall, LogPartner, PartnerCheckpoint
from app.store.tables.webhooks import WebhookMessage

__all__ = [
    "Alias",
    "Allotment",
    "ApiKey",
    "Application",
    "ApplicationDocument",
    "Attempt",
    "Attributes",
    "Audit",
    "Balance",
    "Checkpoint",
    "ColumnMeaning",
    "Cosignature",
    "Counter",
    "DeclaredAlias",
    "Delegation",
    "DelegationStep",
    "DisclosureRequest",
    "DisclosureRule",
    "Edge",
    "Entry",
    "EntryThing",
    "EscrowCopy",
    "FaultEvent",
    "FilingCapture",
    "FilingChange",
    "FilingRow",
    "FilingSource",
    "FilingStream",
    "FilingTarget",
    "HandleSession",
    "HeardCall",
    "IdempotencyKey",
    "Introduction",
    "Invitation",
    "Job",
    "KeptDisclosure",
    "Link",
    "LogPartner",
    "LookupSecond",
    "LookupSource",
    "LookupTime",
    "Membership",
    "MerkleNode",
    "MeshChange",
    "MeshSister",
    "MintPart",
    "MintRun",
    "NodeDay",
    "Operator",
    "OperatorSite",
    "Organisation",
    "PartnerCheckpoint",
    "Party",
    "Probe",
    "Product",
    "Record",
    "RecordVersion",
    "Reference",
    "ReservedRange",
    "ResolveCount",
    "RoundTurn",
    "Scan",
    "SignIn",
    "Site",
    "Template",
    "TemplateVersion",
    "Thing",
    "ValueIndex",
    "WebhookMessage",
]  # fmt: skip
