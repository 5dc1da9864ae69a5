"""Changes that people make to a programme, each a commit. ``number`` makes every one of a series another change."""

from benchmarks.handbook import with_status
from benchmarks.programmes import RESTRICTED, Programme, rule
from benchmarks.repository import commit


def edit_line(programme: Programme, number: int) -> str:
    """Change one line of a page that everybody sees; returns the commit's id."""
    path = programme.common_page
    file = programme.root / path
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("Checked again,")]
    file.write_text("\n".join([*lines, f"Checked again, number {number}.", ""]), encoding="utf-8")
    return commit(programme.root, f"edit {path}", path)


def add_page(programme: Programme, number: int) -> str:
    """Add a page that everybody sees, beside the one that is edited; returns the commit's id."""
    path = f"{programme.common_page.rpartition('/')[0]}/added-{number:03}.md"
    text = f"# Added page {number}\n\nWhat partners asked for, number {number}.\n"
    (programme.root / path).write_text(with_status(text, "approved"), encoding="utf-8")
    return commit(programme.root, f"add {path}", path)


def move_partner(programme: Programme, number: int) -> str:
    """Move a partner to another segment, none being left empty; returns the commit's id.

    Raises:
        ValueError: there is one segment only.
    """
    segments = [f"{tier}-{region}" for tier in programme.tiers for region in programme.regions]
    if len(segments) < 2:
        raise ValueError("a partner can move only where there are two segments")
    file, moved = programme.root / "partners.yaml", "  - {id: partner-0000-b,"
    lines = file.read_text(encoding="utf-8").splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith(moved))
    segment = lines[at].rpartition("segment: ")[2].rstrip("}")
    others = [each for each in segments if each != segment]
    target = others[(number * 7 + len(others) // 2) % len(others)]
    lines[at] = lines[at].replace(f"segment: {segment}}}", f"segment: {target}}}")
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return commit(programme.root, f"move a partner to {target}", "partners.yaml")


def change_rule(programme: Programme, number: int) -> str:
    """Show a folder to the next higher tier only, or to everybody it was shown to again; returns the commit's id.

    Raises:
        ValueError: there are too few tiers for the folder to have another audience.
    """
    folder, lowest = next(iter(RESTRICTED.items()))
    if lowest + 1 >= len(programme.tiers):
        raise ValueError("a rule can change only where there are three tiers")
    file = programme.root / "visibility.yaml"
    text = file.read_text(encoding="utf-8")
    wide, narrow = (rule(folder, f"{programme.tiers[rank]}-up") for rank in (lowest, lowest + 1))
    file.write_text(text.replace(wide, narrow) if wide in text else text.replace(narrow, wide), encoding="utf-8")
    return commit(programme.root, f"change the rule of {folder}, number {number}", "visibility.yaml")
