"""Markdown and front matter of other tools, line by line."""

from datetime import UTC, datetime

import markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prmbuild.authored.markdown import split_markdown
from prmbuild.authored.reading import read_page
from prmbuild.migrate.anchors import anchors
from prmbuild.migrate.front_matter import Given, read_matter, write_matter
from prmbuild.migrate.lists import indented
from prmbuild.migrate.markup import convert

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def converted(text: str, *, jsx: bool = True) -> str:
    return convert(text, "docusaurus" if jsx else "plain", jsx=jsx).text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (":::note\nText\n:::", "!!! note\n    Text\n"),
        (":::tip[Do *this*]\nText\n:::\nMore", '!!! tip "Do *this*"\n    Text\n\nMore'),
        (":::caution Careful\n\n- a\n\n:::", '!!! warning "Careful"\n\n    - a\n\n'),
        ("::::info\n:::note\nin\n:::\n::::", "!!! info\n    !!! note\n        in\n\n"),
        ("/// tip | Title\n\nText\n\n///", '!!! tip "Title"\n\n    Text\n\n'),
        ("/// details | More\n    open: True\n\nText\n///", '??? note "More"\n\n    Text\n'),
        ("before\n> [!WARNING]\n> Hot.\n> Very.\nafter", "before\n\n!!! warning\n    Hot.\n    Very.\nafter"),
        (
            '<Tabs>\n<TabItem value="a" label="Apples">\n\nOne\n\n</TabItem>\n<TabItem value="b">\nTwo\n'
            "</TabItem>\n</Tabs>",
            '=== "Apples"\n\n\n    One\n\n\n=== "b"\n\n    Two\n',
        ),
        ("import Tabs from '@theme/Tabs';\n\nText", "\nText"),
        ("a {/* hidden */} b", "a <!-- hidden --> b"),
        ('<img src={require("./a.png").default} alt="x" />', "![](./a.png)"),
        ("<details>\n\n*x*\n\n</details>", "<details markdown>\n\n*x*\n\n</details>"),
        ('```js title="a.js" {1,3}\nx\n```', '```js title="a.js"\nx\n```'),
        ("```\n:::note\n<Tabs>\nimport x from 'y'\n:::\n```", "```\n:::note\n<Tabs>\nimport x from 'y'\n:::\n```"),
        (":::note\nnever ended", ":::note\nnever ended"),
    ],
)
def test_what_has_a_like_here_is_rewritten(old: str, new: str) -> None:
    assert [line for line in converted(old).split("\n") if line] == [line for line in new.split("\n") if line]


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("See <Card title='x' />.", 5, "<Card>"),
        ("{{< figure src='a.png' >}}", 1, "'figure'"),
        ('--8<-- "part.md"', 1, "include of part.md"),
        ("{! part.md !}", 1, "include of part.md"),
        ("{% include 'a.md' %}", 1, "'include'"),
        ("::: package.module", 1, "package.module"),
        ("As in [[Other page]].", 7, "'Other page'"),
        ("export const a = 1", 1, "code of MDX"),
    ],
)
def test_what_has_none_is_told_of_at_its_place(line: str, column: int, said: str) -> None:
    told = convert(f"One\n\n{line}\n", "docusaurus", jsx=True).foreign
    assert [(found.line, found.column) for found in told] == [(3, column)]
    assert said in told[0].message
    assert convert(f"`{line}`\n\n```\n{line}\n```\n", "docusaurus", jsx=True).foreign == ()


@pytest.mark.parametrize(
    ("old", "structure"),
    [
        ("Intro:\n- a\n- b", "<ul><li><li></ul>"),
        ("- a\n  - b\n    - c\n- d", "<ul><li><ul><li><ul><li></ul></ul><li></ul>"),
        ("1. a\n   - b\n2. c", "<ol><li><ul><li></ul><li></ol>"),
        ("- a\n    - b\n        - c", "<ul><li><ul><li><ul><li></ul></ul></ul>"),
        ("- a\n  ```\n  - code\n  ```\n- b", "<ul><li><li></ul>"),
        ("1) a\n2) b", "<ol><li><li></ol>"),
        ("- a\n\n  more\n- b", "<ul><li><li></ul>"),
        ("text\n\n    - code", ""),
        ("In\n2019. was", ""),
    ],
)
def test_lists_keep_their_levels(old: str, structure: str) -> None:
    html = markdown.markdown(indented(old), extensions=["pymdownx.superfences"])
    assert "".join(tag for tag in _list_tags(html)) == structure


