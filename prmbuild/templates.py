"""Jinja templates of HTML, set up in one way wherever they lie."""

from functools import cache

from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined


@cache
def html_templates(package: str, folder: str = "templates", kept: BytecodeCache | None = None) -> Environment:
    """Return the templates in a package's folder: whatever they are given is escaped, and nothing may be missing.

    Args:
        package: full name.
        folder: below the package's own.
        kept: keeps what they are compiled to; None compiles them in each process.
    """
    return Environment(
        loader=PackageLoader(package, folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=kept,
    )
