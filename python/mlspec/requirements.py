"""Which distributions a model needs, with the exact versions that are installed here."""

import re
from importlib import metadata
from typing import Dict, Iterable, List, Set


def needed_requirements(modules: Iterable[str], with_pandas: bool = False) -> List[str]:
    """Lines for pip: the distributions of the modules and all that they require and have installed, pinned."""
    owners = _owners()
    roots = {name.split(".")[0] for name in modules} | ({"pandas"} if with_pandas else set())
    wanted = {owners[root] for root in roots if root in owners}
    closed: Set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in closed:
            continue
        closed.add(name)
        wanted |= _requires(name)
    return sorted((_pin(name) for name in closed - {"mlspec"}), key=str.lower)


def _owners() -> Dict[str, str]:
    """Distribution by the name of a top-level module."""
    found: Dict[str, str] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if not name:
            continue
        for module in _top_level(distribution):
            found.setdefault(module, _canonical(name))
    return found


def _top_level(distribution: metadata.Distribution) -> Set[str]:
    text = distribution.read_text("top_level.txt")
    if text:
        return set(text.split())
    files = distribution.files or []
    return {re.sub(r"\..*", "", file.parts[0]) for file in files if file.parts and not file.parts[0].endswith("-info")}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _requires(name: str) -> Set[str]:
    found = set()
    for line in metadata.requires(name) or []:
        requirement, _, marker = line.partition(";")
        if "extra" in marker:
            continue
        other = _canonical(re.split(r"[\s\[(<>=!~]", requirement.strip(), maxsplit=1)[0])
        try:
            metadata.version(other)
        except metadata.PackageNotFoundError:
            continue
        found.add(other)
    return found


def _pin(name: str) -> str:
    # `==2.1.0` also matches a local build such as 2.1.0+cpu, and can be installed everywhere.
    return f"{metadata.metadata(name)['Name']}=={metadata.version(name).split('+')[0]}"


def main(names: List[str]) -> int:
    """Prints lines for pip by name, as JSON, for what is installed; with `--python` the interpreter's version."""
    import json
    import platform

    found = {"python": platform.python_version()} if names == ["--python"] else {}
    for name in names:
        try:
            found[name] = _pin(name)
        except metadata.PackageNotFoundError:
            continue
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
