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
    "template that cannot be read",
    "A template under site_overrides/ does not follow the syntax of Jinja.",
    "Correct it at the place named.",
)
OUTSIDE_RESOURCE = warning(
    706,
    "look that loads from elsewhere",
    "A style, script or picture is loaded from another site, which then learns who visits the portal.",
    "Keep a copy under site_overrides/ and use that.",
)
