"""How portals look, as `prmbuild.render.material` needs it: a validated ``site_overrides/``."""

from collections.abc import Mapping

from msgspec import Struct, field

LOOK_PREFIX = "assets/look/"
"""Where the files of ``site_overrides/`` stand in a portal."""


class Look(Struct, frozen=True, kw_only=True):
    """A programme's look.

    Attributes:
        theme: settings of the theme from the allow-list: palette, features, language, icon, logo, favicon, direction.
            Paths of files are relative to the portal's root.
        markdown_extensions: name → options, laid over the built-in ones.
        extra_css: paths relative to the portal's root.
        extra_javascript: paths relative to the portal's root.
        extra: free settings for theme overrides.
        files: path relative to the portal's root → bytes, of the files that the settings or their style sheets name.
        templates: path below ``site_overrides/theme/`` → Jinja source.
    """

    theme: Mapping[str, object] = field(default_factory=dict)
    markdown_extensions: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    extra_css: tuple[str, ...] = ()
    extra_javascript: tuple[str, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
