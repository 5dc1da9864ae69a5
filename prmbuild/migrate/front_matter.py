"""Front matter of other tools into that of a page here. What has no place here stays as a comment."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

import yaml
from msgspec import Struct, field

from prmbuild import codes
from prmbuild.authored.scalars import write_scalar
from prmbuild.authored.text import slug
from prmbuild.diagnostics import Diagnostic

_YAML = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:[ \t]*(.*)")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_NO_LANGUAGE = frozenset(("no", "on", "off", "yes"))
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")

_TITLE = ("title",)
_DESCRIPTION = ("description", "summary", "abstract")
_TOPICS = ("topics", "tags", "keywords", "categories")
_LANGUAGES = ("language", "lang", "locale")
_BEGINS = ("publish_at", "publishdate", "publish_date")
_ENDS = ("expire_at", "expirydate", "expiry_date")
_ORDER = ("order", "sidebar_position", "weight", "nav_order")
_DRAFT = ("draft", "unlisted")
_HIGHEST = 1_000_000
"""Places in a folder are below that."""

_LIMITING = frozenset(
    ("access", "audience", "groups", "hidden", "permissions", "private", "roles", "unlisted", "visibility")
)
"""Keys that may have kept the page from somebody; whoever migrates should know."""


class Matter(Struct, frozen=True, kw_only=True):
    """The front matter of a page of another tool.

    Attributes:
        said: key, in small letters → value.
        lines: key → the lines of the file it was written on, without what comes before them.
        body: what comes after.
        problem: why it could not be read as it is meant; empty where it could.
    """

    said: Mapping[str, object] = field(default_factory=dict)
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: str
    problem: str = ""


class Given(Struct, frozen=True, kw_only=True):
    """What else is known of a page.

    Attributes:
        status: the status that imported pages get.
        title: its title where neither the page nor a heading of it gives one.
        made_up: whether that title is a guess.
        order: its place in its folder; None where nothing says.
    """

    status: str
    title: str
    made_up: bool
    order: int | None
    now: datetime


def read_matter(text: str) -> Matter:
    """Take the front matter of a page off, YAML or TOML; forgiving, and never raises."""
    if found := _YAML.match(text):
        return _read_yaml(found[1], text[found.end() :])
    if found := _TOML.match(text):
        try:
            said = tomllib.loads(found[1])
        except tomllib.TOMLDecodeError as error:
            raw = {"front-matter": found[1].rstrip("\n").split("\n")}
            return Matter(body=text[found.end() :], lines=raw, problem=str(error))
        lines = {str(key).lower(): [f"{key} = {value!r}"] for key, value in said.items()}
        return Matter(
            said={str(key).lower(): value for key, value in said.items()}, lines=lines, body=text[found.end() :]
        )
    return Matter(body=text)


def _read_yaml(front: str, body: str) -> Matter:
    written = front.split("\n")
    try:
        node = yaml.compose(front, Loader=yaml.SafeLoader)
        said = yaml.safe_load(front)
    except (yaml.YAMLError, ValueError) as error:
        pairs = [(found[1].lower(), found) for line in written if (found := _LINE.fullmatch(line))]
        return Matter(
            said={key: found[2].strip().strip("\"'") for key, found in pairs},
            lines={key: [found[0]] for key, found in pairs},
            body=body,
            problem=str(getattr(error, "problem", None) or error).split("\n")[0],
        )
    if not isinstance(said, dict) or not isinstance(node, yaml.MappingNode):
        kept = {"front-matter": written} if front.strip() else {}
        return Matter(body=body, lines=kept)
    starts = [(str(key.value).lower(), key.start_mark.line) for key, _ in node.value]
    ends = (*(line for _, line in starts[1:]), len(written))
    lines = {
        name: written[start : max(end, start + 1)]
        for (name, start), end in zip(starts, ends[: len(starts)], strict=True)
    }
    return Matter(said={str(key).lower(): value for key, value in said.items()}, lines=lines, body=body)


def write_matter(matter: Matter, given: Given, *, has_heading: bool) -> tuple[str, tuple[str, ...], bool]:
    """Return the front matter of a page here.

    Args:
        matter: what the page said.
        given: what else is known.
        has_heading: whether its text has a heading of the first level.

    Returns:
        The lines from ``---`` to ``---``; the keys that became comments; and whether the title is made up.
    """
    used: set[str] = set()
    out: list[tuple[str, str]] = []
    title = _text(matter, _TITLE, used)
    made_up = not title and not has_heading
    if title or made_up:
        out.append(("title", write_scalar(title or given.title)))
    if description := _text(matter, _DESCRIPTION, used):
        out.append(("description", write_scalar(description)))
    if topics := _topics(matter, used):
        out.append(("topics", f"[{', '.join(map(write_scalar, topics))}]"))
    language = _text(matter, _LANGUAGES, set())
    if language and _LANGUAGE.match(language) and language.lower() not in _NO_LANGUAGE:
        _text(matter, _LANGUAGES, used)
        out.append(("language", language))
    out.append(("status", _status(matter, given, used)))
    if owner := _text(matter, ("owner",), used):
        out.append(("owner", write_scalar(owner)))
    out += _dates(matter, given.now, used)
    if (order := _order(matter, given, used)) is not None:
        out.append(("order", str(order)))
    kept = [key for key in matter.lines if key not in used]
    comments = [f"# {_INVISIBLE.sub('', line)}".rstrip() for key in kept for line in matter.lines[key] if line.strip()]
    written = "".join(f"{key}: {value}\n" for key, value in out) + "".join(f"{line}\n" for line in comments)
    return f"---\n{written}---\n", tuple(kept), made_up and given.made_up


def findings(path: str, matter: Matter, kept: Sequence[str], front: str, told: set[str]) -> Iterator[Diagnostic]:
    """Yield what a person should know of the front matter of a page, at its place in the new file.

    Args:
        path: of the page, in the programme.
        matter: what it said.
        kept: the keys that became comments.
        front: the new front matter.
        told: keys that were told of on other pages; grows. One that may have kept readers away is told of on each page.
    """
    lines = front.split("\n")
    if matter.problem:
        message = f"the front matter could not be read ({matter.problem}); it was taken line by line"
        yield codes.SETTING_NOT_TAKEN_OVER.at(path, message, line=2, hint="compare it with the old page")
    for key in kept:
        if key in told:
            continue
        number = next((at for at, line in enumerate(lines, 1) if line.lower().startswith(f"# {key}")), 2)
        if key in _LIMITING:
            message = f"'{key}' may have kept the page from somebody; here it does nothing, and is kept as a comment"
            hint = "write a rule in visibility.yaml, or an audience in the front matter"
        else:
            told.add(key)
            message = f"'{key}' means nothing here; pages that have it keep it as a comment"
            hint = "nothing, if nobody needs it"
        yield codes.SETTING_NOT_TAKEN_OVER.at(path, message, line=number, hint=hint)


def _text(matter: Matter, keys: Sequence[str], used: set[str]) -> str:
    for key in keys:
        value = matter.said.get(key)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            used.add(key)
            return " ".join(_INVISIBLE.sub("", str(value)).split())
    return ""


def _topics(matter: Matter, used: set[str]) -> list[str]:
    found: dict[str, None] = {}
    for key in _TOPICS:
        value = matter.said.get(key)
        words = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else ()
        ids = [slug(str(word.get("label", "") if isinstance(word, dict) else word)) for word in words]
        if any(ids):
            used.add(key)
            found.update(dict.fromkeys(filter(None, ids)))
    return list(found)


def _status(matter: Matter, given: Given, used: set[str]) -> str:
    """Return the status of the page: what the old site showed gets the one that was asked for."""
    said = matter.said.get("status")
    if said in ("draft", "in_review", "retired"):
        used.add("status")
        return str(said)
    for key in _DRAFT:
        if key in matter.said:
            used.add(key)
            if matter.said[key] is True:
                return "draft"
    if matter.said.get("published") is False:
        used.add("published")
        return "draft"
    return given.status


def _dates(matter: Matter, now: datetime, used: set[str]) -> Iterator[tuple[str, str]]:
    begins = next(((key, at) for key in _BEGINS if (at := _instant(matter.said.get(key)))), None)
    planned = _instant(matter.said.get("date"))
    if begins is None and planned is not None and planned > now:
        begins = ("date", planned)
    ends = next(((key, at) for key in _ENDS if (at := _instant(matter.said.get(key)))), None)
    if begins is not None:
        used.add(begins[0])
        yield "publish_at", _written(begins[1])
    if ends is not None and (begins is None or ends[1] > begins[1]):
        used.add(ends[0])
        yield "expire_at", _written(ends[1])


def _instant(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None


def _written(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _order(matter: Matter, given: Given, used: set[str]) -> int | None:
    for key in _ORDER:
        value = matter.said.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _HIGHEST:
            used.add(key)
            if given.order is None:
                return int(value)
    return given.order
