"""Receipts: what proves to anybody, offline, that a file was published, and shows nothing else that was.

Two trees are climbed (`prmbuild.manifest`): from the file to its release, and from the release, with what a receipt
says of the deployment beside it, to the deployment's id. Whoever knows that the id is one of the vendor's knows the
rest.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, to_builtins
from msgspec.structs import asdict

from prmbuild.access.paths import requested
from prmbuild.check.names import speakable
from prmbuild.errors import PrmError
from prmbuild.manifest import Step, proof, proven
from prmbuild.records.records import RELEASES, Deployment, digest_of, id_of, named, release_names

URL = "api/receipt"
"""Where receipts are asked for, relative to a portal's root; the query names the page as links name it."""

ABOUT = (
    "A receipt for one page of a partner portal: prmbuild receipt FILE checks it, without a network. Its proofs lead "
    "from the SHA-256 of the page to the id of the deployment that it was part of."
)
"""What somebody reads who opens the file."""

_VERSION = 1
_LONGEST_NAME = 80
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_SAID = ("headers", "at", "previous")
"""What a receipt says of a deployment beside its release; names of `Deployment`'s fields."""

_PROVEN = ("file", "release", *_SAID)

_ID = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+00:00")


def _is_path(text: str) -> bool:
    return speakable(text) == text  # nothing else is published, see `prmbuild.check.names.complaints`


_FORMS: Mapping[str, Callable[[str], object]] = {
    "path": _is_path,
    "digest": _SHA256.fullmatch,
    "release": _ID.fullmatch,
    "deployment": _ID.fullmatch,
    "headers": _SHA256.fullmatch,
    "at": _INSTANT.fullmatch,
    "previous": re.compile(rf"(?:{_ID.pattern})?").fullmatch,
}
"""What the fields of a receipt look like, so that nothing that is shown of one commands a terminal."""


class ReceiptError(PrmError):
    """A file that is no receipt, or was changed since it was one."""


class Unpublished(Struct, frozen=True, kw_only=True):
    """What stands in for a receipt where nothing was published, as on a developer's machine.

    Attributes:
        path: of the file in its portal.
        digest: SHA-256 of its bytes, hexadecimal.
    """

    path: str
    digest: str


class Receipt(Struct, frozen=True, kw_only=True):
    """A file of a deployment, and what proves that it is one.

    Attributes:
        path: of the file in its portal.
        digest: SHA-256 of its bytes, hexadecimal.
        release: name of the portal's release.
        deployment: id.
        headers: see `Deployment.headers`.
        at: see `Deployment.at`.
        previous: see `Deployment.previous`.
        proofs: what is proven → how, from it up.
    """

    path: str
    digest: str
    release: str
    deployment: str
    headers: str
    at: str
    previous: str
    proofs: Mapping[str, tuple[Step, ...]]


def asked(query: bytes) -> str | None:
    """Return the path of a request that a query asks a receipt for, as `requested` does; None where it is odd.

    Links name a page from the portal's root, without the slash that an address begins with; people copy it with that.
    """
    name, _, raw = query.partition(b"=")
    return requested(b"/" + raw.removeprefix(b"/")) if name == b"page" else None


def file_name(path: str) -> str:
    """Return how a receipt is called once it is saved.

    Args:
        path: of the file in its portal.
    """
    words = _NOT_PLAIN.sub("-", path.removesuffix("index.html").lower()).strip("-")
    return f"{words[:_LONGEST_NAME].strip('-') or 'home'}.receipt.json"


def receipt_for(deployment: Deployment, portal: str, files: Mapping[str, str], path: str) -> Receipt:
    """Return a receipt.

    Args:
        deployment: what was deployed.
        portal: id of one of its portals.
        files: manifest of that portal's release: path → SHA-256 of the bytes.
        path: one of them.
    """
    parts = deployment.parts()
    release = deployment.portals[portal].release
    return Receipt(
        path=path,
        digest=files[path],
        release=release,
        deployment=deployment.id,
        headers=deployment.headers,
        at=deployment.at,
        previous=deployment.previous,
        proofs={
            "file": proof(files, path),
            "release": proof(parts, f"{RELEASES}{release}"),
            **{name: proof(parts, name) for name in _SAID},
        },
    )


def written(receipt: Receipt | Unpublished) -> bytes:
    """Return a receipt as a file."""
    said = {"about": ABOUT, "version": _VERSION, "published": isinstance(receipt, Receipt), **to_builtins(receipt)}
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "surrogatepass")


def read_receipt(data: bytes) -> Receipt | Unpublished:
    """Read a receipt that holds.

    Raises:
        ReceiptError: it is none, or something in it was changed.
    """
    try:
        read = json.loads(data.decode(), object_pairs_hook=_unambiguous)
        version = read.pop("version")
        if read.pop("about") != ABOUT or type(version) is not int or version != _VERSION:
            raise ValueError
        published = read.pop("published")
        if published is False:
            found: Receipt | Unpublished = Unpublished(**read)
        elif published is True:
            given = read.pop("proofs")
            if given.keys() != set(_PROVEN):
                raise ValueError
            found = Receipt(**read, proofs={name: tuple(map(_step, given[name])) for name in _PROVEN})
        else:
            raise TypeError
        for name, value in asdict(found).items():
            if name != "proofs" and not (isinstance(value, str) and _FORMS[name](value)):
                raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ReceiptError("this is no receipt of prmbuild, or it was changed", hint="ask for it again") from error
    if isinstance(found, Receipt):
        _check(found)
    if written(found) != data:
        raise _changed("it looks other than prmbuild writes it")
    return found


def _unambiguous(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands there twice")
    return dict(pairs)


def _step(said: Mapping[str, object]) -> Step:
    name, salt, beside = said["name"], said["salt"], said["beside"]
    if len(said) != 3 or not isinstance(name, str) or not isinstance(salt, str) or not isinstance(beside, list):
        raise TypeError
    digests = tuple(digest for digest in beside if isinstance(digest, str))
    if len(digests) != len(beside):
        raise TypeError
    return Step(name=name, salt=salt, beside=digests)


def _check(receipt: Receipt) -> None:
    """Check that everything that a receipt says is proven.

    Raises:
        ReceiptError: something is not.
    """
    parts = {"release": (f"{RELEASES}{receipt.release}", None)}
    parts |= {name: (name, getattr(receipt, name)) for name in _SAID}
    try:
        datetime.fromisoformat(receipt.at)
        manifest = proven(receipt.path, receipt.digest, receipt.proofs["file"])
        roots = {key: proven(name, digest_of(value), receipt.proofs[key]) for key, (name, value) in parts.items()}
    except ValueError as error:
        raise _changed("what it says cannot be proven so") from error
    if receipt.release not in release_names(named(manifest, receipt.headers)):
        raise _changed(f"'{receipt.path}' in these bytes is not in its release")
    for key, root in roots.items():
        if id_of(root) != receipt.deployment:
            raise _changed(f"what it says of its {key} is not in its deployment")
    if len(set(roots.values())) != 1:
        raise _changed("its proofs lead to several deployments")


def _changed(found: str) -> ReceiptError:
    return ReceiptError(f"this receipt does not hold: {found}", hint="it was changed; ask for it again")
