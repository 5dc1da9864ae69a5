"""A release is named by its bytes and names, and by nothing else."""

from collections.abc import Mapping
from hashlib import sha256
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from prmbuild.manifest import release, releases
from prmbuild.visibility.sets import For

PATHS = ("a", "a.b", "b", "d/a", "d/b", "d/e/a", "da", "ü/x")
"""No path is a folder of another, as on a disk."""

digests = st.sampled_from("123").map(lambda text: sha256(text.encode()).hexdigest())
portals = st.dictionaries(st.sampled_from(PATHS), digests)


def together(some: list[Mapping[str, str]]) -> Mapping[str, For[str]]:
    """Put portals' files together by the sets of portals that have them."""
    held: dict[str, dict[str, int]] = {}
    for number, files in enumerate(some):
        for path, digest in files.items():
            of = held.setdefault(path, {})
            of[digest] = of.get(digest, 0) | 1 << number
    return {path: tuple((who, digest) for digest, who in of.items()) for path, of in held.items()}


@given(st.lists(portals, max_size=6))
def test_all_portals_at_once_have_the_releases_that_each_has_alone(some: list[Mapping[str, str]]) -> None:
    assert releases(together(some), len(some)) == tuple(map(release, some))


@given(portals, portals)
def test_a_release_changes_with_a_name_or_a_byte_and_only_then(
    one: Mapping[str, str], other: Mapping[str, str]
) -> None:
    assert (release(one) == release(other)) == (one == other)


@given(portals.filter(bool), st.data())
def test_every_name_and_every_byte_counts(files: Mapping[str, str], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(files)))
    others = {name: digest for name, digest in files.items() if name != path}
    assert release(others) != release(files)
    assert release({**others, path: sha256(b"other").hexdigest()}) != release(files)
    assert release({**others, f"{path}x": files[path]}) != release(files)


@given(portals, st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_count(files: Mapping[str, str], random: Random) -> None:
    shuffled = list(files.items())
    random.shuffle(shuffled)
    assert release(dict(shuffled)) == release(files)


def test_a_release_is_the_digest_of_a_tree_of_folders() -> None:
    page, picture = (sha256(data).hexdigest() for data in (b"page", b"picture"))
    folder = sha256(f'[["x.png","{picture}"]]'.encode()).hexdigest()
    expected = sha256(f'[["d/","{folder}"],["index.html","{page}"]]'.encode()).hexdigest()
    assert release({"index.html": page, "d/x.png": picture}) == expected
    assert release({}) == sha256(b"[]").hexdigest()
