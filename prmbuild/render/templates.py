"""Where templates run: Jinja's sandbox, which shows them the look and the page, nothing of the machine they run on.

Templates of ``site_overrides/theme/`` are authored, so what they may call, change and print is limited, and where they
fail is a finding at their own line.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from traceback import walk_tb
from types import SimpleNamespace, TracebackType
from typing import Any

from jinja2 import BaseLoader, BytecodeCache, ChoiceLoader, Environment, FunctionLoader, TemplateSyntaxError, Undefined
from jinja2.exceptions import SecurityError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from prmbuild.errors import RenderError

OVERRIDES = "site_overrides/theme/"
"""Where authored templates stand in the repository."""

RANDOM_GLOBALS = ("lipsum",)
RANDOM_FILTERS = ("random",)
"""What would make two builds of the same commit differ."""

_SIMPLE = frozenset({str, Markup, int, bool, float, type(None)})

_SHOWN = (
    "site_name",
    "site_url",
    "site_author",
    "site_description",
    "copyright",
    "repo_name",
    "repo_url",
    "extra_css",
    "extra_javascript",
)


class TemplateError(RenderError):
    """A template of ``site_overrides/theme/`` failed.

    Args:
        message: what is wrong, naming the place.
        reason: what is wrong, without the place.
        path: the template, relative to the repository's root.
        line: counted from 1.
    """

    def __init__(self, message: str, reason: str = "", path: str = "", line: int = 1) -> None:
        super().__init__(message)
        self.reason = reason
        self.path = path
        self.line = line


class _Sandbox(ImmutableSandboxedEnvironment):
    """A sandbox that decides once for each kind of object whether templates may read an attribute."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  # those of Jinja's own
        super().__init__(*arguments, **options)
        self._safe: dict[tuple[type, str], bool] = {}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401
        """Tell whether it is safe; for Jinja that depends on the name and on what kind of object has it."""
        key = type(obj), attr
        safe = self._safe.get(key)
        if safe is None:
            safe = self._safe[key] = super().is_safe_attribute(obj, attr, value)
        return safe


def settings(config: Mapping[str, Any], theme: Mapping[str, object]) -> Mapping[str, object]:
    """Return what templates see as ``config``: what the theme's own read, and no path on this machine.

    Args:
        config: mkdocs' settings, and ``toc``, the options of the extension of that name.
        theme: the theme's settings.
    """
    extra, toc = config["extra"], config["toc"]
    return {
        **{name: config.get(name) for name in _SHOWN},
        "extra": extra,
        "mdx_configs": {"toc": {key: value for key, value in toc.items() if _is_plain(value)}},
        "plugins": {"material/search": SimpleNamespace(config={"enabled": True})},
        "theme": {key: value if _is_plain(value) else str(value) for key, value in theme.items()},
    }


def environment(
    authored: Mapping[str, str],
    theme: BaseLoader,
    filters: Mapping[str, Callable[..., object]],
    compiled: BytecodeCache | None,
    finalize: Callable[[object], object] | None = None,
) -> Environment:
    """Return an environment in which authored templates go before the theme's.

    Args:
        authored: path below `OVERRIDES` → Jinja source.
        theme: loads the theme's own templates.
        filters: what templates may use beside Jinja's own filters.
        compiled: keeps compiled templates.
        finalize: what is printed of a value; None for `printed`.
    """
    made = _Sandbox(
        loader=ChoiceLoader([FunctionLoader(lambda name: _authored(authored, name)), theme]),
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=compiled,
        trim_blocks=True,
        finalize=finalize or printed,
    )
    for name in RANDOM_GLOBALS:
        del made.globals[name]
    for name in RANDOM_FILTERS:
        del made.filters[name]
    made.filters.update(filters)
    return made


def render(environment: Environment, name: str, values: Mapping[str, object]) -> str:
    """Render a template.

    Raises:
        TemplateError: an authored template failed.
        RenderError: one of the theme's failed.
    """
    try:
        return environment.get_template(name).render(values)
    except Exception as error:
        path, line = _place(error)
        reason = _reason(error)
        if not path:
            raise RenderError(f"the theme's template '{name}' failed: {reason}") from error
        raise TemplateError(f"{path}:{line}: the template failed: {reason}", reason, path, line) from error


def _authored(authored: Mapping[str, str], name: str) -> tuple[str, str, Callable[[], bool]] | None:
    return (authored[name], OVERRIDES + name, lambda: True) if name in authored else None


def _place(error: Exception) -> tuple[str, int]:
    """Return the innermost authored template, and its line, where an error arose."""
    if isinstance(error, TemplateSyntaxError) and (error.filename or "").startswith(OVERRIDES):
        return error.filename or "", error.lineno
    found = ("", 1)
    trace: TracebackType | None = error.__traceback__
    for frame, line in walk_tb(trace):
        if frame.f_code.co_filename.startswith(OVERRIDES):
            found = (frame.f_code.co_filename, line)
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it includes or extends itself without end"
    if isinstance(error, TemplateNotFound):
        return f"there is no template '{error.name}'"
    return str(getattr(error, "message", None) or error or type(error).__name__)


def printed(value: object) -> object:
    """Let plain values through to the page. What else there is would show where it lies in memory."""
    if type(value) not in _SIMPLE and not _is_plain(value):
        raise SecurityError(f"a value of the kind '{type(value).__name__}' cannot be printed")
    return value


def _is_plain(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(_is_plain(key) and _is_plain(item) for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, str | int | float | date | Undefined)
