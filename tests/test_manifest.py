"""A release is named by its bytes and names, and by nothing else."""

from collections.abc import Mapping
from hashlib import sha256, shake_256
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from prmbuild import merkle
from prmbuild.manifest import Step, proof, proven, release, releases
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


def test_a_release_is_the_root_of_a_tree_of_folders() -> None:
    page, picture = (sha256(data).digest() for data in (b"page", b"picture"))
    below = picture + b"x.png"
    folder = sha256(b"\0" + shake_256(below).digest(16) + below).digest()
    entries = folder + b"d/", page + b"index.html"
    salts = shake_256(b"\0".join(entries)).digest(32)
    leaves = sorted(
        sha256(b"\0" + salt + entry).digest() for salt, entry in zip((salts[:16], salts[16:]), entries, strict=True)
    )
    expected = sha256(b"\1" + b"".join(leaves)).hexdigest()
    assert release({"index.html": page.hex(), "d/x.png": picture.hex()}) == expected
    assert release({}) == sha256(b"").hexdigest()


@given(portals.filter(bool), st.data())
def test_every_file_is_proven_to_belong_to_its_release(files: Mapping[str, str], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(files)))
    assert proven(path, files[path], proof(files, path)) == release(files)


@given(portals.filter(bool), st.data())
def test_nothing_else_is(files: Mapping[str, str], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(files)))
    steps = list(proof(files, path))
    assert proven(path, sha256(b"other").hexdigest(), steps) != release(files)
    number = data.draw(st.integers(0, len(steps) - 1))
    step = steps[number]
    other = data.draw(
        st.sampled_from(
            [
                replace(step, salt="00" * 16),
                replace(step, beside=(*step.beside, "00" * 32)),
                replace(step, beside=tuple("00" * 32 for _ in step.beside) or ("11" * 32,)),
            ]
        )
    )
    steps[number] = other
    assert proven(path, files[path], steps) != release(files)


@given(portals.filter(bool), st.data())
def test_no_level_of_the_tree_is_read_as_another(files: Mapping[str, str], data: st.DataObject) -> None:
    """Of every digest on the way up somebody has the bytes that it is of; no path makes a file of these."""
    path = data.draw(st.sampled_from(sorted(files)))
    steps = proof(files, path)
    below = bytes.fromhex(files[path])
    tried = path, "", "x", path.rpartition("/")[0], path.rpartition("/")[2], f"{path}/", f"{path}/x", f"x/{path}"
    for number, step in enumerate(steps):
        passed = merkle.leaf(bytes.fromhex(step.salt), below + step.name.encode())
        for climbed in range(len(step.beside) + 1):
            below = merkle.climbed(passed, map(bytes.fromhex, step.beside[:climbed]))
            rest = replace(step, beside=step.beside[climbed:])
            for left in (steps[number + 1 :], (rest, *steps[number + 1 :]), steps[number:], steps):
                for name in tried:
                    try:
                        assert proven(name, below.hex(), left) != release(files)
                    except ValueError:
                        continue


@pytest.mark.parametrize("path", ["", "/", "a/", "/a", "a//b", ".", "a/..", "../a", "./a"])
def test_no_file_has_such_a_path(path: str) -> None:
    *folders, file = path.split("/")
    names = [file, *(f"{folder}/" for folder in reversed(folders))]
    for some in (names, names[:-1], names[1:], []):
        with pytest.raises(ValueError):
            proven(path, "00" * 32, [Step(name=name, salt="00" * 16, beside=()) for name in some])


@pytest.mark.parametrize(
    "step",
    [
        Step(name="b", salt="00" * 16, beside=()),
        Step(name="a/", salt="00" * 16, beside=()),
        Step(name="a", salt="00" * 15, beside=()),
        Step(name="a", salt="AA" * 16, beside=()),
        Step(name="a", salt="00" * 16, beside=("00" * 31,)),
        Step(name="a", salt="00" * 16, beside=("zz" * 32,)),
    ],
)
def test_what_cannot_be_a_proof_is_refused(step: Step) -> None:
    with pytest.raises(ValueError):
        proven("a", "00" * 32, [step])


def test_a_proof_grows_with_the_logarithm_of_a_folder_and_names_nothing_beside_it() -> None:
    files = {f"secret-{number}/index.html": sha256(str(number).encode()).hexdigest() for number in range(1000)}
    steps = proof(files, "secret-7/index.html")
    assert len(steps) == 2
    assert len(steps[1].beside) == 10
    shown = [digest for step in steps for digest in step.beside]
    known = {sha256(digest).hexdigest() for digest in (b"", b"\0", b"\1")} | set(files.values())
    assert not known & set(shown)


def test_whoever_knows_a_file_beside_does_not_find_it_in_a_proof() -> None:
    """A well-known file, such as an empty one, under a name that is easily guessed, beside one that nobody knows."""
    empty, unknown = sha256(b"").hexdigest(), sha256(b"nobody outside knows this").hexdigest()
    files = {"index.html": sha256(b"page").hexdigest(), "notes.txt": empty, "terms/index.html": unknown}
    (step,) = proof(files, "index.html")
    for salt in (b"", bytes(16), bytes.fromhex(step.salt)):
        assert sha256(b"\0" + salt + bytes.fromhex(empty) + b"notes.txt").hexdigest() not in step.beside
    guessed = {name: digest for name, digest in files.items() if name != "terms/index.html"}
    (other,) = proof(guessed, "notes.txt")
    assert other.salt != step.salt
    assert not set(other.beside) & set(step.beside)
