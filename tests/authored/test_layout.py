"""The layout changes nothing but the layout."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prmbuild.authored.layout import comments, laid_out
from prmbuild.authored.lifecycle import DATES
from prmbuild.authored.reading import read_page
from prmbuild.authored.yaml import read_yaml

ROOT = Path(__file__).parents[2]

MESSY = """\
\ufeff# top


a:   1
b:
    -   id: x
        name: "y  z"   # c1
        # about the list
        list:
            -  one
            -  two
    # trailing
    - id: z
      text: |
          keep\x20\x20
            this
      flow: {a: 1,
             b: 2}
c:
- x
-   z


# end
d: "multi
  line"


"""

TIDY = """\
# top

a: 1
b:
  - id: x
    name: "y  z"   # c1
    # about the list
    list:
      - one
      - two
  # trailing
  - id: z
    text: |
        keep\x20\x20
          this
    flow: {a: 1,
           b: 2}
c:
  - x
  - z

# end
d: "multi
  line"
"""


def test_one_example() -> None:
    for text in (MESSY, MESSY.replace("\n", "\r\n"), TIDY):
        made, findings = laid_out("partners.yaml", text.encode())
        assert not findings and made is not None and made.decode() == TIDY


def test_a_page_keeps_its_text() -> None:
    text = "---  \ntopics:\n- a   \n-  b\ntitle:  T # why\n---\n\nA line  \nbroken.\n\n    code\n\n".replace(
        "\n", "\r\n"
    )
    made, _ = laid_out("content/a.md", text.encode())
    assert made == b"---\ntopics:\n  - a\n  - b\ntitle: T # why\n---\n\nA line  \nbroken.\n\n    code\n"
    assert laid_out("content/a.md", made)[0] == made
    assert laid_out("content/b.md", b"# No front matter\n\nText")[0] == b"# No front matter\n\nText\n"


@pytest.mark.parametrize("data", [b"a: [\n", b"\xff\xfe", b"a: 1\na: 2\n", b"a: &x 1\n", b"---\na: 1\n---\nb: 2\n"])
def test_what_cannot_be_read_is_left_alone(data: bytes) -> None:
    made, findings = laid_out("prm.yaml", data)
    assert made is None and findings


def test_files_of_programmes_keep_their_meaning() -> None:
    files = [
        *sorted((ROOT / "content").rglob("*.md"))[::4],
        *(ROOT / "courses").rglob("*.yaml"),
        *sorted((ROOT / "tests/cases").rglob("*.md"))[::2],
        *(ROOT / "tests/cases").rglob("*.yaml"),
        *ROOT.glob("*.yaml"),
    ]
    assert len(files) > 100
    for file in files:
        path, data = file.name, file.read_bytes()
        made, _ = laid_out(path, data)
        if made is None:
            continue
        assert laid_out(path, made)[0] == made
        if path.endswith(".md"):
            before, after = read_page(path, data, None)[0], read_page(path, made, None)[0]
            assert (before is None) == (after is None)
            if before and after:
                assert after.body.strip("\n") == before.body.strip("\n")
                assert (after.meta.title, after.meta.lifecycle) == (before.meta.title, before.meta.lifecycle)
        else:
            assert read_yaml(path, made, dates=DATES).value == read_yaml(path, data, dates=DATES).value


words = st.sampled_from(["one", "'two # no comment'", '"three: x"', "4", "a#b", "[1, 2]", "{k: v}", "null", "ö日"])
trees = st.recursive(
    words,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3),
        st.dictionaries(st.sampled_from("abcdef"), inner, min_size=1, max_size=3),
    ),
    max_leaves=10,
)


def untidy(tree: object, column: int, chance: random.Random) -> list[str]:
    """Write a tree as YAML the way hurried people do."""
    blanks, lines = " " * column, []
    entries = tree.items() if isinstance(tree, dict) else ((None, item) for item in tree)  # type: ignore[attr-defined]
    for key, value in entries:
        for _ in range(chance.choice([0, 0, 0, 1])):
            lines.append(chance.choice(["", "", blanks + "# note", "   # far", blanks + "  #near  "]))
        tail = chance.choice(["", "", "   ", "  # why", " #what "])
        gap = " " * chance.choice([1, 1, 2, 5])
        start = f"{blanks}{key}:" if key is not None else f"{blanks}-"
        if isinstance(value, str):
            several = chance.random() < 0.15
            lines.append(f"{start}{gap}{value}{tail}" if not several else f"{start} |")
            lines += [f"{blanks}    text  ", "", f"{blanks}      # of a text"] if several else []
            continue
        further = column + chance.choice([1, 2, 4, 7])
        inner = untidy(value, further if key is not None else column + 1 + len(gap), chance)
        if isinstance(value, list) and key is not None and chance.random() < 0.4:
            inner = untidy(value, column, chance)
        if key is None and inner[0].strip()[:1] not in ("", "#"):
            lines += [f"{start}{gap}{inner[0].strip()}", *inner[1:]]
        else:
            lines += [start + tail, *inner]
    return lines


@settings(max_examples=60, deadline=None)
@given(tree=st.dictionaries(st.sampled_from("uvwxz"), trees, min_size=1, max_size=4), seed=st.integers(0, 10**9))
def test_nothing_is_lost(tree: dict[str, object], seed: int) -> None:
    chance = random.Random(seed)
    text = "\n".join(untidy(tree, 0, chance)) + chance.choice(["", "\n", "\n\n\n"])
    before = read_yaml("a.yaml", text.encode())
    made, _ = laid_out("a.yaml", text.replace("\n", chance.choice(["\n", "\r\n"])).encode())
    assert (made is None) == (not before.complete)
    if made is not None:
        assert read_yaml("a.yaml", made).value == before.value
        assert comments(made.decode()) == comments(text)
        assert laid_out("a.yaml", made)[0] == made
        assert b"\r" not in made and (made.endswith(b"\n") or not text.endswith("\n"))
