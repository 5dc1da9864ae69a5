"""Reading ``site_overrides/`` against an allow-list: how portals look is authored, what runs in a build is not."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from jinja2 import TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from prmbuild import codes
from prmbuild.authored.document import Document
from prmbuild.authored.text import suggestion
from prmbuild.diagnostics import Code, Diagnostic, has_errors, ordered
from prmbuild.render.look import LOOK_PREFIX, Look
from prmbuild.render.used import used

FOLDER = "site_overrides/"
SETTINGS = f"{FOLDER}mkdocs.yml"
TEMPLATES = f"{FOLDER}theme/"

TOP = ("theme", "markdown_extensions", "extra_css", "extra_javascript", "extra")
THEME = ("palette", "features", "language", "logo", "favicon", "icon", "direction")
THEME_FILES = ("logo", "favicon")
EXTENSION_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "abbr": (),
    "admonition": (),
    "attr_list": (),
    "def_list": (),
    "footnotes": ("BACKLINK_TEXT", "BACKLINK_TITLE", "SEPARATOR", "PLACE_MARKER", "UNIQUE_IDS"),
    "md_in_html": (),
    "meta": (),
    "nl2br": (),
    "sane_lists": (),
    "smarty": ("smart_dashes", "smart_quotes", "smart_angled_quotes", "smart_ellipses", "substitutions"),
    "tables": ("use_align_attribute",),
    "toc": ("permalink", "permalink_title", "title", "toc_depth", "baselevel", "separator", "anchorlink"),
    "pymdownx.betterem": ("smart_enable",),
    "pymdownx.caret": ("smart_insert", "insert", "superscript"),
    "pymdownx.critic": ("mode", "raw_view"),
    "pymdownx.details": (),
    "pymdownx.escapeall": ("hardbreak", "nbsp"),
    "pymdownx.highlight": (
        "anchor_linenums",
        "auto_title",
        "auto_title_map",
        "guess_lang",
        "line_spans",
        "linenums",
        "linenums_style",
        "pygments_lang_class",
        "use_pygments",
    ),
    "pymdownx.inlinehilite": ("style_plain_text",),
    "pymdownx.keys": ("camel_case", "strict"),
    "pymdownx.magiclink": ("hide_protocol", "normalize_issue_symbols"),
    "pymdownx.mark": ("smart_mark",),
    "pymdownx.progressbar": ("add_classes", "level_class", "progress_increment"),
    "pymdownx.saneheaders": (),
    "pymdownx.smartsymbols": (
        "trademark",
        "copyright",
        "registered",
        "care_of",
        "plusminus",
        "arrows",
        "notequal",
        "fractions",
        "ordinal_numbers",
    ),
    "pymdownx.superfences": ("preserve_tabs",),
    "pymdownx.tabbed": ("combine_header_slug",),
    "pymdownx.tasklist": ("clickable_checkbox",),
    "pymdownx.tilde": ("smart_delete", "delete", "subscript"),
}
"""Extensions a look may switch on or tune, with the options that neither run code nor read files."""

_REMOTE = re.compile(
    rb"""(?:url\(\s*['"]?|@import\s+['"]|\bsrc\s*=\s*['"]?|"""
    rb"""<(?:image|use|link\b(?![^>]*\brel\s*=\s*['"]?(?:canonical|alternate|author|license|me|help)\b))"""
    rb"""\b[^>]*?\bhref\s*=\s*['"]?)((?:https?:)?//[^'")\s>]+)""",
    re.IGNORECASE,
)
"""What makes a browser load something from another site; where a link leads is another thing."""


def read_look(files: Mapping[str, bytes]) -> tuple[Look | None, tuple[Diagnostic, ...]]:
    """Read a programme's look.

    Args:
        files: repository path → bytes of every plain file below ``site_overrides/``; may be empty.

    Returns:
        The look, None where there are errors; and all findings.
    """
    found: list[Diagnostic] = []
    document = _document(files[SETTINGS]) if SETTINGS in files else None
    settings: Mapping[str, object] = {}
    if document is not None:
        found.extend(document.diagnostics)
        settings = _settings(document, found)
    reader = _Settings(document, settings, files, found)
    theme, extra_css, extra_javascript = reader.theme(), reader.paths("extra_css"), reader.paths("extra_javascript")
    public = {LOOK_PREFIX + path.removeprefix(FOLDER): data for path, data in files.items() if not _is_private(path)}
    named = (*(str(theme[key]) for key in THEME_FILES if key in theme), *extra_css, *extra_javascript)
    published = used(named, public)
    look = Look(
        theme=theme,
        markdown_extensions=reader.extensions(),
        extra_css=extra_css,
        extra_javascript=extra_javascript,
        extra=reader.extra(),
        files={path: data for path, data in public.items() if path in published},
        templates=_templates(files, found),
    )
    if not has_errors(found):
        found.extend(_unused(path) for path in public if path not in published)
    found.extend(_remote(files))
    return (None if has_errors(found) else look), ordered(found)


def _document(data: bytes) -> Document:
    from prmbuild.authored.yaml import read_yaml  # takes a while, and few programmes have settings of a look

    return read_yaml(SETTINGS, data)


def _is_private(path: str) -> bool:
    return path == SETTINGS or path.startswith(TEMPLATES)


def _unused(path: str) -> Diagnostic:
    return codes.LOOK_FILE_UNUSED.at(
        FOLDER + path.removeprefix(LOOK_PREFIX),
        "the look does not use the file, so it is not published",
        hint="name it in site_overrides/mkdocs.yml or in a style sheet, or remove it",
    )


def _settings(document: Document, found: list[Diagnostic]) -> Mapping[str, object]:
    if document.value is None:
        return {}
    if not isinstance(document.value, Mapping):
        found.append(codes.INVALID_LOOK_VALUE.at(SETTINGS, "expected settings, written as 'name: value'"))
        return {}
    for key in document.value:
        if key not in TOP:
            place = document.marks.key((key,))
            found.append(
                codes.LOOK_SETTING_REFUSED.at(
                    SETTINGS,
                    f"'{key}' is not a setting of the look",
                    line=place.line,
                    column=place.column,
                    hint=suggestion(key, TOP) or f"only {', '.join(TOP)} may stand here",
                )
            )
    return document.value


class _Settings:
    def __init__(
        self,
        document: Document | None,
        settings: Mapping[str, object],
        files: Mapping[str, bytes],
        found: list[Diagnostic],
    ) -> None:
        self._document = document
        self._settings = settings
        self._files = files
        self._found = found

    def theme(self) -> Mapping[str, object]:
        theme = self._mapping("theme")
        kept: dict[str, object] = {}
        for key, value in theme.items():
            if key not in THEME:
                if key == "name" and value == "material":
                    continue
                self._say(
                    codes.LOOK_SETTING_REFUSED,
                    ("theme", key),
                    f"'theme.{key}' cannot be set",
                    suggestion(key, THEME) or f"only {', '.join(THEME)} may stand here",
                )
            elif key in THEME_FILES:
                place = self._file(("theme", key), value)
                if place is not None:
                    kept[key] = place
            elif key == "features" and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
                self._say(codes.INVALID_LOOK_VALUE, ("theme", key), "features are a list of names")
            elif key in ("language", "direction") and not isinstance(value, str):
                self._say(codes.INVALID_LOOK_VALUE, ("theme", key), f"'theme.{key}' must be text")
            elif key == "palette" and not isinstance(value, dict | list):
                self._say(codes.INVALID_LOOK_VALUE, ("theme", key), "a palette is a mapping, or a list of mappings")
            elif key == "icon" and not (isinstance(value, dict)):
                self._say(codes.INVALID_LOOK_VALUE, ("theme", key), "icons are a mapping of places to names")
            else:
                kept[key] = value
        return kept

    def extensions(self) -> Mapping[str, Mapping[str, object]]:
        value = self._settings.get("markdown_extensions", [])
        if not isinstance(value, list):
            self._say(codes.INVALID_LOOK_VALUE, ("markdown_extensions",), "expected a list of extensions")
            return {}
        chosen: dict[str, Mapping[str, object]] = {}
        for index, entry in enumerate(value):
            place = ("markdown_extensions", index)
            if isinstance(entry, str):
                self._extension(place, entry, {}, chosen)
            elif isinstance(entry, dict) and len(entry) == 1:
                ((name, options),) = entry.items()
                self._extension((*place, name), name, options or {}, chosen)
            else:
                self._say(
                    codes.INVALID_LOOK_VALUE, place, "expected the name of an extension, or one name with options"
                )
        return chosen

    def _extension(
        self, place: tuple[str | int, ...], name: str, options: object, chosen: dict[str, Mapping[str, object]]
    ) -> None:
        if name not in EXTENSION_OPTIONS:
            self._say(
                codes.LOOK_SETTING_REFUSED,
                place,
                f"the Markdown extension '{name}' is not allowed",
                suggestion(name, EXTENSION_OPTIONS) or "extensions that run code or read files cannot be used",
            )
        elif not isinstance(options, dict):
            self._say(codes.INVALID_LOOK_VALUE, place, f"options of '{name}' must be a mapping")
        else:
            for option in options:
                if option not in EXTENSION_OPTIONS[name]:
                    self._say(
                        codes.LOOK_SETTING_REFUSED,
                        (*place, option),
                        f"the option '{option}' of '{name}' is not allowed",
                        suggestion(option, EXTENSION_OPTIONS[name]),
                    )
            chosen[name] = options

    def paths(self, key: str) -> tuple[str, ...]:
        value = self._settings.get(key, [])
        if not isinstance(value, list):
            self._say(codes.INVALID_LOOK_VALUE, (key,), f"'{key}' must be a list of paths")
            return ()
        places = (self._file((key, index), item) for index, item in enumerate(value))
        return tuple(place for place in places if place is not None)

    def extra(self) -> Mapping[str, object]:
        extra = self._mapping("extra")
        refused = ("analytics", "consent", "homepage", "polyfills", "version", "alternate")
        for key in extra:
            if key in refused:
                self._say(codes.LOOK_SETTING_REFUSED, ("extra", key), f"'extra.{key}' cannot be set", "remove it")
        return {key: value for key, value in extra.items() if key not in refused}

    def _mapping(self, key: str) -> Mapping[str, object]:
        value = self._settings.get(key, {})
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._say(codes.INVALID_LOOK_VALUE, (key,), f"'{key}' must be a mapping")
            return {}
        return value

    def _file(self, place: tuple[str | int, ...], value: object) -> str | None:
        if not isinstance(value, str) or urlsplit(value).scheme or value.startswith(("/", "\\")):
            self._say(codes.INVALID_LOOK_VALUE, place, "expected the path of a file below site_overrides/")
            return None
        path = posixpath.normpath(FOLDER + value)
        if _is_private(path):
            self._say(codes.INVALID_LOOK_VALUE, place, "settings and templates of the look are not published")
            return None
        if path not in self._files:
            self._say(codes.LOOK_FILE_MISSING, place, f"there is no file '{path}'", suggestion(path, self._files))
            return None
        return LOOK_PREFIX + path.removeprefix(FOLDER)

    def _say(self, code: Code, place: tuple[str | int, ...], message: str, hint: str = "") -> None:
        assert self._document is not None
        mark = self._document.marks.key(place)
        self._found.append(code.at(SETTINGS, message, line=mark.line, column=mark.column, hint=hint))


def _templates(files: Mapping[str, bytes], found: list[Diagnostic]) -> Mapping[str, str]:
    environment = SandboxedEnvironment()
    templates: dict[str, str] = {}
    for path, data in files.items():
        if not path.startswith(TEMPLATES):
            continue
        try:
            text = data.decode("utf-8")
            environment.parse(text)
        except UnicodeDecodeError:
            found.append(codes.INVALID_TEMPLATE.at(path, "not UTF-8 text", hint="templates are UTF-8 text"))
        except TemplateSyntaxError as error:
            found.append(
                codes.INVALID_TEMPLATE.at(path, f"{error.message}", line=error.lineno, hint="correct the template")
            )
        else:
            templates[path.removeprefix(TEMPLATES)] = text
    return templates


def _remote(files: Mapping[str, bytes]) -> Iterator[Diagnostic]:
    for path, data in files.items():
        if path.endswith((".css", ".js", ".html", ".svg")):
            for hit in _REMOTE.finditer(data):
                line = data.count(b"\n", 0, hit.start()) + 1
                column = hit.start() - (data.rfind(b"\n", 0, hit.start()) + 1) + 1
                url = hit.group(1).decode("utf-8", "replace")
                yield codes.OUTSIDE_RESOURCE.at(
                    path,
                    f"'{url}' would be loaded from another site",
                    line=line,
                    column=column,
                    hint="keep a copy below site_overrides/",
                )
