"""What the configuration of a Docusaurus site says. It is JavaScript, and read with patterns, never run.

Source: https://docusaurus.io/docs/api/docusaurus-config
"""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

import yaml

from prmbuild import codes
from prmbuild.diagnostics import Diagnostic
from prmbuild.migrate.layout import DOCUSAURUS, MARKDOWN, Layout, below, config_of, ranks, site_address
from prmbuild.migrate.origin import Origin

_VALUE = r"""\b{name}\s*:\s*(['"`])(?P<value>[^'"`\n]*)\1"""
_DOCS = re.compile(r"\bdocs\s*:\s*\{(?P<body>(?:[^{}]|\{[^{}]*\})*)\}")
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:'\"\w])//[^\n]*", re.DOTALL)
_STRING = re.compile(r"""(['"`])(?P<value>[^'"`\n]+)\1""")
_NUMBER_PREFIX = re.compile(r"\A\d+[-_. ]+(?=[^\d])")
_SIDEBARS = ("sidebars.js", "sidebars.ts", "sidebars.json", "sidebars.cjs", "sidebars.mjs")
_CATEGORY = ("_category_.json", "_category_.yml", "_category_.yaml")
_LEFT = {"blog": "a blog", "versioned_docs": "older versions", "i18n": "translations", "src/pages": "pages of its own"}
"""Folders with content of other kinds, which stay where they are."""


def read_docusaurus(origin: Origin, sites: Sequence[str]) -> Layout:
    """Return the layout of a Docusaurus site.

    Args:
        origin: the folder.
        sites: addresses of the old site, beside the one that the configuration names.
    """
    config = config_of(origin, DOCUSAURUS)
    assert config is not None
    text = _COMMENT.sub("", origin.read(config).decode("utf-8", "replace"))
    folder = posixpath.dirname(config)
    docs = _DOCS.search(text)
    inner = docs["body"] if docs else ""
    pages = _joined(folder, _value(inner, "path") or "docs")
    route = _value(inner, "routeBasePath")
    url, base = _value(text, "url"), _value(text, "baseUrl") or "/"
    files = below(origin.files, pages)
    order, found = _order(origin, folder, pages, files)
    return Layout(
        kind="docusaurus",
        config=config,
        pages=pages,
        statics=tuple(static for name in ("static",) if below(origin.files, static := _joined(folder, name))),
        route=("docs" if route is None else route).strip("/"),
        sites=(*sites, *((site_address(url + base),) if url else ())),
        order=order,
        findings=(*found, *_left(origin, folder, config)),
    )


def doc_id(path: str, pages: str) -> str:
    """Return the id by which sidebars name a page: its path without suffix and number prefixes."""
    inner = path.removeprefix(f"{pages}/") if pages else path
    return "/".join(_NUMBER_PREFIX.sub("", part) for part in posixpath.splitext(inner)[0].split("/"))


def _order(
    origin: Origin, folder: str, pages: str, files: Sequence[str]
) -> tuple[Mapping[str, int], tuple[Diagnostic, ...]]:
    """Return the place of pages in their folders: as sidebars name them, or else by the numbers of their names."""
    documents = [path for path in files if path.lower().endswith(MARKDOWN)]
    ids = {doc_id(path, pages): path for path in documents}
    for name in _SIDEBARS:
        path = posixpath.join(folder, name)
        if path in origin.files:
            text = _COMMENT.sub("", origin.read(path).decode("utf-8", "replace"))
            named = [ids[found["value"]] for found in _STRING.finditer(text) if found["value"] in ids]
            if named:
                return ranks(named), tuple(_categories(origin, files))
    numbered = sorted(
        (path for path in documents if _NUMBER_PREFIX.match(posixpath.basename(path))),
        key=lambda path: (posixpath.dirname(path), _number(path)),
    )
    return ranks(numbered), tuple(_categories(origin, files))


def _number(path: str) -> int:
    found = re.match(r"\d+", posixpath.basename(path))
    return int(found[0]) if found else 0


def _categories(origin: Origin, files: Sequence[str]) -> Iterator[Diagnostic]:
    """Find titles and places of folders, which have no file of their own here."""
    for path in files:
        if posixpath.basename(path) not in _CATEGORY:
            continue
        try:
            said = yaml.safe_load(origin.read(path))  # JSON is YAML
        except (yaml.YAMLError, UnicodeDecodeError, json.JSONDecodeError):
            continue
        label = said.get("label") if isinstance(said, dict) else None
        if isinstance(label, str):
            name = posixpath.basename(posixpath.dirname(path))
            message = f"the folder '{name}' was called '{label}'"
            hint = f"write '{name}: {label}' below labels: in site_overrides/mkdocs.yml, or give it an index.md"
            yield codes.PLACE_IN_NAVIGATION.at(path, message, hint=hint)


def _left(origin: Origin, folder: str, config: str) -> Iterator[Diagnostic]:
    for name, what in _LEFT.items():
        path = _joined(folder, name)
        count = sum(file.lower().endswith(MARKDOWN) for file in below(origin.files, path))
        if count:
            message = f"the site also has {what} in {path}/ ({count} Markdown files)"
            hint = f"import them on their own: prmbuild migrate {path} --kind plain"
            yield codes.FILE_LEFT_OUT.at(config, message, hint=hint)


def _value(text: str, name: str) -> str | None:
    found = re.search(_VALUE.format(name=name), text)
    return found["value"] if found else None


def _joined(folder: str, path: str) -> str:
    joined = posixpath.normpath(posixpath.join(folder, path))
    return "" if joined == "." else joined
