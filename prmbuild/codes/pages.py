"""The documentation page of every code, made from the codes: ``python -m prmbuild.codes.pages [FOLDER]``."""

import sys
from collections.abc import Mapping
from pathlib import Path

from prmbuild.codes import ALL, FAMILIES
from prmbuild.diagnostics import Code, Severity

FOLDER = Path("docs/diagnostics")
EXAMPLES = Path("tests/cases/reject")
"""Programmes with something wrong, whose ``expected.txt`` holds what is said of it."""

_SEVERITIES: Mapping[Severity, tuple[str, str]] = {
    Severity.ERROR: ("Error", "`prmbuild check` fails"),
    Severity.WARNING: ("Warning", "worth a look; `prmbuild check` does not fail"),
    Severity.INFO: ("Note", "good to know; `prmbuild check` does not fail"),
}


def pages(examples: Path = EXAMPLES) -> Mapping[str, str]:
    """Return file name → text of the page of every code, and ``index.md``.

    Args:
        examples: folder of cases to take one message for each code from; need not exist.
    """
    messages = _messages(examples)
    made = {f"{code.id}.md": _page(code, messages.get(code.id)) for code in ALL.values()}
    return {"index.md": _index(), **made}


def write_pages(folder: Path, examples: Path = EXAMPLES) -> tuple[str, ...]:
    """Write the pages into a folder, remove those of codes that are no more, and return what was not up to date."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages(examples)
    stale = [file.name for file in folder.glob("*.md") if file.name not in wanted]
    for name in stale:
        (folder / name).unlink()
    changed = [
        name
        for name, text in wanted.items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text
    ]
    for name in changed:
        (folder / name).write_text(wanted[name], encoding="utf-8")
    return (*stale, *changed)


def _messages(examples: Path) -> Mapping[str, str]:
    """Return code → the first message of it; a case named after the code goes before others."""
    found: dict[str, str] = {}
    cases = sorted(examples.glob("*/expected.txt"))
    for named in (True, False):
        for case in cases:
            for line in case.read_text(encoding="utf-8").splitlines():
                code = next((word for word in line.split(" ") if word in ALL), None)
                if code is not None and (not named or case.parent.name.upper().startswith(code)):
                    found.setdefault(code, line)
    return found


def _page(code: Code, message: str | None) -> str:
    severity, effect = _SEVERITIES[code.severity]
    example = f"\n## Example\n\n```text\n{message}\n```\n" if message else ""
    title = f"# {code.id}: {code.title}\n\n**{severity}**: {effect}.\n\n"
    return f"{title}{code.meaning}\n\n## What to do\n\n{code.remedy}\n{example}"


def _index() -> str:
    parts = [
        "# Findings\n\nEverything `prmbuild check` can report. A code keeps its meaning for ever.\n",
    ]
    for family in FAMILIES:
        described = (family.__doc__ or "").partition("\n")[0].rstrip(".")
        rows = [
            f"| [{code.id}]({code.id}.md) | {_SEVERITIES[code.severity][0].lower()} | {code.title} |"
            for code in ALL.values()
            if any(code is value for value in vars(family).values())
        ]
        parts.append("\n".join((f"\n## {described}\n", "| code | severity | what |", "|---|---|---|", *rows, "")))
    return "".join(parts)


if __name__ == "__main__":
    for changed_page in write_pages(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
        print(changed_page)
