"""The rule that keeps imported pages from everybody, written into ``visibility.yaml`` as a person would."""

import re

from prmbuild.authored.reading import read_programme
from prmbuild.authored.yaml import read_yaml
from prmbuild.errors import SourceError

VISIBILITY = "visibility.yaml"


def with_rule(files: dict[str, bytes], into: str) -> bytes:
    """Return ``visibility.yaml`` with one more rule, at the end of the others, and everything else as it was.

    Args:
        files: path → bytes of the three configuration files.
        into: the folder that nobody is to see.

    Raises:
        SourceError: the file has errors, or is written in a way that leaves no place for a rule.
    """
    before, wrong = read_programme(files)
    if before is None:
        raise SourceError(f"the programme has errors: {wrong[0]}", hint="run prmbuild check, and correct them first")
    text = files[VISIBILITY].decode("utf-8-sig")
    changed = files | {VISIBILITY: _inserted(text, into).encode()}
    after, _ = read_programme(changed)
    if after is None or len(after.rules) != len(before.rules) + 1:
        raise SourceError(
            f"no place was found for a rule in {VISIBILITY}",
            hint=f"write 'rules:' with each rule on lines of its own, so that one for {into}/** can be added",
        )
    return changed[VISIBILITY]


def _inserted(text: str, into: str) -> str:
    lines = text.replace("\r\n", "\n").split("\n")
    marks = read_yaml(VISIBILITY, text.encode()).marks
    first = marks.key(("rules",)).line
    column = marks.values.get(("rules", 0))
    indent = " " * _dash(lines[column.line - 1]) if column else "  "
    end = next((at for at in range(first, len(lines)) if re.match(r"[^\s#-]", lines[at])), len(lines))
    while end > first and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    if re.match(r"rules\s*:\s*\[\s*\]", lines[first - 1]):
        lines[first - 1] = "rules:"
    rule = (
        f"{indent}# Imported, and seen by nobody. To show a part of it, write here what is still to stay hidden.",
        f"{indent}- paths: [{_glob(into)}]",
        f"{indent}  show_to: nobody",
    )
    gap = [""] if lines[end - 1].strip() and end > first else []
    return "\n".join((*lines[:end], *gap, *rule, *lines[end:])).rstrip("\n") + "\n"


def _dash(line: str) -> int:
    """Return how far the dash of a rule is indented."""
    return len(line) - len(line.lstrip(" "))


def _glob(folder: str) -> str:
    pattern = f"{folder}/**"
    return pattern if re.fullmatch(r"[\w./*-]+", pattern, re.ASCII) else f'"{pattern}"'
