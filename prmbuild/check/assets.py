"""Pictures and downloads: those that no page shows, and those that are newer than the approval of their page."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from prmbuild import codes
from prmbuild.access.paths import requested
from prmbuild.catalog.address import address_of
from prmbuild.catalog.catalog import Catalog, Page, is_course_file, is_page
from prmbuild.check.names import GIT_OWN, complaints
from prmbuild.check.shown import Mask, Shown, first
from prmbuild.check.targets import Meaning, Targets
from prmbuild.check.written import LIKE_QUIZ, Written
from prmbuild.desired import Desired
from prmbuild.diagnostics import Diagnostic
from prmbuild.security_headers import INERT_SUFFIXES, is_inert


def check_unused(written: Written, targets: Targets) -> Iterator[Diagnostic]:
    """Find files that no page of the revision shows."""
    pages = {path: page for path, page in written.pages.items() if not page.retired}
    shown = {page.facts.file for page in pages.values()}
    shown.update(*(targets.files(path) for path in pages))
    for path in written.publishable:
        if is_page(path) or is_course_file(path) or path.endswith(LIKE_QUIZ) or path.rsplit("/", 1)[-1] in GIT_OWN:
            continue
        if path not in shown:
            message = "no page shows the file, so it is not published"
            yield codes.ASSET_UNUSED.at(path, message, hint="link to it from a page, or delete it")


def check_reachable(shown: Shown) -> Iterator[Diagnostic]:
    """Find files of portals that no request would reach, or whose endings not every server knows for what they are; see
    `prmbuild.access` and `prmbuild.security_headers`.
    """
    for path in shown.assets:
        address = address_of(path)
        if any(complaints(path)):
            continue
        hint = "rename it, with an ending such as .txt"
        if "." not in address.file.rpartition("/")[2]:
            message = "no request reaches it: a name without a dot is taken for a folder's"
        elif requested(f"/{address.url}".encode()) is None:
            message = "no request reaches it: an address with these characters is refused"
        elif is_inert(path) and not path.endswith(INERT_SUFFIXES):
            # CloudFront tells them by their endings, and capitals from small letters
            message = "scripts in it could run: only endings in small letters are kept from doing so everywhere"
            hint = f"rename it, with the ending {PurePosixPath(path).suffix.lower()}"
        else:
            continue
        yield codes.UNSAFE_PATH.at(path, message, hint=hint)


def check_freshness(written: Written, targets: Targets, shown: Shown, state: Desired) -> Iterator[Diagnostic]:
    """Find files that partners do not get as they stand, because the page that shows them was approved before."""
    for path, variants in shown.pages.items():
        if path not in written.pages:
            continue
        page = variants[0].seen.page
        readers: dict[str, Mask] = {}
        for variant in variants:
            file = page.source.meta.file
            wanted = {*variant.article.files, *((file,) if file is not None else ())}
            for asset in wanted & state.catalog.assets:
                readers[asset] = readers.get(asset, 0) | variant.portals
        for asset, portals in readers.items():
            if asset in written.snapshot.files:
                yield from _outdated(page, asset, portals, written, targets, shown, state.catalog)


def _outdated(
    page: Page, asset: str, readers: Mask, written: Written, targets: Targets, shown: Shown, catalog: Catalog
) -> Iterator[Diagnostic]:
    """Report an asset once for a page, as the first of the page's portals has it that has it not as it stands."""
    newest = written.snapshot.files[asset].blob
    changed, without = 0, readers
    for portals, version in shown.assets.get(asset, ()):
        without &= ~portals
        changed |= readers & portals if version.blob != newest else 0
    if without and (not catalog.policy.audiences(asset) or catalog.asset(page, asset) is not None):
        without = 0
    if not changed | without:
        return
    day = page.version.commit.at.date().isoformat()
    stale = bool(first(changed | without) & changed)
    code = codes.ASSET_CHANGED_SINCE if stale else codes.ASSET_ADDED_SINCE
    get = "partners get the file of that day" if stale else "partners do not get it"
    who = catalog.approvals.may_approve(asset, by=page.path)
    came = written.snapshot.history.at(asset, 0)
    if came is None or came.position < page.version.position:
        message = f"'{asset}' {'changed' if stale else 'was added'} after the page was approved on {day}; {get}"
    else:
        get = "partners get the version before it" if stale else get
        message = f"nobody who may approve this '{asset}' did so with the page, which was approved on {day}; {get}"
    hint = "change the page and approve it again to publish the file"
    hint = f"{hint}; for the file: {who}" if who.people or who.wrote else hint
    line, column = _place(page.path, asset, written, targets)
    yield code.at(page.path, message, line=line, column=column, hint=hint)


def _place(path: str, asset: str, written: Written, targets: Targets) -> tuple[int, int]:
    page = written.pages[path]
    for place in targets.places(path, Meaning(target=asset, fragment="")):
        return place.line, place.column
    if page.facts.file == asset:
        return page.place("file")
    return page.facts.body_line, 1
