"""The same pages for other tools: one portal at a time, since none of them knows of readers.

mkdocs with Material and ``navigation.prune``, Zensical with the same configuration, and Hugo with layouts that show
title, sections and text and nothing else, so its figure is a floor.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import yaml
from pymdownx.superfences import fence_code_format

from benchmarks.measure import CommandFailedError, Cost, run, set_aside
from prmbuild.render.defaults import EXTENSIONS, FEATURES, PALETTE

_HUGO = """\
baseURL = "https://handbook.example/"
title = "Handbook"
disableKinds = ["taxonomy", "term", "RSS"]
[markup.goldmark.renderer]
unsafe = true
"""
_FRAME = """\
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title></head><body>
<nav>{{ range site.Home.Sections }}<a href="{{ .RelPermalink }}">{{ .Title }}</a> {{ end }}</nav>
<main>{{ block "main" . }}{{ end }}</main></body></html>
"""
_LAYOUTS: Mapping[str, str] = {
    "baseof.html": _FRAME,
    "single.html": '{{ define "main" }}{{ .Content }}{{ end }}\n',
    "list.html": '{{ define "main" }}{{ .Content }}<ul>{{ range .Pages }}'
    '<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ul>{{ end }}\n',
}


def material_site(folder: Path, pages: Mapping[str, str], assets: Path) -> None:
    """Write a project that mkdocs and Zensical build.

    Args:
        folder: made; what was there goes.
        pages: path → Markdown.
        assets: a folder whose files other than Markdown are taken too, at their paths.
    """
    _contents(folder, folder / "docs", pages, assets)
    settings = {
        "site_name": "Handbook",
        "site_url": "https://handbook.example/",
        "theme": {
            "name": "material",
            "font": False,
            "features": [*FEATURES, "navigation.prune"],
            "palette": [dict(each) for each in PALETTE],
        },
        "plugins": ["search"],
        "markdown_extensions": [{name: _plain(settings)} for name, settings in EXTENSIONS.items()],
    }
    (folder / "mkdocs.yml").write_text(yaml.dump(settings, sort_keys=False), encoding="utf-8")


def hugo_site(folder: Path, pages: Mapping[str, str], assets: Path) -> None:
    """Write a project that Hugo builds: ``index.md`` becomes ``_index.md``, the page of its folder."""
    renamed = {
        f"{name[: -len('index.md')]}_index.md" if Path(name).name == "index.md" else name: text
        for name, text in pages.items()
    }
    _contents(folder, folder / "content", renamed, assets)
    (folder / "config.toml").write_text(_HUGO, encoding="utf-8")
    layouts = folder / "layouts" / "_default"
    layouts.mkdir(parents=True)
    for name, layout in _LAYOUTS.items():
        (layouts / name).write_text(layout, encoding="utf-8")


def build(command: list[str], folder: Path, out: str, at_least: int) -> Cost:
    """Run another tool's build with its caches and its output folder gone.

    Args:
        command: the tool and its arguments.
        folder: its project.
        out: the folder inside the project that it writes.
        at_least: how many pages it must write, or it did not do the same work.

    Raises:
        CommandFailedError: it failed or wrote fewer.
    """
    for name in (out, ".cache", "resources"):
        set_aside(folder / name)
    cost = run(command, cwd=folder)
    made = sum(1 for _ in (folder / out).rglob("*.html"))
    if made < at_least:
        raise CommandFailedError(f"{command[0]} wrote {made} pages, not {at_least}")
    return cost


def _contents(folder: Path, content: Path, pages: Mapping[str, str], assets: Path) -> None:
    set_aside(folder)
    for name, text in pages.items():
        path = content / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for asset in assets.rglob("*"):
        if asset.is_file() and asset.suffix != ".md":
            path = content / asset.relative_to(assets)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(asset, path)


def _plain(value: object) -> object:
    """Return an extension's settings as YAML can say them; a diagram's fence is the one that mkdocs knows."""
    if callable(value):
        return fence_code_format
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
