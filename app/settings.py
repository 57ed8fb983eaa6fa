"""Every setting of a node, typed, with its default; read once from the environment and then frozen."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Settings:
    """`docs/operations.md` describes each field; the environment variable is the field's name in upper case."""

    data_dir: Path = Path("data")
    database_url: str = ""
    base_url: str = "http://127.0.0.1:8000"
    node_roles: tuple[str, ...] = ("enterprise",)
    zone: str = ""
    root_hints: str = ""
    allow_private_peers: bool = False
    delegation_days: int = 30
    key_overlap_hours: int = 48
    recursion_cache_mb: int = 32
    recursion_client_rate: int = 50
    handle_root: str = ""
    handle_root_keys: str = ""
    oid_root: str = ""
    oid_servers: tuple[str, ...] = ()
    gs1_root: str = ""
    retention_months: int = 12
    geo_networks: str = ""
    escrow_dir: str = ""
    escrow_key: str = ""
    watch_folder: str = ""
    redis_url: str = ""
    secret_key: str = ""
    secure_cookies: bool = False
    trusted_proxies: int = 0
    session_hours: int = 12
    login_attempts: int = 10
    login_window_minutes: int = 15
    max_upload_mb: int = 20
    max_import_mb: int = 200
    printer_networks: tuple[str, ...] = ()
    print_files_days: int = 30
    print_files_mb: int = 2000
    handle_port: int = 0
    native_secret: str = ""
    handle_tls_only: bool = False
    handle_sealed_secrets: bool = True
    handle_client_cert_header: str = ""
    cache_mb: int = 8
    fast_hash: bool = field(default=False, metadata={"doc": "cheap password hashes, for tests only"})

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Reads the environment; raises ValueError naming the variable whose value cannot be used."""
        values = {
            name: _typed(name, kind, env[name.upper()])
            for name, kind in _kinds().items()
            if name.upper() in env
        }
        return cls(**values)  # type: ignore[arg-type]

    @property
    def sqlalchemy_url(self) -> str:
        if not self.database_url:
            return f"sqlite:///{self.data_dir.absolute() / 'suyuan.db'}"
        scheme, _, rest = self.database_url.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else self.database_url

    @property
    def results_dir(self) -> Path:
        return self.data_dir / "results"

    @property
    def uploads_dir(self) -> Path:
        return self.data_dir / "uploads"

    @property
    def prints_dir(self) -> Path:
        return self.data_dir / "prints"

    @property
    def keys_dir(self) -> Path:
        return self.data_dir / "keys"

    @property
    def queue_path(self) -> Path:
        return self.data_dir / "queue.db"

    @property
    def secure(self) -> bool:
        return self.secure_cookies or self.base_url.lower().startswith("https://")


def _kinds() -> dict[str, str]:
    return {name: str(kind) for name, kind in Settings.__annotations__.items()}


def _typed(name: str, kind: str, text: str) -> object:
    match kind.removeprefix("<class '").removesuffix("'>").rpartition(".")[2]:
        case "int":
            try:
                return int(text)
            except ValueError:
                raise ValueError(f"{name.upper()} is '{text}'; it must be a whole number.") from None
        case "bool":
            return text.strip().lower() in TRUE_WORDS
        case "Path":
            return Path(text)
        case "str":
            return text
        case _:
            return tuple(part.strip() for part in text.split(",") if part.strip())
