"""What is remembered is never wrong, only absent."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from prmbuild.build import Built
from prmbuild.cache import DirectoryCache, scratch
from prmbuild.request import Request
from tests.conftest import NOW, Repo, files_of, page
from tests.damage import overwrite


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
    first = trees(render(programme, cold))
    assert cold.missed
    warm = Counting(tmp_path / "cache")
    assert trees(render(programme, warm)) == first
    assert not warm.missed
    programme.commit({"content/robot.md": page("The robot", "It grew.")})
    edited = Counting(tmp_path / "cache")
    render(programme, edited)
    assert edited.missed == 4, "one article, the piece it is kept in, and the search data of its folder for two portals"


def test_a_page_is_made_anew_when_what_it_links_to_appears(programme: Repo, tmp_path: Path) -> None:
    programme.commit({"content/a.md": page("A", "[b](b.md)")})
    cache = DirectoryCache(tmp_path / "cache")
    assert b'href="../b/"' not in files_of(render(programme, cache), "arbor")["a/index.html"]
    programme.commit({"content/b.md": page("B")})
    assert b'href="../b/"' in files_of(render(programme, cache), "arbor")["a/index.html"]
    programme.commit({"content/b.md": None})
    assert b'href="../b/"' not in files_of(render(programme, cache), "arbor")["a/index.html"]


def test_what_links_led_to_before_is_not_believed_again(programme: Repo, tmp_path: Path) -> None:
    """An article whose links lead elsewhere has the key it had: what is kept of it is the one or the other."""
    programme.commit({"content/a.md": page("A", "[b](b.md)"), "content/c.md": page("C", "[b](b.md)")})
    cache = DirectoryCache(tmp_path / "cache")
    for text in (page("B"), None, page("B")):
        programme.commit({"content/b.md": text})
        with scratch() as anew:
            assert trees(render(programme, cache)) == trees(render(programme, anew))


def test_in_doubt_what_a_disk_changed_unseen_is_made_again(programme: Repo, tmp_path: Path) -> None:
    first = trees(render(programme, DirectoryCache(tmp_path / "cache")))
    for place in (path for path in (tmp_path / "cache" / "objects").rglob("*") if path.is_file()):
        overwrite(place)
    cache = DirectoryCache(tmp_path / "cache")
    cache.doubt()
    assert trees(render(programme, cache)) == first and cache.corrupted
    for digest in {digest for files in first.values() for digest in files.values()}:
        assert sha256(cache.place(digest).read_bytes()).hexdigest() == digest


def test_a_damaged_cache_changes_no_byte(programme: Repo, tmp_path: Path) -> None:
    cache = DirectoryCache(tmp_path / "cache")
    first = render(programme, cache)
    for place in (path for path in (tmp_path / "cache" / "objects").rglob("*") if path.is_file()):
        place.chmod(0o644)
        place.write_bytes(place.read_bytes()[:-1] + b"?")
    assert trees(render(programme, cache)) == trees(first)
    assert cache.corrupted
