"""The leak check: whoever asks for whatever, through the access rule gets what their portal shows or nothing."""

import secrets
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from prmbuild.access.entries import Lookup, key_name
from prmbuild.access.paths import NOT_FOUND, requested
from prmbuild.access.rule import Get, located, signed_in
from prmbuild.access.tokens import Session, mint
from prmbuild.catalog.address import url_of
from prmbuild.publish.edges.contents import entered
from prmbuild.records.layout import release_folder
from prmbuild.records.records import Deployment

_INDEX = "index.html"
_NOW = 1


class WrongAnswer(Struct, frozen=True, kw_only=True):
    """A request that would not get what it should.

    Attributes:
        partner: who asks, with the role.
        url: what for.
        found: what is wrong, for people.
    """

    partner: str
    role: str
    url: str
    found: str


def wrong_answers(
    deployment: Deployment,
    files: Mapping[str, Mapping[str, str]],
    held: Callable[[str, str], Mapping[str, str]],
    before: Deployment | None,
) -> Iterator[WrongAnswer]:
    """Yield what would go wrong if a deployment was live.

    Args:
        deployment: the one that is to go live.
        files: portal → path → digest of what each should show.
        held: portal, release → path → digest of what lies in the folder of a release.
        before: the one that is live; the edge goes on having its entries.
    """
    secret = secrets.token_bytes(32)
    lookup: Lookup = {**entered(deployment, before), key_name("check"): secret.hex()}.get
    objects = _objects(deployment, held)
    paths = dict.fromkeys(path for known in files.values() for path in known)
    urls = {path: requested(_url(path).encode()) for path in paths}
    for portal, published in deployment.portals.items():
        shown = files[portal]
        for number, (partner, role) in enumerate(published.viewers):
            session = _signed_in(partner, role, secret, lookup)
            if session is None:
                yield WrongAnswer(partner=partner, role=role, url="/", found="a good session is refused")
                continue
            # viewers of one portal differ in nothing but where their way to it begins
            for path, asked in urls.items() if number == 0 else ((_INDEX, ""),):
                found = _found(session, asked, lookup, objects)
                wanted = None if path == NOT_FOUND else shown.get(path)
                if found != wanted:
                    what = "cannot be reached" if found is None else "is another portal's, or another version"
                    yield WrongAnswer(partner=partner, role=role, url=_url(path), found=what)

    for partner, role in _viewers(before) - _viewers(deployment):
        session = _signed_in(partner, role, secret, lookup)
        if session is not None and located(session, "", lookup) is not None:
            yield WrongAnswer(partner=partner, role=role, url="/", found="still sees what was live before")


def _viewers(deployment: Deployment | None) -> set[tuple[str, str]]:
    published = deployment.portals.values() if deployment is not None else ()
    return {viewer for one in published for viewer in one.viewers}


def _objects(deployment: Deployment, held: Callable[[str, str], Mapping[str, str]]) -> Mapping[str, str]:
    """Return key → digest of all objects that lie in a folder of a release of the deployment."""
    found: dict[str, str] = {}
    for portal, published in deployment.portals.items():
        for release in filter(None, (published.place.base, published.place.delta)):
            folder = release_folder(portal, release)
            found |= {f"{folder}/{path}": digest for path, digest in held(portal, release).items()}
    return found


def _signed_in(partner: str, role: str, secret: bytes, lookup: Lookup) -> Session | None:
    session = Session(sub="check", sid="check", partner=partner, role=role, iat=_NOW, exp=_NOW + 1)
    return signed_in((mint(session, "check", secret),), lookup, _NOW)


def _found(session: Session, asked: str | None, lookup: Lookup, objects: Mapping[str, str]) -> str | None:
    if asked is None or asked == NOT_FOUND:
        return None
    match located(session, asked, lookup):
        case Get(key):
            return objects.get(key)
    return None


def _url(path: str) -> str:
    """Return the URL path of a file, as browsers ask for it."""
    return f"/{url_of(path)}"
