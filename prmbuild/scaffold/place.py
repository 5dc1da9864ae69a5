"""Where a new file may stand: under a name that can be published, at an address that is free."""

from collections.abc import Iterable, Iterator

from prmbuild.catalog.address import address_of, claim
from prmbuild.check.names import complaints, folded
from prmbuild.source.snapshot import CONTENT, PAGE_SUFFIX


def page_path(written: str, inside: str) -> str:
    """Return the repository path of a page that somebody asks for.

    Args:
        written: what they wrote; from the top of the repository, or from the folder they stand in.
        inside: the repository path of that folder; empty at the top.

    Raises:
        ValueError: no page can stand there; the text says why.
    """
    path = written.removeprefix("./")
    if not path.startswith(f"{CONTENT}/") and inside:
        path = f"{inside}/{path}"
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"'{written}' is not a plain path: leave out '.', '..' and double slashes")
    if parts[0] != CONTENT or len(parts) < 2:
        raise ValueError(f"'{written}' is not under {CONTENT}/, where pages stand")
    name, dot, suffix = parts[-1].rpartition(".")
    if not dot or not name:
        path += PAGE_SUFFIX
    elif f".{suffix}" != PAGE_SUFFIX:
        raise ValueError(f"a page's name ends in {PAGE_SUFFIX}, not in .{suffix}")
    return path


def objections(path: str, others: Iterable[str]) -> Iterator[str]:
    """Yield why a new file cannot stand at a repository path.

    Args:
        path: where it is to stand.
        others: the files that are there.
    """
    yield from complaints(path)
    address = folded(address_of(path).file)
    if said := claim(path, address):
        yield said
    folders = {folded(folder): folder for folder in _folders(path)}
    for other in others:
        theirs = folded(address_of(other).file)
        if other == path:
            yield "it is there already"
        elif theirs == address or folded(other) == folded(path):
            yield f"'{other}' has the same address"
        elif theirs.startswith(f"{address}/") or address.startswith(f"{theirs}/"):
            yield f"'{other}' stands in its way: one of them would have to be a folder"
        for folder in _folders(other):
            mine = folders.get(folded(folder), folder)
            if mine != folder:
                yield f"there is a folder '{folder}'; many computers take '{mine}' for the same"
                return


def _folders(path: str) -> Iterator[str]:
    parts = path.split("/")
    for end in range(1, len(parts)):
        yield "/".join(parts[:end])
