"""PRM7xx: the look of the site, under ``site_overrides/``."""

from prmbuild.codes.kinds import error, warning

LOOK_SETTING_REFUSED = error(
    701,
    "setting that is not about the look",
    "site_overrides/mkdocs.yml may change how the site looks; what is published, where, and by which code is decided "
    "by the programme itself.",
    "Remove the setting.",
)
INVALID_LOOK_VALUE = error(
    703,
    "value not allowed in the look",
    "The value cannot be used for this setting.",
    "Use a value the message allows.",
)
LOOK_FILE_MISSING = error(
    704,
    "file of the look missing",
    "site_overrides/mkdocs.yml names a file that is not under site_overrides/.",
    "Add the file, or correct its path.",
)
INVALID_TEMPLATE = error(
    705,
    "template that does not work",
    "A template under site_overrides/ does not follow the syntax of Jinja, or fails when a page is made with it: it "
    "includes what is not there, or asks for what templates may not have.",
    "Correct it at the place named.",
)
OUTSIDE_RESOURCE = error(
    706,
    "look that loads from elsewhere",
    "A style, script or picture would be loaded from another site, which then learns who visits the portal. No portal "
    "asks anybody else for anything.",
    "Keep a copy under site_overrides/ and use that.",
)
LOOK_FILE_UNUSED = warning(
    707,
    "file of the look that nothing uses",
    "The file lies under site_overrides/, but neither the settings there name it, nor a style sheet that they name. "
    "Every partner can read what the look publishes, so such a file is not published.",
    "Name it in site_overrides/mkdocs.yml, or with `url(…)` in a style sheet; or remove it.",
)
