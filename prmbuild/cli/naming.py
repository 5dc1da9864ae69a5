"""What people call things on the command line: ids, titles, and names that must be known."""

from collections.abc import Sequence

from prmbuild.authored.text import slug, suggestion
from prmbuild.cli.questions import text


def one_of_known(answer: str, known: Sequence[str], what: str) -> str:
    """Read a name that is known, suggesting the nearest where it is not."""
    word = answer.strip()
    if word not in known:
        near = suggestion(word, known) or f"it is one of {', '.join(known)}"
        raise ValueError(f"there is no {what} '{word}'; {near}" if word else f"name a {what}: {', '.join(known)}")
    return word


def new_id(answer: str) -> str:
    """Read the id of something new."""
    if not answer:
        raise ValueError("the name gives no id; say one with --id, in letters a to z and digits")
    return an_id(answer)


def an_id(answer: str) -> str:
    """Read an id."""
    word = answer.strip()
    if slug(word) != word:
        near = f"; did you mean '{slug(word)}'?" if slug(word) else ""
        raise ValueError(f"'{word}' is not small letters and digits in words joined by single hyphens{near}")
    return word


def titles(answer: str) -> tuple[str, ...]:
    """Read titles, separated by commas."""
    found = tuple(part.strip() for part in answer.split(",") if part.strip())
    if not found:
        raise ValueError("name at least one lesson")
    return tuple(map(text, found))


def title_of(path: str) -> str:
    """Return a title made of the name of a file or folder."""
    name = path.rpartition("/")[2].removesuffix(".md")
    if name in ("index", "README"):
        name = path.split("/")[-2]
    words = name.replace("-", " ").replace("_", " ").strip() or name
    return words[:1].upper() + words[1:]
