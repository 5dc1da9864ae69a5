"""How a new programme gets prmbuild: a line for pip that works where this one came from."""

import json
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

DISTRIBUTION = "prmbuild"

_VERSION = re.compile(r"\d+(\.\d+)*([a-z.+-][A-Za-z0-9.+-]*)?\Z")


def requirement(source: str | None) -> str | None:
    """Return the requirement that installs prmbuild.

    Args:
        source: a version, a folder or file of this computer, or an address as pip takes it; None for the place that
            the running prmbuild was installed from.

    Returns:
        A line of a requirements file; None where ``source`` is nothing that pip could take.
    """
    if source is None:
        return _installed()
    if _VERSION.match(source):
        return f"{DISTRIBUTION}=={source}"
    if re.match(r"[a-z+]+://|git\+", source):
        return _valid(f"{DISTRIBUTION} @ {source}")
    if Path(source).exists():
        return f"{DISTRIBUTION} @ {Path(source).resolve().as_uri()}"
    try:
        return f"{DISTRIBUTION}{SpecifierSet(source)}" if source.strip() else None
    except InvalidSpecifier:
        return None


def is_local(line: str) -> bool:
    """Tell whether a requirement names a place that only this computer has."""
    return f"{DISTRIBUTION} @ file:" in line


def pins() -> tuple[str, ...]:
    """Return ``name==version`` of everything that the running prmbuild needs, and they need in turn, sorted."""
    found: dict[str, str] = {}
    left = list(_needed(DISTRIBUTION))
    while left:
        name = left.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found:
            continue
        try:
            found[key] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        left += _needed(name)
    return tuple(f"{name}=={version}" for name, version in sorted(found.items()))


def _needed(name: str) -> Iterator[str]:
    """Yield the names of what a distribution needs on this computer, without its extras."""
    for line in metadata.requires(name) or ():
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            yield needed.name


def _installed() -> str:
    """Return where the running prmbuild came from.

    Source: https://packaging.python.org/en/latest/specifications/direct-url/
    """
    distribution = metadata.distribution(DISTRIBUTION)
    recorded = distribution.read_text("direct_url.json")
    if not recorded:
        return f"{DISTRIBUTION}=={distribution.version}"
    origin = json.loads(recorded)
    if "vcs_info" in origin:
        version_control = origin["vcs_info"]
        return f"{DISTRIBUTION} @ {version_control['vcs']}+{origin['url']}@{version_control['commit_id']}"
    return f"{DISTRIBUTION} @ {origin['url']}"


def _valid(line: str) -> str | None:
    try:
        Requirement(line)
    except InvalidRequirement:
        return None
    return line
