"""What the node vouches for: its signing key and the signed checkpoints of its log. The check of the whole log is
in `verifying`, export and rebuild in `exporting` and `rebuilding`."""

import base64
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlmodel import Session

from app.domain import checkpoints, merkle
from app.domain.people import Actor
from app.errors import N_, Refused, Unknown
from app.services.keeping import secret_of
from app.store import database, log
from app.store.tables import Checkpoint, Entry

KEY_FILE = "node.key"
SESSION_PROOF = b"suyuan session\n"
SEED_LENGTH = 32  # RFC 8032: an Ed25519 private key is 32 random bytes


@dataclass(frozen=True, slots=True)
class Inclusion:
    """RFC 6962 audit path of one entry. `leaf` is the leaf hash, all hashes are 32 bytes."""

    seq: int
    size: int
    leaf: bytes
    path: tuple[bytes, ...]
    root: bytes

    def holds_for(self, body: str) -> bool:
        """The check that anybody can make: the text's own hash, up the path, to the root."""
        leaf = merkle.leaf_hash(body.encode())
        return merkle.verify_inclusion(self.seq, self.size, leaf, self.path, self.root)


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry and the proof for its text; `holds` says whether the one fits the other."""

    entry: Entry
    proof: Inclusion

    @property
    def holds(self) -> bool:
        return self.proof.holds_for(self.entry.body)


@dataclass(frozen=True, slots=True)
class Consistency:
    """RFC 6962 consistency proof between two sizes of the log."""

    old: int
    new: int
    old_root: bytes
    new_root: bytes
    path: tuple[bytes, ...]


def origin_of(base_url: str) -> str:
    """The log's name in its checkpoints (C2SP tlog-checkpoint: a URL without scheme), e.g. `trace.example.cn/log`."""
    parts = urlsplit(base_url)
    name = f"{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}/log".lower()
    return "".join(letter if letter.isprintable() and letter not in " +" else "-" for letter in name)


def signing_key(keys_dir: Path) -> bytes:
    """The node's Ed25519 seed, made on first use. Who has it can sign in the node's name."""
    return secret_of(keys_dir / KEY_FILE, SEED_LENGTH)


def verifier_key(keys_dir: Path, origin: str) -> str:
    """What others check our checkpoints with: `origin+key id+base64`, to be handed over by a way they trust."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = Ed25519PrivateKey.from_private_bytes(signing_key(keys_dir)).public_key().public_bytes_raw()
    return checkpoints.verifier_key(origin, public)


def public_jwk(keys_dir: Path) -> dict[str, str]:
    """The same key as a JSON Web Key (RFC 8037)."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = Ed25519PrivateKey.from_private_bytes(signing_key(keys_dir)).public_key().public_bytes_raw()
    return {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(public).decode().rstrip("=")}


def proof_for_client(keys_dir: Path, nonces: bytes) -> str:
    """The node's signature over the nonces of a session, in base64: its own proof to a client. What is signed begins
    with words that nothing else signed begins with, since a part of it is the client's choice."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(signing_key(keys_dir))
    return base64.b64encode(key.sign(SESSION_PROOF + nonces)).decode()


def checkpoint(session: Session, keys_dir: Path, origin: str, now: datetime) -> Checkpoint | None:
    """A signed checkpoint of all that is in the log: the newest when nothing came after it, None for an empty log.

    Refused when the newest checkpoint does not fit the log any more: a node never signs two histories.
    """
    database.lock_log(session)
    newest = log.newest_checkpoint(session)
    size, root = log.head(session)
    if newest is not None:
        if newest.size > size or log.root(session, newest.size) != newest.root:
            raise Refused(
                "log-forked",
                N_("The log does not continue what was signed at size {size}."),
                N_("Run ./dev log verify, and restore the database from a backup."),
                size=newest.size,
            )
        if newest.size == size:
            return newest
    if size == 0:
        return None
    note = checkpoints.sign(checkpoints.body(origin, size, root), origin, signing_key(keys_dir))
    row = Checkpoint(size=size, root=root, note=note, record_time=now)
    log.add_checkpoint(session, row)
    return row


def newest_checkpoints(session: Session, count: int) -> list[Checkpoint]:
    return list(log.checkpoints(session, newest=count))


def checkpoint_at(session: Session, size: int) -> Checkpoint:
    """The checkpoint of exactly so many entries; Unknown where none was signed."""
    found = log.checkpoint_at(session, size)
    if found is None:
        raise Unknown(
            "no-checkpoint",
            N_("Nothing of this log is signed at {size} entries."),
            N_("Ask for the newest checkpoint, and for the proof that leads there."),
            size=size,
        )
    return found


def head(session: Session) -> tuple[int, bytes]:
    """Size and root of the log as it stands, signed or not."""
    return log.head(session)


def entry_of(session: Session, actor: Actor, seq: int) -> Entry:
    """An entry with its text: the organisation's own only. Others' are Unknown, like those that do not exist."""
    entry = log.entry_of(session, seq)
    if entry is None or entry.organisation_id != actor.organisation_id:
        raise Unknown(
            "unknown-event", N_("There is no event {seq} of yours."), N_("Check the number."), seq=seq
        )
    return entry


def proven_entry(session: Session, actor: Actor, seq: int) -> Proven:
    """The organisation's own entry with its proof in the whole log; Unknown for any other number."""
    return Proven(entry_of(session, actor, seq), inclusion_proof(session, seq))


def inclusion_proof(session: Session, seq: int, size: int | None = None) -> Inclusion:
    """That entry `seq` is in the tree of the first `size` entries (default: all). Malformed or Unknown for what is
    not there. Hashes only, so anybody may see it: who has the entry's text can check it, nobody else learns it."""
    size = _known_size(session, size)
    path = log.inclusion_proof(session, seq, size)
    leaf = log.nodes(session, 0, seq, seq + 1)[seq]
    return Inclusion(seq, size, leaf, tuple(path), log.root(session, size))


def consistency_proof(session: Session, old: int, new: int | None = None) -> Consistency:
    """That the log of `new` entries (default: all) begins with the log of `old`."""
    new = _known_size(session, new)
    path = log.consistency_proof(session, old, new)
    return Consistency(old, new, log.root(session, old), log.root(session, new), tuple(path))


def _known_size(session: Session, size: int | None) -> int:
    known = log.size(session)
    if size is None:
        return known
    if not 0 <= size <= known:
        raise Unknown(
            "no-such-size",
            N_("The log has {known} entries, so there is no tree of {size}."),
            N_("Ask for a size from 0 to the head's."),
            known=known,
            size=size,
        )
    return size