def _list_tags(html: str) -> list[str]:
    import re

    return re.findall(r"</?[uo]l>|<li>", html)


@given(st.text("ab-* 1.)\n\t`#>", max_size=60))
def test_indenting_again_changes_nothing(text: str) -> None:
    once = indented(text)
    assert "".join(once.split()).replace(".", ")") == "".join(text.split()).replace(".", ")")


def matter(text: str, **given_values: object) -> tuple[str, tuple[str, ...]]:
    usual = {"status": "approved", "title": "From the name", "made_up": True, "order": None, "now": NOW}
    front, kept, _ = write_matter(read_matter(text), Given(**{**usual, **given_values}), has_heading=False)
    return front, kept


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("---\ntitle: Prices\n---\n", "title: Prices\nstatus: approved\n", ()),
        ("No front matter", "title: From the name\nstatus: approved\n", ()),
        ("---\ntitle: 'A: b'\ndraft: true\n---\n", 'title: "A: b"\nstatus: draft\n', ()),
        ("---\ntitle: T\ntags: [Big Data, x]\n---\n", "title: T\ntopics: [big-data, x]\nstatus: approved\n", ()),
        ("---\ntitle: T\nweight: 3\nlang: de\n---\n", "title: T\nlanguage: de\nstatus: approved\norder: 3\n", ()),
        (
            "---\ntitle: T\nauthors:\n  - a\n  - b\nhide: [toc]\n---\n",
            "title: T\nstatus: approved\n# authors:\n#   - a\n#   - b\n# hide: [toc]\n",
            ("authors", "hide"),
        ),
        (
            "---\ntitle: T\ndate: 2027-01-02\n---\n",
            "title: T\nstatus: approved\npublish_at: 2027-01-02T00:00:00Z\n",
            (),
        ),
        ("---\ntitle: T\ndate: 2020-01-02\n---\n", "title: T\nstatus: approved\n# date: 2020-01-02\n", ("date",)),
        ("---\ntitle: One: two\n---\n", 'title: "One: two"\nstatus: approved\n', ()),
        ('+++\ntitle = "T"\ndraft = true\n+++\n', "title: T\nstatus: draft\n", ()),
        ("---\ntitle: T\nstatus: retired\n---\n", "title: T\nstatus: retired\n", ()),
        ("---\ntitle: T\nstatus: new\n---\n", "title: T\nstatus: approved\n# status: new\n", ("status",)),
    ],
)
def test_front_matter_is_mapped_or_kept(old: str, new: str, kept: tuple[str, ...]) -> None:
    assert matter(old) == (f"---\n{new}---\n", kept)


@given(
    st.dictionaries(
        st.sampled_from(
            ["title", "tags", "draft", "date", "lang", "weight", "owner", "expiryDate", "other", "description"]
        ),
        st.text(max_size=20) | st.booleans() | st.integers() | st.lists(st.text(max_size=8), max_size=3) | st.none(),
    )
    | st.text(max_size=60)
)
def test_whatever_a_page_says_its_new_front_matter_is_sound(said: object) -> None:
    import yaml

    front = yaml.safe_dump(said) if isinstance(said, dict) else said
    written, _ = matter(f"---\n{front}\n---\nText\n")
    page, findings = read_page("content/a.md", f"{written}Text\n".encode("utf-8", "replace"), None)
    assert page is not None, (written, [str(finding) for finding in findings])
    assert split_markdown("content/a.md", written.encode("utf-8", "replace"))[0] is not None


def test_headings_are_known_by_the_names_of_other_tools() -> None:
    text = "# People & Talent\n## Don't\n## Don't\n### `call(a, b)` - x {#own}\n```\n# no\n```\n"
    assert anchors(text) == {
        "people--talent": "people-talent", "dont": "dont", "dont-1": "dont_1", "own": "own",
    }  # fmt: skip
