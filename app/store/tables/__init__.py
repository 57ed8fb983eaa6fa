"""Every table of the node. Master data and the log are facts; `things` is an index of the log and can be rebuilt."""

from app.store.tables.alerts import (
    Alert,
    AlertRule,
    AlertTarget,
    CountrySeen,
    IssuedFile,
    LookedUp,
    PlacePosition,
    WatchCursor,
)
from app.store.tables.capture import CaptureJob, CustodyRule, EntryApart
from app.store.tables.delegation import (
    Application,
    ApplicationDocument,
    Delegation,
    DelegationStep,
    Membership,
)
from app.store.tables.disclosure import DisclosureRequest, DisclosureRule, Introduction, KeptDisclosure
from app.store.tables.events import EventFact, EventTerm, EventWord
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
from app.store.tables.floors import ZoneFloor
from app.store.tables.imports import ColumnMeaning
from app.store.tables.jobs import IdempotencyKey, Job
from app.store.tables.label_stock import LabelOffset, LabelStock
from app.store.tables.label_templates import LabelTemplate, LabelTemplateVersion
from app.store.tables.log import Checkpoint, Entry, MerkleNode
from app.store.tables.master import Organisation, Product, Site
from app.store.tables.mesh import MeshChange, MeshSister
from app.store.tables.mints import MintPart, MintRun
from app.store.tables.people import ApiKey, Attempt, Audit, Invitation, Operator, OperatorSite, SignIn
from app.store.tables.printers import Printer
from app.store.tables.printing import PrintChunk, PrintPiece, PrintRun, WatchedFile
from app.store.tables.recalls import (
    Recall,
    RecallConsignment,
    RecallItem,
    RecallNotice,
    RecallStep,
    RecallStock,
)
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
from app.store.tables.subscriptions import NamedQuery, Subscription, VocabularyElement
from app.store.tables.things import Alias, Balance, Edge, EntryThing, Party, Reference, Scan, Thing
from app.store.tables.trust import Cosignature, HeardCall, LogPartner, PartnerCheckpoint
from app.store.tables.webhooks import WebhookMessage

__all__ = [
    "Alert",
    "AlertRule",
    "AlertTarget",
    "Alias",
    "Allotment",
    "ApiKey",
    "Application",
    "ApplicationDocument",
    "Attempt",
    "Attributes",
    "Audit",
    "Balance",
    "CaptureJob",
    "Checkpoint",
    "ColumnMeaning",
    "Cosignature",
    "Counter",
    "CountrySeen",
    "CustodyRule",
    "DeclaredAlias",
    "Delegation",
    "DelegationStep",
    "DisclosureRequest",
    "DisclosureRule",
    "Edge",
    "Entry",
    "EntryApart",
    "EntryThing",
    "EscrowCopy",
    "EventFact",
    "EventTerm",
    "EventWord",
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
    "IssuedFile",
    "Job",
    "KeptDisclosure",
    "LabelOffset",
    "LabelStock",
    "LabelTemplate",
    "LabelTemplateVersion",
    "Link",
    "LogPartner",
    "LookedUp",
    "LookupSecond",
    "LookupSource",
    "LookupTime",
    "Membership",
    "MerkleNode",
    "MeshChange",
    "MeshSister",
    "MintPart",
    "MintRun",
    "NamedQuery",
    "NodeDay",
    "Operator",
    "OperatorSite",
    "Organisation",
    "PartnerCheckpoint",
    "Party",
    "PlacePosition",
    "PrintChunk",
    "PrintPiece",
    "PrintRun",
    "Printer",
    "Probe",
    "Product",
    "Recall",
    "RecallConsignment",
    "RecallItem",
    "RecallNotice",
    "RecallStep",
    "RecallStock",
    "Record",
    "RecordVersion",
    "Reference",
    "ReservedRange",
    "ResolveCount",
    "RoundTurn",
    "Scan",
    "SignIn",
    "Site",
    "Subscription",
    "Template",
    "TemplateVersion",
    "Thing",
    "ValueIndex",
    "VocabularyElement",
    "WatchCursor",
    "WatchedFile",
    "WebhookMessage",
    "ZoneFloor",
]  # fmt: skip
