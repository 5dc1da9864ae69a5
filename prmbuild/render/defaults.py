"""What every portal has of Markdown and of the theme before its look says otherwise."""

from collections.abc import Mapping, Sequence

from pymdownx.superfences import fence_code_format


def diagram(source: str, language: str, css_class: str, options: object, md: object, **more: object) -> str:
    """Keep a diagram's source for the browser to draw, and out of the search data."""
    made = str(fence_code_format(source, language, css_class, options, md, **more))
    return made.replace("<pre ", "<pre data-search-exclude ", 1)


EXTENSIONS: Mapping[str, Mapping[str, object]] = {
    "abbr": {},
    "admonition": {},
    "attr_list": {},
    "def_list": {},
    "footnotes": {},
    "md_in_html": {},
    "tables": {},
    "toc": {"permalink": True},
    "pymdownx.betterem": {},
    "pymdownx.caret": {},
    "pymdownx.details": {},
    "pymdownx.emoji": {},
    "pymdownx.highlight": {"pygments_lang_class": True},
    "pymdownx.inlinehilite": {},
    "pymdownx.keys": {},
    "pymdownx.mark": {},
    "pymdownx.superfences": {
        "custom_fences": [{"name": "mermaid", "class": "mermaid", "format": diagram}],
    },
    "pymdownx.tabbed": {"alternate_style": True},
    "pymdownx.tasklist": {"custom_checkbox": True},
    "pymdownx.tilde": {},
}
"""The Markdown extensions that every portal has, with their options. None of them reads files or the network."""

FEATURES = (
    "content.code.annotate",
    "content.code.copy",
    "content.tabs.link",
    "content.tooltips",
    "navigation.footer",
    "navigation.tabs",
    "navigation.tabs.sticky",
    "navigation.top",
    "navigation.tracking",
    "search.highlight",
    "search.suggest",
    "toc.follow",
)
"""Features of the theme that every portal has unless its look says otherwise."""

PALETTE: Sequence[Mapping[str, object]] = tuple(
    {
        "media": f"(prefers-color-scheme: {mode})",
        "scheme": scheme,
        "primary": "custom",
        "accent": "custom",
        "toggle": {"icon": icon, "name": name},
    }
    for mode, scheme, icon, name in (
        ("light", "default", "material/weather-night", "Switch to dark mode"),
        ("dark", "slate", "material/weather-sunny", "Switch to light mode"),
    )
)
"""Light and dark, as the reader's device asks, unless the look says otherwise."""
