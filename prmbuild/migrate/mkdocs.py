"""What ``mkdocs.yml`` says of a site. It is never run: tags and hooks in it are text.

Source: https://www.mkdocs.org/user-guide/configuration/
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

import yaml
from msgspec import Struct, field

from prmbuild import codes
from prmbuild.diagnostics import Diagnostic
from prmbuild.migrate.layout import MKDOCS, Layout, below, config_of, ranks, site_address
from prmbuild.migrate.origin import Origin

_HARMLESS_PLUGINS = frozenset({"search", "privacy", "offline", "minify", "git-revision-date-localized"})
"""Plugins whose work a portal does itself, or does not need."""

_MEANT = {
    "macros": "texts made by macros",
    "mkdocstrings": "reference made from code",
    "redirects": "redirects from old addresses",
    "include-markdown": "texts included from other files",
    "blog": "a blog",
    "tags": "a list of tags; topics take its place",
    "literate-nav": "navigation written in pages",
    "awesome-pages": "navigation written in folders",
    "awesome-nav": "navigation written in folders",
    "i18n": "translations",
    "static-i18n": "translations",
    "gen-files": "pages made by scripts",
}


class _Loader(yaml.SafeLoader):
    """Reads YAML with tags it does not know as the plain values behind them."""


def _untagged(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_Loader.add_multi_constructor("", _untagged)
_Loader.add_multi_constructor("!", _untagged)


class _Navigation(Struct):
    """What the navigation says: pages in their order, their titles, and the folder each group is about."""

    pages: list[str] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    groups: list[tuple[str, list[str]]] = field(default_factory=list)


def read_mkdocs(origin: Origin, sites: Sequence[str]) -> Layout:
    """Return the layout of a site made with mkdocs.

    Args:
        origin: the folder.
        sites: addresses of the old site, beside the one that the configuration names.
    """
    config = config_of(origin, MKDOCS)
    assert config is not None
    text = origin.read(config).decode("utf-8", "replace")
    try:
        said = yaml.load(text, Loader=_Loader)  # a SafeLoader: it makes plain values alone
    except yaml.YAMLError as error:
        said, mark = {}, getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = codes.SETTING_NOT_TAKEN_OVER.at(config, "the configuration cannot be read", line=line)
        return Layout(kind="mkdocs", config=config, pages=_docs(config, {}), findings=(problem,))
    settings: Mapping[str, object] = said if isinstance(said, dict) else {}
    pages = _docs(config, settings)
    own = settings.get("site_url")
    navigation = _Navigation()
    if isinstance(settings.get("nav"), list):
        _walk(settings["nav"], pages, "", navigation)
    files = set(below(origin.files, pages))
    listed = [path for path in navigation.pages if path in files]
    return Layout(
        kind="mkdocs",
        config=config,
        pages=pages,
        sites=(*sites, *((site_address(own),) if isinstance(own, str) and "://" in own else ())),
        order=ranks(listed),
        titles=navigation.titles,
        findings=(
            *_about_settings(config, text, settings),
            *_about_groups(config, text, navigation, files),
            *_about_missing(config, text, navigation.pages, files),
        ),
    )


def _docs(config: str, settings: Mapping[str, object]) -> str:
    folder = settings.get("docs_dir", "docs")
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(config), str(folder)))
    return "" if joined == "." else joined


def _walk(entries: object, pages: str, group: str, found: _Navigation) -> list[str]:
    """Gather a part of the navigation; returns the pages that stand directly in it."""
    here: list[str] = []
    for entry in entries if isinstance(entries, list) else ():
        for title, value in entry.items() if isinstance(entry, dict) else ((None, entry),):
            if isinstance(value, list):
                inner = _walk(value, pages, str(title or ""), found)
                if title and inner:
                    found.groups.append((str(title), inner))
            elif isinstance(value, str) and not re.match(r"[a-z]+:|/", value):
                path = posixpath.normpath(posixpath.join(pages, value))
                found.pages.append(path)
                here.append(path)
                if title:
                    found.titles.setdefault(path, str(title))
    return here


def _about_settings(config: str, text: str, settings: Mapping[str, object]) -> Iterator[Diagnostic]:
    for name in _names(settings.get("plugins")):
        if name.partition("/")[2] not in _HARMLESS_PLUGINS and name not in _HARMLESS_PLUGINS:
            meant = _MEANT.get(name.rpartition("/")[2], "what it did")
            hint = f"nothing, unless pages need {meant}"
            message = f"the plugin '{name}' does not run here"
            yield codes.SETTING_NOT_TAKEN_OVER.at(config, message, line=_line(text, name), hint=hint)
    if settings.get("hooks"):
        message = "hooks do not run here"
        yield codes.SETTING_NOT_TAKEN_OVER.at(config, message, line=_line(text, "hooks"))


def _about_groups(config: str, text: str, navigation: _Navigation, files: set[str]) -> Iterator[Diagnostic]:
    """Find groups whose pages do not lie in one folder, which portals go by."""
    for title, pages in navigation.groups:
        folders = sorted({posixpath.dirname(path) for path in pages if path in files})
        if len(folders) > 1:
            message = f"the group '{title}' has pages of {len(folders)} folders; in portals, each stands in its own"
            hint = "move the pages into one folder, if readers look for them together"
            yield codes.PLACE_IN_NAVIGATION.at(config, message, line=_line(text, title), hint=hint)


def _about_missing(config: str, text: str, pages: Sequence[str], files: set[str]) -> Iterator[Diagnostic]:
    for path in pages:
        if path not in files and posixpath.splitext(path)[1]:
            name = posixpath.basename(path)
            message = f"the navigation names '{name}', which is not there"
            yield codes.PLACE_IN_NAVIGATION.at(config, message, line=_line(text, name), hint="nothing, if it is gone")


def _names(value: object) -> Iterator[str]:
    """Yield the names of plugins or extensions, however they are written."""
    if isinstance(value, dict):
        yield from map(str, value)
    for entry in value if isinstance(value, list) else ():
        yield from map(str, entry) if isinstance(entry, dict) else (str(entry),)


def _line(text: str, word: str) -> int:
    """Return the line on which a word first stands."""
    place = text.find(word)
    return text.count("\n", 0, place) + 1 if place >= 0 else 1
