"""The report as a comment: what authors write does nothing in it, and it always fits."""

from datetime import UTC, datetime, timedelta

import pytest

from prmbuild.exposure.markdown import LIMIT, as_markdown, span
from prmbuild.exposure.model import (
    Cause,
    CauseKind,
    Change,
    Effect,
    Exposure,
    Group,
    Pair,
    State,
    Subject,
    SubjectKind,
    Viewers,
)
from prmbuild.source.history import Commit
from prmbuild.visibility.rules import Origin

NASTY = (
    "@everyone <img src=https://evil.example/x.png> ![x](https://evil.example/y.png)",
    "`` ` ``` @team/all",
    "`",
    "a\n\n# heading\n- [ ] task @octocat",
    "a\r\n</details><script>alert(1)</script>",
    "| a | b |",
    "\x1b[31mred\u202egnp",
    "fixes #1, GH-2, https://evil.example/z",
    "",
    "x" * 100_000,
    "ü\U0001f600" * 5_000,
)


@pytest.mark.parametrize("text", NASTY)
def test_a_span_is_one_code_span_on_one_line(text: str) -> None:
    """Source: https://spec.commonmark.org/0.31.2/#code-spans"""
    written = span(text)
    ticks = len(written) - len(written.lstrip("`"))
    inner = written[ticks:-ticks]
    assert written == f"{'`' * ticks}{inner}{'`' * ticks}"
    assert not any(len(run) == ticks for run in "".join(c if c == "`" else " " for c in inner).split())
    assert inner and inner[0] != "`" and inner[-1] != "`"
    assert written.isprintable()
    assert len(written) < 250


def exposure(title: str, pages: int, causes: int, partners: int) -> Exposure:
    commit = Commit(
        id="f" * 40,
        at=datetime(2026, 11, 1, tzinfo=UTC),
        author_name="a",
        author_email="a@vendor.example",
        committer_name="a",
        subject=title,
    )
    everyone = (1 << partners) - 1
    viewers = Viewers(
        pairs=tuple(Pair(f"p{number}", "sales") for number in range(partners)),
        head=everyone,
        base=everyone,
        segments=(Group(id="all", title=title or "all", viewers=everyone),),
        partners=tuple(Group(id=f"p{n}", title=title, viewers=1 << n) for n in range(partners)),
        roles=(Group(id="sales", title="sales", viewers=everyone),),
    )

    def change(number: int, effect: Effect) -> Change:
        origin = Origin(path="visibility.yaml", line=number % causes + 1, column=1)
        return Change(
            subject=Subject(kind=SubjectKind.PAGE, path=f"content/{title[:50]}/{number}.md", title=title),
            effect=effect,
            viewers=number % everyone + 1,
            before=None,
            after=None,
            causes=(Cause(kind=CauseKind.RULE, origin=origin, text=f"rule {title}"),),
        )

    return Exposure(
        base=State(commit=commit, missing=title or None),
        head=State(commit=commit),
        now=commit.at,
        viewers=viewers,
        changes=tuple(change(number, effect) for effect in Effect for number in range(pages)),
        until=commit.at + timedelta(days=30),
        notes=(title,) * 50,
    )


@pytest.mark.parametrize(("pages", "causes", "partners"), [(3, 1, 2), (300, 1, 2), (900, 200, 9)])
@pytest.mark.parametrize("title", [NASTY[3], NASTY[10]])
def test_it_fits_and_counts_what_it_leaves_out(title: str, pages: int, causes: int, partners: int) -> None:
    text = as_markdown(exposure(title, pages, causes, partners))
    assert len(text.encode()) <= LIMIT - 1_000
    assert "#### Widening:" in text and "gain" in text
    for line in text.splitlines():
        bare = outside_of_spans(line)
        assert not set(bare) & set("@<>[]|!#&") or line.startswith(("#", "  <details>", "  </details>")), line
    listed = sum(line.startswith("- **`") for line in text.split("#### Narrowing")[0].splitlines())
    assert listed or pages > 3
    if pages > 3:
        assert "more" in text


def outside_of_spans(line: str) -> str:
    """Return what of a line GitHub would obey."""
    left, rest = "", line
    while "`" in rest:
        before, _, after = rest.partition("`")
        ticks = "`" + "".join(after[: len(after) - len(after.lstrip("`"))])
        inner = after[len(ticks) - 1 :]
        end = next(
            place
            for place in range(len(inner))
            if inner.startswith(ticks, place)
            and not inner.startswith("`", place + len(ticks))
            and (place == 0 or inner[place - 1] != "`")
        )
        left, rest = left + before, inner[end + len(ticks) :]
    return left + rest
