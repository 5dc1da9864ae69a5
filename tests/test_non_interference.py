"""What a portal may not see shapes no byte of it."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prmbuild.build import Built
from tests.conftest import CONFIGURATION, Repo, files_of, page

SILVER, GOLD = "arbor", "nordwind"

words = st.text(alphabet="abcdefghijklmnopqrstuvwxyz äß|*_`#[]<&>\"'!-", min_size=0, max_size=40)
names = st.sampled_from(("alpha", "beta", "gamma", "delta", "epsilon"))
hidden_folders = st.sampled_from(("content/gold", "content/internal"))
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="2"/>'
HIDDEN_PATHS = tuple(f"content/{folder}/{name}.md" for folder in ("gold", "internal") for name in ("alpha", "beta"))


@st.composite
def visible_pages(draw: st.DrawFn) -> Mapping[str, str]:
    """Pages everybody sees, with links to hidden ones, hidden assets and blocks for gold partners."""
    pages = {}
    for name in draw(st.lists(names, min_size=1, max_size=4, unique=True)):
        link = draw(st.sampled_from(HIDDEN_PATHS)).removeprefix("content/")
        lines = [
            draw(words).replace("///", ""),
            f"[a link]({link}#{draw(names)}) and [another]({draw(names)}.md) ![picture](gold/{draw(names)}.svg)",
            "## A heading",
            "/// show-to | gold-up",
            "BLOCK",
            "///",
            draw(words).replace("///", ""),
        ]
        pages[f"content/{name}.md"] = page(
            f"Page {name}", "\n\n".join(lines), type=draw(names), topics=f"[{draw(names)}]"
        )
    return pages


@st.composite
def hidden_files(draw: st.DrawFn) -> Mapping[str, str]:
    """Files only gold partners see, or nobody: pages in any status, and assets."""
    files = {}
    for folder, name in draw(st.lists(st.tuples(hidden_folders, names), max_size=4, unique=True)):
        status = draw(st.sampled_from(("approved", "draft", "retired")))
        files[f"{folder}/{name}.md"] = page(
            f"Hidden {draw(names)}",
            f"{draw(words)}\n\n![x]({name}.svg)".replace("///", ""),
            status=status,
            type=draw(names),
        )
        files[f"{folder}/{name}.svg"] = SVG % draw(st.integers(1, 99)) if draw(st.booleans()) else draw(words)
    return files


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(visible_pages(), hidden_files(), hidden_files(), words, words)
def test_hidden_changes_leave_every_byte_alone(
    pages: Mapping[str, str], before: Mapping[str, str], after: Mapping[str, str], first: str, second: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo = Repo(Path(folder))
        repo.git("init", "-q", "-b", "main")
        with_block = {path: text.replace("BLOCK", f"block {first}".replace("///", "")) for path, text in pages.items()}
        repo.commit({**CONFIGURATION, **with_block, **before})
        old = repo.render()
        changed = {path: text.replace("BLOCK", f"other {second}".replace("///", "")) for path, text in pages.items()}
        repo.commit({**changed, **{path: None for path in before if path not in after}, **after})
        new = repo.render()
    assert files_of(old, SILVER) == files_of(new, SILVER)
    assert release_of(old, SILVER) == release_of(new, SILVER)
    assert files_of(old, GOLD) != files_of(new, GOLD), "the control: gold partners do see the change"


def release_of(built: Built, partner: str) -> str:
    return next(
        tree.release for tree in built.trees if any(viewer.partner == partner for viewer in tree.portal.viewers)
    )


def test_a_renamed_hidden_page_leaves_every_byte_alone(programme: Repo) -> None:
    old = programme.render()
    prices = (programme.path / "content/gold/prices.md").read_text()
    start = (programme.path / "content/start.md").read_text()
    programme.commit({"content/gold/prices.md": None, "content/gold/terms.md": prices})
    renamed = programme.render()
    assert files_of(old, SILVER) == files_of(renamed, SILVER)
    assert files_of(old, GOLD) != files_of(renamed, GOLD)
    assert "gold/prices.md" in start, "the control: a page that silver partners see links to the hidden one"
