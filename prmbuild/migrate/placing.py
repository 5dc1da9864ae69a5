"""Which files come along, and under which names."""

import posixpath
import re
from collections.abc import Mapping

from msgspec import Struct

from prmbuild import codes
from prmbuild.authored.text import KIB
from prmbuild.catalog.address import address_of
from prmbuild.check.files import LARGEST
from prmbuild.check.names import GIT_OWN, complaints, folded, presentable, speakable
from prmbuild.diagnostics import Diagnostic
from prmbuild.migrate.layout import MARKDOWN, Layout, below
from prmbuild.migrate.origin import Origin, OriginFile
from prmbuild.source.git import REGULAR_MODES

_CODE = re.compile(
    r"astro|bat|c|cfg|cjs|class|cpp|cs|css|dll|env|exe|go|h|html?|ini|jar|java|jinja|jsx?|json[5c]?|kt|less|lock|lua|mjs"
    r"|mts|php|pl|ps1|pyc?|rb|rs|sass|scss|sh|so|sql|styl|svelte|tf|toml|tsx?|vue|wasm|xsl|ya?ml"
)
"""Suffixes of programs and settings. YAML is never published; the others would run, or mean nothing to partners."""

_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})
_LFS = b"version https://git-lfs.github.com/spec/"
_UNSAFE = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f]+')


class Placing(Struct, frozen=True, kw_only=True):
    """Where files go.

    Attributes:
        places: path of a file that comes along → its repository path in the programme.
        standing: paths of all files that there are now.
        findings: files that got another name, and those left out.
    """

    into: str
    layout: Layout
    places: Mapping[str, str]
    standing: frozenset[str]
    findings: tuple[Diagnostic, ...]

    def place_of(self, path: str) -> str | None:
        """Return where any version of a file goes: also of those that are gone since, if they were pages."""
        if path in self.standing or not is_page(path, self.layout) or _hidden(path, self.layout):
            return self.places.get(path)
        return natural(path, self.into, self.layout) if presentable(path) else None


def placed(origin: Origin, layout: Layout, into: str, mentioned: str) -> Placing:
    """Decide which files come along.

    Args:
        origin: the folder.
        layout: what is where in it.
        into: the folder of the programme they go to.
        mentioned: the text of all pages; a file that is no page comes along where its name stands in it.
    """
    findings: list[Diagnostic] = []
    places: dict[str, str] = {}
    taken: dict[str, str] = {}
    own = below(origin.files, layout.pages)
    standing = set(own)
    statics = (path for folder in layout.statics for path in below(origin.files, folder))
    for path in sorted({*own, *statics}, key=_importance):
        why = _why_not(path, origin, layout, mentioned, standing)
        if why is not None:
            if why:
                findings.append(codes.FILE_LEFT_OUT.at(speakable(path), why[0], hint=why[1]))
            continue
        target = _free(natural(path, into, layout), taken)
        if posixpath.basename(target) != posixpath.basename(_usual(path)):
            message = f"the file is called '{posixpath.basename(target)}' now, as {_reason(path, taken, into, layout)}"
            hint = f"in the old site it was {speakable(path)}"
            findings.append(codes.FILE_RENAMED.at(target, message, hint=hint))
        for key in _keys(target):
            taken[key] = target
        places[path] = target
    return Placing(into=into, layout=layout, places=places, standing=frozenset(origin.files), findings=tuple(findings))


def _importance(path: str) -> tuple[bool, str]:
    """Return what puts the pages that stand for their folders before others, so that they keep their names."""
    return posixpath.splitext(posixpath.basename(path))[0] not in ("index", "_index", "README"), path


def is_page(path: str, layout: Layout) -> bool:
    """Tell whether a path is that of a page of the old site."""
    return path.lower().endswith(MARKDOWN) and path.startswith(f"{layout.pages}/" if layout.pages else "")


def natural(path: str, into: str, layout: Layout) -> str:
    """Return where a file goes if nothing else has that place, with a name that can be published."""
    if path.startswith(f"{layout.pages}/" if layout.pages else ""):
        inner = path.removeprefix(f"{layout.pages}/") if layout.pages else path
    else:
        inner = next(
            posixpath.join("static", path.removeprefix(f"{folder}/"))
            for folder in layout.statics
            if path.startswith(f"{folder}/")
        )
    return posixpath.join(into, "/".join(_safe(part) for part in _usual(inner).split("/")))


