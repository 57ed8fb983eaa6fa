"""Node roles: a role is a set of capabilities, and these decide what is served. The only file that names a role."""

ROOT, NATIONAL, SECOND_LEVEL = "root", "national", "second-level"
ENTERPRISE, RECURSIVE = "enterprise", "recursive"
ROLES: dict[str, frozenset[str]] = {
    ROOT: frozenset({"delegate", "answer"}),
    NATIONAL: frozenset({"delegate", "answer", "file"}),
    SECOND_LEVEL: frozenset({"delegate", "answer", "file"}),
    ENTERPRISE: frozenset({"mint", "label", "capture", "trace", "answer", "file"}),
    RECURSIVE: frozenset({"recurse", "trace"}),
}


def capabilities_of(names: tuple[str, ...]) -> frozenset[str]:
    """Union of what the named roles can do; raises ValueError naming the wrong word and the known ones."""
    unknown = [name for name in names if name not in ROLES]
    if unknown:
        known = ", ".join(sorted(ROLES))
        raise ValueError(f"NODE_ROLES names '{unknown[0]}'; known roles are {known}.")
    return frozenset().union(*(ROLES[name] for name in names))
