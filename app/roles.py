"""Node roles: a role is a set of capabilities, and these decide what is served. The only file that names a role."""

ROLES: dict[str, frozenset[str]] = {
    "root": frozenset({"delegate", "answer"}),
    "national": frozenset({"delegate", "answer", "file"}),
    "second-level": frozenset({"delegate", "answer", "file"}),
    "enterprise": frozenset({"mint", "label", "capture", "trace", "answer", "file"}),
    "recursive": frozenset({"recurse", "trace"}),
}


def capabilities_of(names: tuple[str, ...]) -> frozenset[str]:
    """Union of what the named roles can do; raises ValueError naming the wrong word and the known ones."""
    unknown = [name for name in names if name not in ROLES]
    if unknown:
        known = ", ".join(sorted(ROLES))
        raise ValueError(f"NODE_ROLES names '{unknown[0]}'; known roles are {known}.")
    return frozenset().union(*(ROLES[name] for name in names))