def _usual(path: str) -> str:
    """Return a path with the suffix that pages have here, and with the name that folders' own pages have."""
    folder, name = posixpath.split(path)
    stem, suffix = posixpath.splitext(name)
    if suffix.lower() in MARKDOWN:
        name = ("index" if stem == "_index" else stem) + ".md"
    return posixpath.join(folder, name)


def _safe(part: str) -> str:
    """Return a name with what cannot be published replaced; see `prmbuild.check.names`."""
    if presentable(part) and not list(complaints(part)):
        return part
    cleaned = _UNSAFE.sub("-", part.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("�", "-"))
    cleaned = "".join(character for character in cleaned if not list(complaints(f"x{character}x")))
    cleaned = cleaned.strip(" .") or "unnamed"
    return cleaned if not list(complaints(cleaned)) else f"_{cleaned}"


def _free(path: str, taken: Mapping[str, str]) -> str:
    """Return a path whose address nobody has: the path itself, or one with a number."""
    stem, suffix = posixpath.splitext(path)
    candidate, number = path, 1
    while any(key in taken for key in _keys(candidate)):
        number += 1
        candidate = f"{stem}-{number}{suffix}"
    return candidate


def _keys(path: str) -> tuple[str, ...]:
    """Return what no two files may have in common: their name, and their address, as careless file systems see them."""
    return folded(path), "address " + folded(address_of(path).file)


def _reason(path: str, taken: Mapping[str, str], into: str, layout: Layout) -> str:
    wanted = natural(path, into, layout)
    other = next((taken[key] for key in _keys(wanted) if key in taken), None)
    return f"'{other}' would have the same address" if other else "its own name cannot be published"


def _hidden(path: str, layout: Layout) -> bool:
    inner = path.removeprefix(f"{layout.pages}/") if layout.pages else path
    return any(part.startswith(".") or part in _FOLDERS for part in inner.split("/"))


def _why_not(
    path: str, origin: Origin, layout: Layout, mentioned: str, standing: set[str]
) -> tuple[str, str] | tuple[()] | None:
    """Say why a file stays behind, and what to do about it.

    Returns:
        None for one that comes along; nothing for one that nobody will ask for.
    """
    file, name = origin.files[path], posixpath.basename(path)
    if name in GIT_OWN or any(part in _FOLDERS for part in path.split("/")):
        return ()
    if file.mode not in REGULAR_MODES:
        what = "symbolic links are not followed" if file.mode == "120000" else "what a submodule holds is not read"
        return what, "copy what it leads to, if pages need it"
    if _hidden(path, layout):
        return "hidden files are never published", "nothing"
    if not is_page(path, layout):
        return _why_not_asset(path, origin, file, mentioned)
    if name.lower() in ("readme.md", "readme.mdx") and _has_index(path, standing):
        return "an index page stands for this folder already", "move what partners need into that page"
    if name.startswith("_") and posixpath.splitext(name)[0] != "_index" and layout.kind == "docusaurus":
        return "other pages include it; it is no page of its own", "copy its text into those pages"
    return None


def _has_index(path: str, standing: set[str]) -> bool:
    folder = posixpath.dirname(path)
    return any(posixpath.join(folder, f"index{suffix}") in standing for suffix in MARKDOWN)


def _why_not_asset(path: str, origin: Origin, file: OriginFile, mentioned: str) -> tuple[str, str] | tuple[()] | None:
    name = posixpath.basename(path)
    suffix = posixpath.splitext(name)[1].lower().lstrip(".")
    if file.size > LARGEST:
        return f"the file has {file.size:,} bytes; {LARGEST:,} are allowed", "keep it elsewhere and link to it"
    if not suffix:
        return "its name does not say what kind of file it is", "give it a suffix, if partners should download it"
    if _CODE.fullmatch(suffix):
        return "this is a program or a setting, not content", "pack it, if partners should download it"
    if presentable(name) and not any(form in mentioned for form in {name, name.replace(" ", "%20")}):
        return "no page shows it or links to it", "nothing"
    if file.size < KIB and origin.read(path).startswith(_LFS):
        return "this is a git LFS pointer, not the file it stands for", "add the file itself beside its page"
    return None
