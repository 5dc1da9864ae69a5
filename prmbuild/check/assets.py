"""Pictures and downloads: those that no page shows, and those that are newer than the approval of their page."""

from collections.abc import Iterator

from prmbuild import codes
from prmbuild.catalog.catalog import is_course_file, is_page
from prmbuild.check.names import GIT_OWN
from prmbuild.check.targets import Meaning, Targets
from prmbuild.check.written import LIKE_QUIZ, Written
from prmbuild.desired import Desired
from prmbuild.diagnostics import Diagnostic


def check_unused(written: Written, targets: Targets) -> Iterator[Diagnostic]:
    """Find files that no page of the revision shows."""
    pages = {path: page for path, page in written.pages.items() if not page.retired}
    shown = {meaning.target for path in pages for meaning in targets.links(path)}
    shown |= {page.meta.file for page in pages.values() if page.meta}
    for path in written.publishable:
        if is_page(path) or is_course_file(path) or path.endswith(LIKE_QUIZ) or path.rsplit("/", 1)[-1] in GIT_OWN:
            continue
        if path not in shown:
            message = "no page shows the file, so it is not published"
            yield codes.ASSET_UNUSED.at(path, message, hint="link to it from a page, or delete it")


def check_freshness(written: Written, targets: Targets, state: Desired) -> Iterator[Diagnostic]:
    """Find files that partners do not get as they stand, because the page that shows them was approved before."""
    catalog = state.catalog
    told: set[tuple[str, str]] = set()
    for portal in state.portals:
        for path, seen in portal.pages.items():
            references = state.articles[seen.input.key].references
            wanted = {reference.target for reference in references} | {seen.page.source.meta.file}
            for asset in sorted(target for target in wanted if target in catalog.assets):
                if (path, asset) in told or path not in written.pages or asset not in written.snapshot.files:
                    continue
                needed = catalog.policy.audiences(asset)
                version = portal.assets.get(asset)
                newest = written.snapshot.files[asset].blob
                approved = f"the page was approved on {seen.page.version.commit.at.date().isoformat()}"
                hint = "change the page and approve it again to publish the file"
                if version is not None and version.blob != newest:
                    code = codes.ASSET_CHANGED_SINCE
                    message = f"'{asset}' changed after {approved}; partners get the file of that day"
                elif version is None and needed and catalog.asset(seen.page, asset) is None:
                    code = codes.ASSET_ADDED_SINCE
                    message = f"'{asset}' was added after {approved}; partners do not get it"
                else:
                    continue
                told.add((path, asset))
                line, column = _place(path, asset, written, targets)
                yield code.at(path, message, line=line, column=column, hint=hint)


def _place(path: str, asset: str, written: Written, targets: Targets) -> tuple[int, int]:
    page = written.pages[path]
    for place in targets.places(path, Meaning(target=asset, fragment="")):
        return place.line, place.column
    if page.meta is not None and page.meta.file == asset:
        return page.place("file")
    return page.body_line, 1
