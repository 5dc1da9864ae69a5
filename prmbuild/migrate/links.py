"""Links of the old site, made to lead where its pages and files are now."""

import html
import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from prmbuild.authored.text import quoted
from prmbuild.check.destinations import place, written_destinations
from prmbuild.migrate.anchors import anchors, letters
from prmbuild.migrate.layout import MARKDOWN
from prmbuild.migrate.markup import Foreign
from prmbuild.migrate.placing import Placing, is_page

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_NUMBER_PREFIX = re.compile(r"(?:\A|(?<=/))\d+[-_. ]+(?=[^\d/])")
_ENDING = re.compile(r"(?:/|/index\.html?|\.html?)\Z")


class Linked(Struct, frozen=True, kw_only=True):
    """A page's text with its links changed, and what no page or file was found for."""

    text: str
    foreign: tuple[Foreign, ...]


class Links:
    """What addresses of the old site mean.

    Args:
        placing: where its files are now.
        slugs: path of a page → the address it gave itself, from the top of the pages.
        texts: path of a page → its text.
    """

    def __init__(self, placing: Placing, slugs: Mapping[str, str], texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._anchors: dict[str, Mapping[str, str]] = {}
        self._placing = placing
        self._layout = placing.layout
        self._slugs = slugs

    def change(self, path: str, text: str) -> Linked:
        """Change the links of a page.

        Args:
            path: of the page, in the old site.
            text: its text, as it will stand.
        """
        parts: list[str] = []
        lost: list[tuple[int, str]] = []
        end = moved = 0
        for start, written, _ in written_destinations(text):
            raw = written.strip()
            if start < end or not raw or not text.startswith(written, start):
                continue
            new, of_old_site = self._changed(path, raw)
            if new is None and of_old_site:
                lost.append((start + moved, raw))
            elif new is not None and new != raw:
                parts += text[end:start], written.replace(raw, new, 1)
                end = start + len(written)
                moved += len(new) - len(raw)
        changed = "".join((*parts, text[end:]))
        return Linked(text=changed, foreign=tuple(_lost(changed, offset, raw) for offset, raw in lost))

    def _changed(self, path: str, written: str) -> tuple[str | None, bool]:
        """Return a destination as it must be written now, None to leave it; and whether it names the old site."""
        url = html.unescape(written)
        try:
            parts = urlsplit(url)
        except ValueError:
            return None, False
        site = next((site for site in self._layout.sites if f"{url}/".startswith(site) or url.startswith(site)), None)
        if site is not None:
            target = self._at(posixpath.join(self._base_of(site), unquote(url[len(site) :].partition("#")[0])))
        elif url.startswith("@site/"):
            target = self._file(posixpath.join(self._config_folder, unquote(url[6:].partition("#")[0])))
        elif url.startswith("pathname://"):
            target = self._at(unquote(parts.path).strip("/"))
        elif url.startswith("#"):
            return "#" + self._anchor(path, url[1:]), False
        elif _SCHEME.match(url) or url.startswith("//") or not parts.path:
            return None, False
        elif url.startswith("/"):
            target = self._at(unquote(parts.path))
        else:
            target = self._relative(path, unquote(parts.path))
        rooted = site is not None or url.startswith(("/", "@site/", "pathname://"))
        if target is None:
            return None, rooted
        return self._written(path, target, url.partition("#")[2], unquote(parts.path), keep=not rooted), rooted

    def _written(self, path: str, target: str, fragment: str, old: str, *, keep: bool) -> str:
        here = posixpath.dirname(self._placing.places[path])
        new = posixpath.relpath(self._placing.places[target], here)
        end = f"#{self._anchor(target, fragment)}" if fragment else ""
        if keep and posixpath.normpath(old) == new and not old.endswith("/"):
            return old.replace(" ", "%20").replace("(", "%28").replace(")", "%29") + end if " " in old else old + end
        return re.sub(r"[ ()<>\"%?#\\]", lambda found: f"%{ord(found[0]):02X}", new) + end

    def _anchor(self, path: str, written: str) -> str:
        """Return what the heading of a page is called here; tools other than mkdocs have other names for it."""
        if self._layout.kind == "mkdocs" or path not in self._texts:
            return written
        if path not in self._anchors:
            self._anchors[path] = anchors(self._texts[path])
        known = self._anchors[path]
        name = unquote(written)
        if name in known:
            return known[name]
        same = {ours for ours in known.values() if letters(ours) == letters(name)}
        return same.pop() if len(same) == 1 and name not in same and letters(name) else written

    @property
    def _config_folder(self) -> str:
        return posixpath.dirname(self._layout.config or "")

    def _base_of(self, site: str) -> str:
        """Return where a site's address is below the top of its host, as links that begin with ``/`` have it."""
        return urlsplit(site).path.strip("/")

    def _relative(self, path: str, written: str) -> str | None:
        """Find what a relative link of a page means: from its file, or from its address, which ends with ``/``."""
        folder = posixpath.dirname(path)
        found = self._file(posixpath.join(folder, written))
        if found is not None or not is_page(path, self._layout):
            return found
        inner = posixpath.dirname(self._inner(path))
        for base in (inner, self._slugs.get(path, inner)):
            if (named := self._slugged.get(posixpath.normpath(posixpath.join(base, written)).strip("/"))) is not None:
                return named
        stem = posixpath.splitext(posixpath.basename(path))[0]
        if stem in ("index", "_index", "README"):
            return None
        return self._file(posixpath.join(folder, stem, written))

    def _inner(self, path: str) -> str:
        return path.removeprefix(f"{self._layout.pages}/") if self._layout.pages else path

    def _at(self, path: str) -> str | None:
        """Find what stands at a path from the top of the old site's host."""
        inner = path.strip("/")
        bases = {self._base_of(site) for site in self._layout.sites} | {""}
        for base in sorted(bases, key=len, reverse=True):
            if base and not f"{inner}/".startswith(f"{base}/"):
                continue
            rest = inner[len(base) :].strip("/")
            for candidate in (rest, inner):
                found = self._from_top(candidate)
                if found is not None:
                    return found
        return None

    def _from_top(self, path: str) -> str | None:
        route = self._layout.route
        for static in self._layout.statics:
            if (file := posixpath.join(static, path)) in self._placing.places:
                return file
        routes = [path.removeprefix(route).strip("/")] if route and f"{path}/".startswith(f"{route}/") else []
        for inner in (*routes, path) if not route or self._layout.kind != "docusaurus" else routes:
            if (found := self._slugged.get(inner.strip("/"))) is not None:
                return found
            if (found := self._file(posixpath.join(self._layout.pages, inner))) is not None:
                return found
        return None

    @cached_property
    def _slugged(self) -> Mapping[str, str]:
        return {address.strip("/"): path for path, address in self._slugs.items()}

    @cached_property
    def _unnumbered(self) -> Mapping[str, str]:
        """Path without the numbers that Docusaurus takes off → page."""
        return {_NUMBER_PREFIX.sub("", posixpath.splitext(path)[0]): path for path in self._pages()}

    def _pages(self) -> Iterator[str]:
        return (path for path in self._placing.places if is_page(path, self._layout))

    def _file(self, path: str) -> str | None:
        """Find the file or page that a path means, with the suffix or the folder's own page left out."""
        path = posixpath.normpath(path)
        path = "" if path == "." else path
        places = self._placing.places
        if path in places:
            return path
        stem = _ENDING.sub("", path)
        for candidate in self._candidates(stem):
            if candidate in places:
                return candidate
        return self._unnumbered.get(stem) or self._unnumbered.get(posixpath.join(stem, "index"))

    def _candidates(self, stem: str) -> Iterator[str]:
        """Yield the files that may stand at an address without suffix."""
        base, suffix = posixpath.splitext(stem)
        for ending in MARKDOWN:
            if suffix.lower() in MARKDOWN:
                yield base + ending
            if stem:
                yield stem + ending
        for name in ("index", "README", "_index", posixpath.basename(stem)):
            for ending in MARKDOWN:
                yield posixpath.join(stem, name + ending)


def _lost(text: str, offset: int, written: str) -> Foreign:
    line, column = place(text, offset, 1)
    message = f"nothing that was imported has the address {quoted(written)}"
    return Foreign(line=line, column=column, message=message, hint="link to what took its place, or remove the link")
