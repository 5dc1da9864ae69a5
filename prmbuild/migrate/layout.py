"""What kind of documentation a folder holds, and where its parts are."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct, field

from prmbuild.diagnostics import Diagnostic
from prmbuild.migrate.origin import Origin

Kind = Literal["mkdocs", "docusaurus", "plain"]

MKDOCS = ("mkdocs.yml", "mkdocs.yaml")
DOCUSAURUS = tuple(f"docusaurus.config.{suffix}" for suffix in ("js", "ts", "mjs", "cjs", "mts", "cts"))
MARKDOWN = (".md", ".mdx", ".markdown", ".mdown")


class Layout(Struct, frozen=True, kw_only=True):
    """Where the parts of an old site are; all paths are from the top of the origin.

    Attributes:
        config: the file that says how the site is made; None where there is none.
        pages: folder of the pages; empty for the top.
        statics: folders whose files stand at the top of the old site.
        route: path of the pages below the top of the old site, without slashes at its ends.
        sites: addresses of the old site, each with ``/`` at its end.
        order: path of a page → its place among the pages of its folder.
        titles: path of a page → its title in the old navigation.
        findings: what of the configuration could not be taken over.
    """

    kind: Kind
    config: str | None = None
    pages: str
    statics: tuple[str, ...] = ()
    route: str = ""
    sites: tuple[str, ...] = ()
    order: Mapping[str, int] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Diagnostic, ...] = ()


def kind_of(origin: Origin) -> Kind:
    """Return the kind of site that a folder holds, from the file that says how it is made."""
    here = {path for path in origin.files if posixpath.dirname(path) == origin.inside}
    names = {posixpath.basename(path) for path in here}
    if names & set(MKDOCS):
        return "mkdocs"
    if names & set(DOCUSAURUS):
        return "docusaurus"
    return "plain"


def config_of(origin: Origin, names: Iterable[str]) -> str | None:
    """Return the path of the file that says how the site is made; None where there is none."""
    return next((path for name in names if (path := posixpath.join(origin.inside, name)) in origin.files), None)


def plain(origin: Origin, sites: Sequence[str]) -> Layout:
    """Return the layout of a folder of Markdown: what all its pages have in common is their folder."""
    pages = [path for path in below(origin.files, origin.inside) if path.lower().endswith(MARKDOWN)]
    folders = {posixpath.dirname(path) for path in pages}
    common = posixpath.commonpath(folders) if folders and "" not in folders else origin.inside
    return Layout(kind="plain", pages=common, sites=tuple(sites))


def below(paths: Iterable[str], folder: str) -> list[str]:
    """Return the paths below a folder, in order."""
    prefix = f"{folder}/" if folder else ""
    return sorted(path for path in paths if path.startswith(prefix))


def ranks(pages: Sequence[str]) -> Mapping[str, int]:
    """Return the place of each page among those of its folder, counted from 1, for pages in the order of a site."""
    counted: dict[str, int] = {}
    found: dict[str, int] = {}
    for path in pages:
        folder = posixpath.dirname(path)
        if path not in found:
            counted[folder] = counted.get(folder, 0) + 1
            found[path] = counted[folder]
    return found


def site_address(text: str) -> str:
    """Return the address of a site with ``/`` at its end."""
    return text.strip().rstrip("/") + "/"
