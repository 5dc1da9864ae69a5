"""Files as git has them: kinds, names, addresses and sizes."""

import unicodedata
from collections.abc import Iterator

from prmbuild import codes
from prmbuild.authored.text import MIB
from prmbuild.cache.facts import Facts, digest
from prmbuild.catalog.address import address_of, claim
from prmbuild.catalog.catalog import is_course_file, is_page
from prmbuild.check.names import complaints, folded, presentable, speakable
from prmbuild.check.written import LIKE_QUIZ, Written
from prmbuild.diagnostics import Diagnostic
from prmbuild.source.git import TreeFile
from prmbuild.source.snapshot import CONTENT, SETTINGS, Snapshot

LARGEST = 50 * MIB
"""The most bytes a file may have: GitHub warns from here on, and refuses twice as much.

Source: https://docs.github.com/en/repositories/working-with-files/managing-large-files/about-large-files-on-github
"""

LARGE = 10 * MIB
"""From here on a file takes more than ten seconds over a phone's 8 Mbit/s."""

_SYMLINK = "120000"
_SUBMODULE = "160000"


def check_files(written: Written, facts: Facts) -> Iterator[Diagnostic]:
    """Find files that cannot be published as they are."""
    there = [f"{path} {file.mode} {max(file.size, LARGE)}" for path, file in written.snapshot.files.items()]
    told = digest("\0".join([*there, "", *written.publishable]).encode("utf-8", "surrogateescape"))
    found = facts.recall("names", {"": told}, lambda _: {"": tuple(_found(written))}, tuple[Diagnostic, ...])
    yield from found[""]


def _found(written: Written) -> Iterator[Diagnostic]:
    snapshot = written.snapshot
    for path, file in sorted(snapshot.files.items()):
        yield from _kind(path, file)
        if path not in SETTINGS:
            yield from _name(path)
        if file.regular:
            yield from _size(path, file)
    yield from _spellings(snapshot)
    yield from _addresses(written)
    yield from _never_published(snapshot)


def _kind(path: str, file: TreeFile) -> Iterator[Diagnostic]:
    if file.mode == _SYMLINK:
        hint = "replace it with the file it leads to"
        yield codes.SYMBOLIC_LINK.at(speakable(path), "symbolic links are not followed", hint=hint)
    elif file.mode == _SUBMODULE:
        hint = "copy its files into this repository"
        yield codes.SUBMODULE.at(speakable(path), "what a submodule holds is not read", hint=hint)


def _name(path: str) -> Iterator[Diagnostic]:
    for complaint in complaints(path):
        hint = "rename it with letters, digits, '-', '_' and '.'"
        yield codes.UNSAFE_PATH.at(speakable(path), complaint, hint=hint)


def _size(path: str, file: TreeFile) -> Iterator[Diagnostic]:
    if is_page(path) or path.endswith(LIKE_QUIZ):
        return
    size = f"the file has {file.size:,} bytes"
    if file.size > LARGEST:
        hint = "make it smaller, or keep it elsewhere and link to it"
        yield codes.ASSET_TOO_LARGE.at(speakable(path), f"{size}; {LARGEST:,} are allowed", hint=hint)
    elif file.size > LARGE:
        yield codes.ASSET_LARGE.at(speakable(path), f"{size}, which is slow to download", hint="make it smaller")


def _spellings(snapshot: Snapshot) -> Iterator[Diagnostic]:
    """Find files and folders whose names differ only in case or in the form of their accents."""
    spelt: dict[str, str] = {}
    told: set[str] = set()
    seen: set[str] = set()
    for path in sorted(path for path in snapshot.files if presentable(path)):
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            name = "/".join(parts[:end])
            if name in seen:
                continue
            seen.add(name)
            first = spelt.setdefault(folded(name), name)
            if first != name and folded(name) not in told:
                told.add(folded(name))
                what = "file" if end == len(parts) else "folder"
                message = f"the {what} names {_apart(name, first)} are the same on many computers"
                yield codes.COLLIDING_PATHS.at(speakable(path), message, hint="rename one of them")
                break


def _apart(name: str, other: str) -> str:
    """Return two names in a way that shows how they differ."""
    if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", other):
        return f"{name!a} and {other!a}"
    return f"'{name}' and '{other}'"


def _addresses(written: Written) -> Iterator[Diagnostic]:
    """Find files that want the address of another file, of the product, or of the courses."""
    taken: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in written.publishable:
        place = folded(address_of(path).file)
        if said := claim(path, place):
            yield codes.RESERVED_ADDRESS.at(path, said, hint="rename the file or its folder")
        if place in taken and folded(path) != folded(taken[place]):
            message = f"the file would be published at the same address as '{taken[place]}'"
            yield codes.COLLIDING_PATHS.at(path, message, hint="rename one of them")
        taken.setdefault(place, path)
        for end in range(1, place.count("/") + 1):
            folders.setdefault("/".join(place.split("/")[:end]), path)
    for place in sorted(taken.keys() & folders.keys()):
        message = f"the file would be published where '{folders[place]}' needs a folder"
        yield codes.COLLIDING_PATHS.at(taken[place], message, hint="rename one of them")


def _never_published(snapshot: Snapshot) -> Iterator[Diagnostic]:
    for path, file in sorted(snapshot.files.items()):
        if file.regular and path.startswith(f"{CONTENT}/") and path.endswith(LIKE_QUIZ) and not is_course_file(path):
            message = "YAML files under content/ are not published"
            yield codes.NEVER_PUBLISHED_FILE.at(speakable(path), message, hint=f"move it out of {CONTENT}/")
