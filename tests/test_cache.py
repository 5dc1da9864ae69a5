"""What is remembered is never wrong, only absent."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prmbuild.build import Built
from prmbuild.cache import DirectoryCache, scratch
from prmbuild.request import Request
from tests.conftest import CONFIGURATION, NOW, Repo, files_of, page


class Counting(DirectoryCache):
    """A cache that counts what it was asked for in vain."""

    missed = 0

    def get_many(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        sought = tuple(keys)
        found = super().get_many(sought)
        self.missed += len(sought) - len(found)
        return found


def trees(built: Built) -> Mapping[str, Mapping[str, str]]:
    return {tree.portal.id: tree.files for tree in built.trees}


def render(repo: Repo, cache: DirectoryCache) -> Built:
    return repo.render_request(Request(revision="HEAD", now=NOW, cache=cache))


def test_nothing_is_rendered_twice(programme: Repo, tmp_path: Path) -> None:
    cold = Counting(tmp_path / "cache")
    first = render(programme, cold)
    assert cold.missed
    warm = Counting(tmp_path / "cache")
    assert trees(render(programme, warm)) == trees(first)
    assert not warm.missed
    programme.commit({"content/robot.md": page("The robot", "It grew.")})
    edited = Counting(tmp_path / "cache")
    render(programme, edited)
    assert edited.missed == 3, "one article, and the search data of its folder as two portals show it"


def test_a_page_is_made_anew_when_what_it_links_to_appears(programme: Repo, tmp_path: Path) -> None:
    programme.commit({"content/a.md": page("A", "[b](b.md)")})
    cache = DirectoryCache(tmp_path / "cache")
    assert b'href="../b/"' not in files_of(render(programme, cache), "arbor")["a/index.html"]
    programme.commit({"content/b.md": page("B")})
    assert b'href="../b/"' in files_of(render(programme, cache), "arbor")["a/index.html"]
    programme.commit({"content/b.md": None})
    assert b'href="../b/"' not in files_of(render(programme, cache), "arbor")["a/index.html"]


def test_a_damaged_cache_changes_no_byte(programme: Repo, tmp_path: Path) -> None:
    cache = DirectoryCache(tmp_path / "cache")
    first = render(programme, cache)
    for place in (path for path in (tmp_path / "cache" / "objects").rglob("*") if path.is_file()):
        place.chmod(0o644)
        place.write_bytes(place.read_bytes()[:-1] + b"?")
    assert trees(render(programme, cache)) == trees(first)
    assert cache.corrupted


names = st.sampled_from(("a", "b", "gold/c", "gold/d", "internal/e"))


@st.composite
def edits(draw: st.DrawFn) -> Mapping[str, str | None]:
    """A commit: pages come, go and change, and so do their links, blocks and statuses."""
    files: dict[str, str | None] = {}
    for name in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
        if draw(st.integers(0, 4)) == 0:
            files[f"content/{name}.md"] = None
            continue
        up = "../" * name.count("/")
        body = (
            f"[one]({up}{draw(names)}.md) [two]({up}{draw(names)}.md#{draw(st.sampled_from(('x', 'y')))})\n\n"
            f"## {draw(st.sampled_from(('x', 'y')))}\n\n"
            f"/// show-to | gold-up\n{draw(st.sampled_from(('s', 't')))}\n///\n"
        )
        files[f"content/{name}.md"] = page(
            draw(st.sampled_from(("T", "U"))), body, status=draw(st.sampled_from(("approved", "draft")))
        )
    return files


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(edits(), min_size=2, max_size=4))
def test_after_any_edits_it_is_as_if_built_anew(commits: list[Mapping[str, str | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo = Repo(Path(folder) / "programme")
        repo.path.mkdir()
        repo.git("init", "-q", "-b", "main")
        repo.commit({**CONFIGURATION, "content/a.md": page("A"), "content/gold/c.md": page("C")})
        cache = DirectoryCache(Path(folder) / "cache")
        for files in commits:
            repo.commit({path: text for path, text in files.items() if text is not None or (repo.path / path).exists()})
            with scratch() as nothing:
                assert trees(render(repo, cache)) == trees(render(repo, nothing))
